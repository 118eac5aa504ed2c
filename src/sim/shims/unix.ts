import { MusterError } from '../../protocol/errors.ts';
import type { Connection, Listener, Transport } from '../../transport/transport.ts';

/** The local socket of a node, at which nobody asks: clients are not simulated. */
export class UnixTransport implements Transport {
  readonly name = 'unix';

  async listen(): Promise<Listener> {
    return { address: 'unix', close: async () => {} };
  }

  async connect(): Promise<Connection> {
    throw new MusterError(3102, 'no local socket is simulated');
  }
}
