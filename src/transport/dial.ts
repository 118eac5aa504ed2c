import type { Socket } from 'node:net';
import { MusterError } from '../protocol/errors.ts';
import { connectFault } from './faults.ts';
import { HANDSHAKE_TIMEOUT_MS } from './limits.ts';
import type { Connection, ConnectOptions } from './transport.ts';

export interface Dialling {
  /** Address for people. */
  where: string;
  /** `secureConnect` where a handshake follows the connection. */
  readyEvent: 'connect' | 'secureConnect';
  /** Begins to connect. */
  open(): Socket;
  /** Takes the socket at the moment when it is ready, so that nobody misses an event of it. May throw a MusterError. */
  adopt(socket: Socket): Connection;
}

/** Connects. Rejects with 3102 (not reached), 3104 (handshake too slow), 3106 (not trusted), 3120 (given up by the caller). */
export function dial(
  { where, readyEvent, open, adopt }: Dialling,
  options: ConnectOptions,
): Promise<Connection> {
  const { timeoutMs, signal } = options;
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(new MusterError(3120, where));
    const socket = opened(open, where);
    const timers = new Set<NodeJS.Timeout>();
    const deadline = (afterMs: number, error: () => MusterError) =>
      timers.add(setTimeout(() => fail(error()), afterMs));
    const settle = () => {
      for (const timer of timers) clearTimeout(timer);
      signal?.removeEventListener('abort', abandon);
      for (const [event, listener] of listeners) socket.removeListener(event, listener);
    };
    const fail = (error: MusterError) => {
      settle();
      socket.on('error', () => {
        // It was told already why this attempt failed.
      });
      socket.destroy();
      reject(error);
    };
    const abandon = () => fail(new MusterError(3120, where));
    const ready = () => {
      settle();
      try {
        resolve(adopt(socket));
      } catch (error) {
        fail(MusterError.from(error));
      }
    };
    const connected = () => {
      if (readyEvent === 'connect') ready();
      else
        deadline(
          options.handshakeTimeoutMs ?? HANDSHAKE_TIMEOUT_MS,
          () => new MusterError(3104, `${where}: the TLS handshake came to no end`),
        );
    };
    const listeners: readonly [string, (error: NodeJS.ErrnoException) => void][] = [
      ['connect', connected],
      ['secureConnect', ready],
      ['error', (error) => fail(connectFault(where, error))],
      ['close', () => fail(new MusterError(3102, `${where}: the peer closed the connection`))],
    ];
    for (const [event, listener] of listeners) socket.once(event, listener);
    deadline(timeoutMs, () => new MusterError(3102, `${where}: no answer in ${timeoutMs} ms`));
    signal?.addEventListener('abort', abandon);
  });
}

/** Node throws for what it can see to be wrong at once. */
function opened(open: () => Socket, where: string): Socket {
  try {
    return open();
  } catch (error) {
    if (error instanceof MusterError) throw new MusterError(error.code, `${where}: ${error.detail}`);
    throw connectFault(where, error as NodeJS.ErrnoException);
  }
}
