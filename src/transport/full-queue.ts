import { setTimeout as pause } from 'node:timers/promises';
import { MusterError } from '../protocol/errors.ts';
import { FULL_QUEUE_PAUSE_MS } from './limits.ts';
import type { Connection, ConnectOptions } from './transport.ts';

/**
 * Connects to a Unix socket whose queue may be full: where TCP would wait for a place, the kernel says EAGAIN at once.
 * Tries again until the time of the options is over; each try gets what is left of it.
 */
export async function connectWhenRoom(
  connect: (options: ConnectOptions) => Promise<Connection>,
  options: ConnectOptions,
): Promise<Connection> {
  const endMs = performance.now() + options.timeoutMs;
  for (;;) {
    try {
      return await connect({ ...options, timeoutMs: Math.max(1, endMs - performance.now()) });
    } catch (error) {
      const { code } = ((error as MusterError).cause ?? {}) as NodeJS.ErrnoException;
      if (code !== 'EAGAIN' || performance.now() + FULL_QUEUE_PAUSE_MS >= endMs) throw error;
    }
    // Those who wait do not all come again at the same moment.
    await pause(FULL_QUEUE_PAUSE_MS * (1 + Math.random()), undefined, { signal: options.signal }).catch(
      () => {
        throw new MusterError(3120);
      },
    );
  }
}
