import type { Server } from 'node:net';
import { hostPort } from './addresses.ts';
import { listenFault } from './faults.ts';
import { LISTEN_BACKLOG } from './limits.ts';
import type { Listener, ListenOptions } from './transport.ts';

/** Opens a server of Node's. Rejects with 3101 when the address cannot be bound; later faults go to `onError`. */
export async function openPort(
  server: Server,
  where: { host: string; port: number } | { path: string },
  options: ListenOptions,
): Promise<Listener> {
  const wanted = 'path' in where ? where.path : hostPort(where);
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ ...where, backlog: LISTEN_BACKLOG }, () => {
        server.removeListener('error', reject);
        server.on('error', (error) => options.onError(listenFault(wanted, error)));
        resolve();
      });
    });
  } catch (error) {
    throw listenFault(wanted, error as NodeJS.ErrnoException);
  }
  return { address: addressOf(server) ?? wanted, close: () => closeServer(server) };
}

function addressOf(server: Server): string | null {
  const address = server.address();
  if (address === null || typeof address === 'string') return address;
  return hostPort({ host: address.address, port: address.port });
}

/** Resolves when nothing is accepted any more; connections live on, so the event of Node's, which waits for them, is not awaited. */
function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => {});
    setImmediate(resolve);
  });
}
