import type { WireError } from '../protocol/errors.ts';
import type { tasks } from './tasks.ts';

export type TaskName = keyof typeof tasks;
export type TaskArgs<Name extends TaskName> = Parameters<(typeof tasks)[Name]>[1];
export type TaskResult<Name extends TaskName> = Awaited<ReturnType<(typeof tasks)[Name]>>;

/** What a thread is asked. */
export interface Call {
  id: number;
  task: TaskName;
  args: never;
}

/** What it answers. */
export type Answer = { id: number; result: unknown } | { id: number; failure: WireError };

/** How deep columns may lie in arguments and results. */
const MAX_COLUMN_LEVELS = 2;

/** The buffers of the columns of numbers in arguments or a result: they are moved between threads, not copied. */
export function columnsOf(value: unknown, levels: number = MAX_COLUMN_LEVELS): ArrayBuffer[] {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return [];
  if (ArrayBuffer.isView(value)) {
    const { buffer, byteLength } = value;
    return buffer instanceof ArrayBuffer && byteLength === buffer.byteLength ? [buffer] : [];
  }
  return levels === 0 ? [] : Object.values(value).flatMap((part) => columnsOf(part, levels - 1));
}
