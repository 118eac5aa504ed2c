import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';
import { MusterError } from '../protocol/errors.ts';
import { hostPort } from './addresses.ts';
import { dial } from './dial.ts';
import { StreamConnection } from './stream-connection.ts';
import type { Connection, ConnectOptions, PeerIdentity } from './transport.ts';

export interface TlsDialling {
  address: { host: string; port: number };
  tls: ConnectionOptions;
  /** Whom a finished handshake has proven; throws 3106 for nobody, or somebody else than was wanted. */
  identify(socket: TLSSocket): PeerIdentity;
}

/** Connects over TLS. Rejects as `dial`, and with 3106 where `identify` throws it. */
export function dialTls(
  { address, tls, identify }: TlsDialling,
  options: ConnectOptions,
): Promise<Connection> {
  const where = hostPort(address);
  return dial(
    {
      where,
      readyEvent: 'secureConnect',
      // Nodes are known by what they prove, not by their address: `identify` looks at it.
      open: () => connect({ ...tls, ...address, checkServerIdentity: () => undefined }),
      adopt: (socket) => {
        try {
          return new StreamConnection(socket, identify(socket as TLSSocket));
        } catch (error) {
          const { code, detail } = MusterError.from(error, 3106);
          throw new MusterError(code, `${where}: ${detail}`, { cause: error });
        }
      },
    },
    options,
  );
}
