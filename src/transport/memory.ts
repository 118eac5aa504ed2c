import { MusterError } from '../protocol/errors.ts';
import type {
  Connection,
  ConnectionEvents,
  ConnectOptions,
  Listener,
  ListenOptions,
  PeerIdentity,
  Transport,
} from './transport.ts';

/** What is wrong with one direction of a pair. Everything is in bytes from the beginning of that direction. */
export interface Faults {
  /** The connection is lost, on both sides, when so many bytes have passed. */
  cutAtByte?: number;
  /** Nothing passes any more after so many bytes, and nobody is told. */
  freezeAtByte?: number;
  /** Bytes arrive in pieces of at most this size. */
  maxChunkBytes?: number;
}

export interface MemoryOptions {
  /** Faults of what the client sends, and of what it receives. */
  clientToServer?: Faults;
  serverToClient?: Faults;
  /** Bytes that may be queued before `write` says to wait. */
  highWaterBytes?: number;
  identity?: Partial<PeerIdentity>;
  /** Runs a task later, in order; a microtask by default, so that everything is deterministic. */
  defer?: (task: () => void) => void;
}

const DEFAULT_HIGH_WATER_BYTES = 65_536;

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
        this.#server = null;
      },
    };
  }

  async connect({ signal }: ConnectOptions): Promise<Connection> {
    if (signal?.aborted) throw new MusterError(3120, 'memory');
    if (this.#server === null) throw new MusterError(3102, 'memory: nobody listens');
    this.#connections += 1;
    const [client, server] = memoryPair({
      ...this.#options,
      identity: { address: `memory:${this.#connections}`, ...this.#options.identity },
    });
    this.#server.onConnection(server);
    return client;
  }
}

/** Two ends of one connection: the client's and the server's. */
export function memoryPair(options: MemoryOptions = {}): [MemoryConnection, MemoryConnection] {
  const peer: PeerIdentity = {
    address: 'memory',
    nodeName: null,
    keyId: null,
    authenticated: true,
    ...options.identity,
  };
  const client = new MemoryConnection(peer, options.clientToServer ?? {}, options);
  const server = new MemoryConnection(peer, options.serverToClient ?? {}, options);
  client.join(server);
  server.join(client);
  return [client, server];
}

/** One end. What it writes waits in a queue until the other end reads. */
export class MemoryConnection implements Connection {
  readonly peer: PeerIdentity;
  readonly #faults: Faults;
  readonly #highWaterBytes: number;
  readonly #defer: (task: () => void) => void;
  #other!: MemoryConnection;
  #events: ConnectionEvents | null = null;
  #queue: Uint8Array[] = [];
  #queuedBytes = 0;
  #passedBytes = 0;
  #isPaused = true;
  #isScheduled = false;
  #hasEnded = false;
  #hasToldEnd = false;
  #mustDrain = false;
  #isClosed = false;
  #error: MusterError | null = null;

  constructor(peer: PeerIdentity, faults: Faults, options: MemoryOptions) {
    this.peer = peer;
    this.#faults = faults;
    this.#highWaterBytes = options.highWaterBytes ?? DEFAULT_HIGH_WATER_BYTES;
    this.#defer = options.defer ?? queueMicrotask;
  }

  /** Tells this end where the other one is. */
  join(other: MemoryConnection): void {
    this.#other = other;
  }

  start(events: ConnectionEvents): void {
    if (this.#events !== null) throw new Error('a connection is started once');
    this.#events = events;
    if (this.#isClosed) this.#defer(() => events.close(this.#error));
    else this.resume();
  }

  write(chunks: readonly Uint8Array[]): boolean {
    if (this.#isClosed || this.#hasEnded) return false;
    for (const chunk of chunks) {
      if (chunk.length === 0) continue;
      this.#queue.push(chunk);
      this.#queuedBytes += chunk.length;
    }
    this.#other.#schedule();
    this.#mustDrain ||= this.#queuedBytes >= this.#highWaterBytes;
    return !this.#mustDrain;
  }

  get pendingBytes(): number {
    return this.#queuedBytes;
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    this.#schedule();
  }

  end(): void {
    this.#hasEnded = true;
    this.#other.#schedule();
  }

  destroy(error: MusterError | null): void {
    this.#close(error);
    this.#other.#defer(() => this.#other.#close(new MusterError(3103, 'the peer dropped the connection')));
  }

  #schedule(): void {
    if (this.#isScheduled || this.#isPaused || this.#events === null) return;
    this.#isScheduled = true;
    this.#defer(() => {
      this.#isScheduled = false;
      this.#read();
    });
  }

  /** Takes one piece of what the other end has queued. */
  #read(): void {
    if (this.#isClosed || this.#isPaused) return;
    const from = this.#other;
    const piece = from.#next();
    if (piece === 'cut') {
      from.destroy(new MusterError(3103, 'cut'));
      return;
    }
    if (piece !== null) {
      this.#events?.data(piece);
      from.#drained();
      this.#schedule();
    } else if (from.#hasEnded && from.#queuedBytes === 0 && !this.#hasToldEnd) {
      this.#hasToldEnd = true;
      this.#events?.end();
    }
    if (this.#hasEnded && this.#hasToldEnd && this.#queuedBytes === 0) {
      this.#close(null);
      from.#defer(() => from.#close(null));
    }
  }

  /** The next piece that passes, `cut` when the connection breaks here, null while nothing passes. */
  #next(): Uint8Array | 'cut' | null {
    const { cutAtByte = Infinity, freezeAtByte = Infinity, maxChunkBytes = Infinity } = this.#faults;
    const first = this.#queue[0];
    if (first === undefined || this.#passedBytes >= freezeAtByte) return null;
    if (this.#passedBytes >= cutAtByte) return 'cut';
    const sizeBytes = Math.min(
      first.length,
      maxChunkBytes,
      cutAtByte - this.#passedBytes,
      freezeAtByte - this.#passedBytes,
    );
    this.#queue[0] = first.subarray(sizeBytes);
    if (this.#queue[0].length === 0) this.#queue.shift();
    this.#queuedBytes -= sizeBytes;
    this.#passedBytes += sizeBytes;
    return first.slice(0, sizeBytes);
  }

  #drained(): void {
    if (!this.#mustDrain || this.#queuedBytes >= this.#highWaterBytes) return;
    this.#mustDrain = false;
    this.#defer(() => this.#events?.drain());
  }

  #close(error: MusterError | null): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#queue = [];
    this.#queuedBytes = 0;
    this.#error = error;
    const events = this.#events;
    if (events !== null) this.#defer(() => events.close(error));
  }
}
