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
  /** Pause between two looks whether it is still what others find by its paths. */
  readonly lookMs: number;
}

/** What it is asked. */
export type StoreCall =
  | { readonly id: number; readonly requests: readonly string[] }
  | { readonly id: number; readonly task: TaskName; readonly args: unknown }
  | { readonly id: number; readonly mirror: true }
  | { readonly id: number; readonly close: true };

/** What the thread tells of itself when it is ready. */
export interface StoreStart {
  /** Null where it is not served. */
  readonly socketIdentity: string | null;
  readonly storeId: string;
}

/** What it answers. The first message, with id 0, tells that it is ready, by a `StoreStart`, or why not. */
export type StoreReply =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly failure: WireError }
  | StoreNotice;

/** What it tells without being asked. */
export type StoreNotice =
  /** Agents or their groups may have changed. */
  | { readonly notice: 'groups' }
  /** More programs want to use it than may. */
  | { readonly notice: 'crowd' }
  /** A back-up or the like begins or is over: nobody is served meanwhile. */
  | { readonly notice: 'care'; readonly isUnderWay: boolean }
  /** It is not what others find by its paths any more, and has closed the database. */
  | { readonly notice: 'lost'; readonly failure: WireError };

/** Id of the message that tells of the start. */
export const START_ID = 0;
