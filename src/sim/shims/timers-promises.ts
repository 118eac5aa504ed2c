import { world } from '../world.ts';

/** `node:timers/promises` in a simulated world. */

interface Options {
  signal?: AbortSignal | undefined;
}

export function setTimeout<T>(delayMs = 0, value?: T, { signal }: Options = {}): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const giveUp = () => {
    world().cancel(timer);
    reject(signal?.reason);
  };
  const timer = world().after(delayMs, () => {
    signal?.removeEventListener('abort', giveUp);
    resolve(value as T);
  });
  if (signal?.aborted) giveUp();
  else signal?.addEventListener('abort', giveUp, { once: true });
  return promise;
}

export const setImmediate = <T>(value?: T): Promise<T> => setTimeout(0, value);
