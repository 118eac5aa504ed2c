import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';
import { MusterError } from '../protocol/errors.ts';
import { hostPort } from './addresses.ts';
import { dial } from './dial.ts';
import { withSafeHello } from './safe-hello.ts';
import { StreamConnection } from './stream-connection.ts';
import type { Connection, ConnectOptions, PeerIdentity } from './transport.ts';

export interface TlsDialling {
  address: { host: string; port: number };
  tls: ConnectionOptions;
  /** Whom a finished handshake has proven; throws 3106 for nobody, or somebody else than was wanted. */
  identify(socket: TLSSocket): PeerIdentity;
}

/** Connects over TLS. Rejects as `dial`, with 3106 where `identify` throws it, and with 3104 as `withSafeHello` throws it. */
export function dialTls(
  { address, tls, identify }: TlsDialling,
  options: ConnectOptions,
): Promise<Connection> {
  const where = hostPort(address);
  // Nodes are known by what they prove, not by their address: `identify` looks at it.
  const wanted = { ...tls, ...address, checkServerIdentity: () => undefined };
  return dial(
    {
      where,
      readyEvent: 'secureConnect',
      // A node of Wazuh 4.x may serve this port.
      open: () => connect(withSafeHello(wanted)),
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
