import { MusterError } from '../protocol/errors.ts';
import { type Faults, MemoryConnection } from '../transport/memory.ts';
import type {
  Connection,
  ConnectionEvents,
  ConnectOptions,
  Listener,
  ListenOptions,
  Transport,
} from '../transport/transport.ts';
import type { Life, World } from './world.ts';

class End extends MemoryConnection {
  onClose: () => void = () => {};

  override start(events: ConnectionEvents): void {
    const close = (error: MusterError | null) => {
      this.onClose();
      events.close(error);
    };
    super.start({ ...events, close });
  }
}

/** One connection between a worker and the master, and what is wrong with it. */
interface Link {
  readonly worker: Life;
  readonly master: Life;
  readonly client: End;
  readonly server: End;
  readonly up: Faults;
  readonly down: Faults;
}

/** The way of one worker to the master. */
export interface Way {
  delayMs: number;
  /** What is written at once arrives in pieces: the first of at most this size, each further one twice as large. */
  firstChunkBytes: number;
  /** Nobody can connect until then. */
  refusedUntilMs: number;
  /** A connection is not answered until then. */
  hangsUntilMs: number;
  /** The next connection breaks after so many bytes in this direction. */
  nextCut: { direction: 'up' | 'down'; bytes: number } | null;
}

/** A network on a good day. */
export const USUAL = { delayMs: 1, firstChunkBytes: 65_536 } as const;

/** The network between the nodes of a world: connections that carry bytes in order, late, in pieces, or not at all. */
export class Network {
  readonly #world: World;
  readonly #links = new Set<Link>();
  readonly #ways = new Map<string, Way>();
  /** By life: ends of connections that it was given and that have not closed. */
  readonly #ends = new WeakMap<Life, number>();
  #port: { life: Life; options: ListenOptions } | null = null;
  #connections = 0;

  constructor(world: World) {
    this.#world = world;
  }

  way(worker: string): Way {
    let way = this.#ways.get(worker);
    if (way === undefined) {
      way = { ...USUAL, refusedUntilMs: 0, hangsUntilMs: 0, nextCut: null };
      this.#ways.set(worker, way);
    }
    return way;
  }

  /** The port of a master, and what a worker connects with, in this life of it. */
  transport(life: Life): Transport {
    return {
      name: 'memory',
      listen: async (options) => this.#listen(life, options),
      connect: (options) => this.#connect(life, options),
    };
  }

  /** What this node has written and its peer has not read, on the fullest of its connections. */
  mostPendingBytes(node: string): number {
    let most = 0;
    for (const { worker, master, client, server } of this.#links) {
      if (worker.node === node) most = Math.max(most, client.pendingBytes);
      if (master.node === node) most = Math.max(most, server.pendingBytes);
    }
    return most;
  }

  /** Connections that this life of a node has, those among them that it has not taken yet. */
  openEnds(life: Life): number {
    return this.#ends.get(life) ?? 0;
  }

  /** From now on bytes of this worker take so long, in both directions, and come in such pieces. */
  slow(worker: string, delayMs: number, firstChunkBytes: number): void {
    const way = this.way(worker);
    way.delayMs = delayMs;
    way.firstChunkBytes = firstChunkBytes;
    for (const { up, down } of this.#of(worker)) {
      for (const faults of [up, down]) {
        faults.delayMs = delayMs;
        faults.firstChunkBytes = firstChunkBytes;
      }
    }
  }

  /** Connections may be made again, and are as fast as usual; one that carries nothing is not mended by anybody. */
  heal(): void {
    for (const [worker, way] of this.#ways) {
      way.refusedUntilMs = 0;
      way.hangsUntilMs = 0;
      way.nextCut = null;
      this.slow(worker, USUAL.delayMs, USUAL.firstChunkBytes);
    }
  }

