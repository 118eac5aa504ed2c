import { once } from 'node:events';
import { createServer } from 'node:net';
import { inHome } from '../config/home.ts';
import type { NodeConfig } from '../config/node-config.ts';
import { MusterError } from '../protocol/errors.ts';

/** How the operating system says that it cannot serve an address on any port. */
const NOT_OURS: Readonly<Record<string, string>> = {
  EADDRNOTAVAIL: 'this machine does not have that address',
  EAFNOSUPPORT: 'this machine has no addresses of that kind',
  EINVAL: 'that address needs the name of an interface behind it',
  ENOTFOUND: 'there is no such host',
};

/**
 * Has the operating system try whether a master can serve its address, on a port that nobody chose: which addresses that
 * are, no list of interfaces tells. Rejects with 3004. Other faults show when the port itself is opened.
 */
export async function checkBindAddress({
  home,
  role,
  bindAddress,
}: Pick<NodeConfig, 'home' | 'role' | 'bindAddress'>): Promise<void> {
  if (role !== 'master') return;
  const server = createServer();
  try {
    server.listen({ host: bindAddress, port: 0 });
    await once(server, 'listening');
  } catch (error) {
    const words = NOT_OURS[(error as NodeJS.ErrnoException).code ?? ''];
    if (words === undefined) return;
    throw new MusterError(
      3004,
      `${inHome(home, 'ossecConf')}: <bind_addr> is '${bindAddress}', and ${words}; allowed: an address of this machine, or 0.0.0.0 for all of them`,
      { cause: error },
    );
  } finally {
    server.close();
  }
}
