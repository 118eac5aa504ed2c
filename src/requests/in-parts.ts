import { MusterError } from '../protocol/errors.ts';
import { MAX_BATCH_ORDERS } from '../registration/limits.ts';
import type { HandlerContext } from './handlers.ts';

/** Items that are under way at the same time: as many as the embedded registration carries out together. */
const PARALLEL = MAX_BATCH_ORDERS;
/** What is under way may take so long until the answer is due; half of the time, if there is less. */
export const ANSWER_MARGIN_MS = 2_000;

/** When parts of an answer have to be there, so that it can be made of them until its deadline. */
export const partsDueMs = (deadlineMs: number, nowMs: number): number =>
  deadlineMs - Math.min(ANSWER_MARGIN_MS, Math.max(0, deadlineMs - nowMs) / 2);

/**
 * Does the same for each, many at a time. What fails is told. What was not begun shortly before the answer is due fails with
 * 3021, so that the answer tells what became of the others; when nobody waits for it any more, with 3120.
 */
export async function forEachOf<T>(
  items: readonly T[],
  { signal, deadlineMs }: Pick<HandlerContext, 'signal' | 'deadlineMs'>,
  { work, failed }: { work(item: T): Promise<void>; failed(item: T, error: MusterError): void },
): Promise<void> {
  const lastBeginMs = partsDueMs(deadlineMs, performance.now());
  let next = 0;
  const one = async () => {
    for (;;) {
      const item = items[next++];
      if (item === undefined) return;
      try {
        if (signal.aborted) throw new MusterError(3120);
        if (performance.now() >= lastBeginMs) throw new MusterError(3021, 'it was not begun');
        await work(item);
      } catch (error) {
        failed(item, MusterError.from(error));
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(PARALLEL, items.length) }, one));
}
