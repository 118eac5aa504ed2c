import { MusterError } from '../protocol/errors.ts';
import { MemoryConnection } from './memory-connection.ts';
import type { Faults, MemoryClock } from './memory-faults.ts';
import type {
  Connection,
  ConnectOptions,
  Listener,
  ListenOptions,
  PeerIdentity,
  Transport,
} from './transport.ts';

export { MemoryConnection } from './memory-connection.ts';
export type { Faults, MemoryClock } from './memory-faults.ts';

export interface MemoryOptions {
  /** Faults of what the client sends, and of what it receives. */
  clientToServer?: Faults;
  serverToClient?: Faults;
  /** Bytes that may be queued before `write` says to wait. */
  highWaterBytes?: number;
  identity?: Partial<PeerIdentity>;
  /** Runs a task later, in order; a microtask by default, so that everything is deterministic. */
  defer?: (task: () => void) => void;
  /** Time, for delays and for the deadline of a connect that nobody answers; without it neither happens. */
  clock?: MemoryClock;
  /** What becomes of a connect: `refuse` rejects it, `hang` never answers it. A function is asked for each one. */
  connecting?: Connecting | (() => Connecting);
}

export type Connecting = 'accept' | 'refuse' | 'hang';

/** Connections within the process, with faults on demand: the network of the tests and of the simulation. */
export class MemoryTransport implements Transport {
  readonly name = 'memory';
  readonly #options: MemoryOptions;
  #server: ListenOptions | null = null;
  #connections = 0;

  constructor(options: MemoryOptions = {}) {
    this.#options = options;
  }

  async listen(options: ListenOptions): Promise<Listener> {
    if (this.#server !== null) throw new MusterError(3101, 'memory: it is listened to already');
    this.#server = options;
    return {
      address: 'memory',
      close: async () => {
        if (this.#server === options) this.#server = null;
      },
    };
  }

  async connect(options: ConnectOptions): Promise<Connection> {
    if (options.signal?.aborted) throw new MusterError(3120, 'memory');
    const { connecting = 'accept' } = this.#options;
    const outcome = typeof connecting === 'function' ? connecting() : connecting;
    if (outcome === 'hang') await this.#hang(options);
    if (outcome === 'refuse' || this.#server === null) throw new MusterError(3102, 'memory: nobody listens');
    this.#connections += 1;
    const [client, server] = memoryPair({
      ...this.#options,
      identity: { address: `memory:${this.#connections}`, ...this.#options.identity },
    });
    this.#server.onConnection(server);
    return client;
  }

  /** Rejects with 3102 after the deadline, or 3120 when the caller gives up. */
  #hang({ timeoutMs, signal }: ConnectOptions): Promise<never> {
    const { clock } = this.#options;
    return new Promise((_, reject) => {
      const fail = (error: MusterError) => {
        clock?.clearTimeout(timer);
        signal?.removeEventListener('abort', abandon);
        reject(error);
      };
      const abandon = () => fail(new MusterError(3120, 'memory'));
      const late = () => fail(new MusterError(3102, `memory: no answer in ${timeoutMs} ms`));
      const timer = clock?.setTimeout(late, timeoutMs);
      signal?.addEventListener('abort', abandon);
    });
  }
}

/** Two ends of one connection: the client's and the server's. */
export function memoryPair(options: MemoryOptions = {}): [MemoryConnection, MemoryConnection] {
  const peer: PeerIdentity = {
    address: 'memory',
    nodeName: null,
    keyId: null,
    authenticated: true,
    dialect: 'muster',
    ...options.identity,
  };
  const client = new MemoryConnection({ ...options, peer, faults: options.clientToServer ?? {} });
  const server = new MemoryConnection({ ...options, peer, faults: options.serverToClient ?? {} });
  client.join(server);
  server.join(client);
  return [client, server];
}
