import type { WireError } from '../../protocol/errors.ts';
import type { TaskName } from './tasks.ts';

/** What the thread of an embedded store is told when it is made. */
export interface ThreadOptions {
  readonly home: string;
  readonly file: string;
  readonly isMaster: boolean;
  /** Where it serves the store to other programs; null: nowhere. */
  readonly socket: string | null;
  readonly busyTimeoutMs: number;
}

/** What it is asked. */
export type StoreCall =
  | { readonly id: number; readonly requests: readonly string[] }
  | { readonly id: number; readonly task: TaskName; readonly args: unknown }
  | { readonly id: number; readonly mirror: true }
  | { readonly id: number; readonly close: true };

/** What it answers. The first message, with id 0, tells that it is ready or why not; a notice answers nothing. */
export type StoreReply =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly failure: WireError }
  | { readonly notice: 'groups' };

/** Id of the message that tells of the start. */
export const START_ID = 0;
