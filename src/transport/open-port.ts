import type { Server } from 'node:net';
import { MusterError } from '../protocol/errors.ts';
import { LISTEN_BACKLOG } from './limits.ts';
import type { Listener, ListenOptions } from './transport.ts';

const ADVICE: Record<string, string> = {
  EADDRINUSE: 'another process uses it: stop that one, or choose another port',
  EACCES: 'not allowed: choose a port above 1024, or check the permissions',
  EADDRNOTAVAIL: 'this machine does not have that address: check bind_addr',
};

/** Opens a server of Node's. Rejects with 3101 when the address cannot be bound; later faults go to `onError`. */
export async function openPort(
  server: Server,
  where: { host: string; port: number } | { path: string },
  options: ListenOptions,
): Promise<Listener> {
  const wanted = 'path' in where ? where.path : `${where.host}:${where.port}`;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const advice = ADVICE[error.code ?? ''] ?? error.message;
      reject(new MusterError(3101, `${wanted}: ${advice}`, { cause: error }));
    });
    server.listen({ ...where, backlog: LISTEN_BACKLOG }, resolve);
  });
  server.removeAllListeners('error');
  server.on('error', (error) =>
    options.onError(new MusterError(3101, `${wanted}: ${error.message}`, { cause: error })),
  );
  return { address: addressOf(server) ?? wanted, close: () => closeServer(server) };
}

function addressOf(server: Server): string | null {
  const address = server.address();
  if (address === null || typeof address === 'string') return address;
  return address.family === 'IPv6'
    ? `[${address.address}]:${address.port}`
    : `${address.address}:${address.port}`;
}

/** Resolves when nothing is accepted any more; connections live on, so the event of Node's, which waits for them, is not awaited. */
function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => {});
    setImmediate(resolve);
  });
}
