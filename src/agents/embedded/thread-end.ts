import type { Worker } from 'node:worker_threads';
import { THREAD_END_MS } from '../limits.ts';

const ending = new Set<Promise<boolean>>();
/** Those that were told to end and did not: they are within SQLite or the system, and nothing in a process ends that. */
const stuck = new Set<Worker>();

/** How many threads of stores do not end. A process that has one of them ends by a signal alone. */
export const stuckThreads = (): number => stuck.size;

/** Resolves when every thread of a store that was told to end has ended, or is known not to. */
export async function threadsEnded(): Promise<void> {
  await Promise.all(ending);
}

/** Ends a thread, whatever it does. False if it has not ended in time; it does not keep this process alive then. */
export async function endThread(worker: Worker): Promise<boolean> {
  const ended = worker.terminate();
  const isOver = settlesWithin(ended, THREAD_END_MS);
  ending.add(isOver);
  try {
    if (await isOver) return true;
  } finally {
    ending.delete(isOver);
  }
  stuck.add(worker);
  void ended.then(() => stuck.delete(worker));
  worker.unref();
  return false;
}

/** Whether it settles in time. */
export async function settlesWithin(promise: Promise<unknown>, timeoutMs: number): Promise<boolean> {
  const late = Promise.withResolvers<boolean>();
  const timer = setTimeout(late.resolve, timeoutMs, false);
  const settled = promise.then(
    () => true,
    () => true,
  );
  try {
    return await Promise.race([settled, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
