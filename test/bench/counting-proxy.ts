import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

/** What passed since the last reset. */
export interface Traffic {
  readonly toMasterBytes: number;
  readonly toWorkerBytes: number;
  /** Times that the worker spoke after the master had, or first: each began a round trip. */
  readonly roundTrips: number;
}

/** Stands between a worker and its master on the loopback interface and counts what passes, TLS and all. */
export class CountingProxy {
  /** When the worker connected, milliseconds since the epoch. */
  connectedMs: number | null = null;
  #traffic: Traffic = { toMasterBytes: 0, toWorkerBytes: 0, roundTrips: 0 };
  #workerSpokeLast = false;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(masterPort: number) {
    this.#server = createServer({ noDelay: true }, (worker) => {
      this.connectedMs ??= performance.timeOrigin + performance.now();
      const master = connect({ port: masterPort, host: '127.0.0.1', noDelay: true });
      this.#pass(worker, master, (bytes) => this.#count('toMasterBytes', bytes));
      this.#pass(master, worker, (bytes) => this.#count('toWorkerBytes', bytes));
    });
  }

  static async open(masterPort: number): Promise<CountingProxy> {
    const proxy = new CountingProxy(masterPort);
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as { port: number }).port;
  }

  get traffic(): Traffic {
    return this.#traffic;
  }

  reset(): void {
    this.#traffic = { toMasterBytes: 0, toWorkerBytes: 0, roundTrips: 0 };
    this.#workerSpokeLast = false;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #pass(from: Socket, to: Socket, count: (bytes: number) => void): void {
    this.#sockets.add(from);
    from.on('data', (chunk) => count(chunk.length));
    // A side that is gone takes the other with it; the nodes tell why.
    from.on('error', () => to.destroy());
    from.on('close', () => this.#sockets.delete(from));
    from.pipe(to);
  }

  #count(direction: 'toMasterBytes' | 'toWorkerBytes', bytes: number): void {
    const isWorker = direction === 'toMasterBytes';
    const begins = isWorker && !this.#workerSpokeLast ? 1 : 0;
    this.#workerSpokeLast = isWorker;
    const { [direction]: before, roundTrips } = this.#traffic;
    this.#traffic = { ...this.#traffic, [direction]: before + bytes, roundTrips: roundTrips + begins };
  }
}