  cut(worker: string): void {
    for (const link of this.#of(worker)) this.#break(link);
  }

  /** Nothing passes any more, and nobody is told. */
  freeze(worker: string): void {
    for (const { up, down } of this.#of(worker)) {
      up.freezeAtByte = 0;
      down.freezeAtByte = 0;
    }
  }

  /** The life is over: its system closes what it had open, or nothing does any more. */
  ended(life: Life, isSilent: boolean): void {
    if (this.#port?.life === life) this.#port = null;
    for (const link of this.#links) {
      if (link.worker !== life && link.master !== life) continue;
      this.#links.delete(link);
      if (isSilent) {
        link.up.freezeAtByte = 0;
        link.down.freezeAtByte = 0;
      } else {
        this.#break(link);
      }
    }
  }

  #of(worker: string): Link[] {
    return [...this.#links].filter((link) => link.worker.node === worker);
  }

  #break({ worker, master, client, server }: Link): void {
    const lost = new MusterError(3103, 'the connection was lost');
    this.#world.after(0, () => client.destroy(lost), worker);
    this.#world.after(0, () => server.destroy(lost), master);
  }

  async #listen(life: Life, options: ListenOptions): Promise<Listener> {
    if (this.#port?.life.isAlive) throw new MusterError(3101, 'memory: it is listened to already');
    const port = { life, options };
    this.#port = port;
    return {
      address: 'memory',
      close: async () => {
        if (this.#port === port) this.#port = null;
      },
    };
  }

  #connect(life: Life, { timeoutMs, signal }: ConnectOptions): Promise<Connection> {
    const world = this.#world;
    const way = this.way(life.node);
    if (signal?.aborted) return Promise.reject(new MusterError(3120, 'memory'));
    return new Promise((resolve, reject) => {
      const abandon = () => fail(new MusterError(3120, 'memory'));
      const late = world.after(
        timeoutMs,
        () => fail(new MusterError(3102, `no answer in ${timeoutMs} ms`)),
        life,
      );
      const end = () => {
        world.cancel(late);
        world.cancel(arrival);
        signal?.removeEventListener('abort', abandon);
      };
      const fail = (error: MusterError) => {
        end();
        reject(error);
      };
      const arrival = world.after(
        way.delayMs,
        () => {
          if (way.hangsUntilMs > world.nowMs) return;
          const port = this.#port;
          if (way.refusedUntilMs > world.nowMs || !port?.life.isAlive) {
            fail(new MusterError(3102, 'memory: nobody listens'));
            return;
          }
          end();
          const { client, server } = this.#open(life, port.life, way);
          world.after(way.delayMs, () => port.options.onConnection(server), port.life);
          resolve(client);
        },
        life,
      );
      signal?.addEventListener('abort', abandon, { once: true });
    });
  }

  #open(worker: Life, master: Life, way: Way): Link {
    this.#connections += 1;
    const cut = way.nextCut;
    way.nextCut = null;
    const faults = (direction: 'up' | 'down'): Faults => ({
      delayMs: way.delayMs,
      firstChunkBytes: way.firstChunkBytes,
      ...(cut?.direction === direction && { cutAtByte: cut.bytes }),
    });
    const [up, down] = [faults('up'), faults('down')];
    const address = `memory:${this.#connections}`;
    const link: Link = {
      worker,
      master,
      client: this.#end(address, master.node, worker, up),
      server: this.#end(address, worker.node, master, down),
      up,
      down,
    };
    this.#count(link, link.client, worker);
    this.#count(link, link.server, master);
    link.client.join(link.server);
    link.server.join(link.client);
    this.#links.add(link);
    return link;
  }

  #count(link: Link, end: End, life: Life): void {
    this.#ends.set(life, this.openEnds(life) + 1);
    end.onClose = () => {
      this.#ends.set(life, this.openEnds(life) - 1);
      this.#links.delete(link);
    };
  }

  /** What this end writes travels with the network's time, and is read in the life of the other. */
  #end(address: string, nodeName: string, life: Life, faults: Faults): End {
    const world = this.#world;
    return new End({
      peer: { address, nodeName, keyId: null, authenticated: true, dialect: 'muster' },
      faults,
      defer: (task) => world.after(0, task, life),
      clock: {
        setTimeout: (task, timeoutMs) => world.after(timeoutMs, task, null),
        clearTimeout: (timer) => world.cancel(timer as never),
      },
    });
  }
}
