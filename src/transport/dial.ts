import type { Socket } from 'node:net';
import { MusterError } from '../protocol/errors.ts';
import type { ConnectOptions } from './transport.ts';

/** Waits until a socket that is being connected may be used. Rejects with 3102, 3106, 3120. */
export function dialled(
  socket: Socket,
  readyEvent: 'connect' | 'secureConnect',
  where: string,
  { timeoutMs, signal }: ConnectOptions,
  explain: (error: NodeJS.ErrnoException) => MusterError = (error) =>
    new MusterError(3102, `${where}: ${error.message}`, { cause: error }),
): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (error: MusterError | null) => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abandon);
      socket.removeListener(readyEvent, ready);
      socket.removeListener('error', failed);
      socket.removeListener('close', closed);
      if (error === null) return resolve();
      socket.on('error', () => {
        // It was told already why this attempt failed.
      });
      socket.destroy();
      reject(error);
    };
    const ready = () => settle(null);
    const failed = (error: NodeJS.ErrnoException) => settle(explain(error));
    const closed = () => settle(explain(new Error('the peer closed the connection')));
    const abandon = () => settle(new MusterError(3120, where));
    const timer = setTimeout(
      () => settle(new MusterError(3102, `${where}: no answer in ${timeoutMs} ms`)),
      timeoutMs,
    );
    signal?.addEventListener('abort', abandon);
    socket.once(readyEvent, ready);
    socket.once('error', failed);
    socket.once('close', closed);
    if (signal?.aborted) abandon();
  });
}
