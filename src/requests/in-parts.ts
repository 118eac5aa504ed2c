import { MusterError } from '../protocol/errors.ts';

/** Items that are under way at the same time. */
const PARALLEL = 32;

/** Does the same for each, some at a time. What fails is told; what was not begun when `signal` aborts fails with 3120. */
export async function forEachOf<T>(
  items: readonly T[],
  signal: AbortSignal,
  { work, failed }: { work(item: T): Promise<void>; failed(item: T, error: MusterError): void },
): Promise<void> {
  let next = 0;
  const one = async () => {
    for (;;) {
      const item = items[next++];
      if (item === undefined) return;
      try {
        if (signal.aborted) throw new MusterError(3120);
        await work(item);
      } catch (error) {
        failed(item, MusterError.from(error));
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(PARALLEL, items.length) }, one));
}
