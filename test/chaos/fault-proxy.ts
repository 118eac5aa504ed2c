import { createServer, connect as dial, type Server, type Socket } from 'node:net';

/** `up`: from whoever connects to the target; `down`: back. */
export type Direction = 'up' | 'down';

/** What the network does to all connections at the moment. */
interface Weather {
  delayMs: number;
  /** Of each direction of each connection. */
  bytesPerSecond: number;
  isFrozen: boolean;
  isBlackHole: boolean;
}

const CALM: Readonly<Weather> = {
  delayMs: 0,
  bytesPerSecond: Number.POSITIVE_INFINITY,
  isFrozen: false,
  isBlackHole: false,
};
/** A throttled connection passes on so much at a time: a hundredth of a second. */
const SLICES_PER_SECOND = 100;
const MS_PER_SECOND = 1000;

const pause = (ms: number) =>
  new Promise<void>((resolve) => {
    setTimeout(() => resolve(), ms);
  });

/** A bad network between two processes on the loopback interface: TCP in, TCP out, and faults as verbs. */
export class FaultProxy {
  /** What was passed on, all connections together. */
  readonly passedBytes: Record<Direction, number> = { up: 0, down: 0 };
  /** Connections that were made, and those that a fault of `cutAt` ended. */
  accepted = 0;
  cuts = 0;
  readonly #server: Server;
  readonly #links = new Set<Link>();
  #weather: Weather = { ...CALM };
  #thawed: (() => void)[] = [];
  #cut: { direction: Direction; afterBytes: number } | null = null;

  private constructor(targetPort: number) {
    this.#server = createServer({ allowHalfOpen: true }, (near) => {
      this.accepted += 1;
      const far = dial({ port: targetPort, host: '127.0.0.1', allowHalfOpen: true });
      const link = new Link(this, near, far);
      this.#links.add(link);
      link.closed.then(() => this.#links.delete(link));
    });
  }

  /** A proxy on a port of its own. */
  static async open(targetPort: number): Promise<FaultProxy> {
    const proxy = new FaultProxy(targetPort);
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as { port: number }).port;
  }

  /** Resets one connection, the first that has passed on exactly so many bytes in this direction. */
  cutAt(direction: Direction, afterBytes: number): void {
    this.#cut = { direction, afterBytes };
  }

  /** Resets all connections. */
  cutAll(): void {
    for (const link of this.#links) link.reset();
  }

  /** Everything arrives so much later. */
  delay(delayMs: number): void {
    this.#weather.delayMs = delayMs;
  }

  throttle(bytesPerSecond: number): void {
    this.#weather.bytesPerSecond = bytesPerSecond;
  }

  /** Ends one direction of all connections: the other one stays open. What still comes in that direction is lost. */
  halfClose(direction: Direction): void {
    for (const link of this.#links) link.halfClose(direction);
  }

  /** Takes everything and passes nothing on: nobody is told. */
  blackHole(): void {
    this.#weather.isBlackHole = true;
  }

  /** Takes nothing any more, and keeps what it has. */
  freeze(): void {
    this.#weather.isFrozen = true;
  }

  /** From now on the network is good. Connections that have lost something are reset, those that were frozen go on. */
  heal(): void {
    this.#weather = { ...CALM };
    this.#cut = null;
    for (const link of this.#links) if (link.hasLost) link.reset();
    for (const resolve of this.#thawed.splice(0)) resolve();
  }

  async close(): Promise<void> {
    this.heal();
    this.cutAll();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** For links: how much of so many bytes may pass before the connection is cut; null if all may. */
  allowance(direction: Direction, passedBytes: number, bytes: number): number | null {
    if (this.#cut?.direction !== direction || passedBytes + bytes < this.#cut.afterBytes) return null;
    const allowed = Math.max(0, this.#cut.afterBytes - passedBytes);
    this.#cut = null;
    this.cuts += 1;
    return allowed;
  }

  get weather(): Readonly<Weather> {
    return this.#weather;
  }

  async thaw(): Promise<void> {
    while (this.#weather.isFrozen) await new Promise<void>((resolve) => this.#thawed.push(resolve));
  }
}

/** One connection through the proxy. */
class Link {
  readonly closed: Promise<unknown>;
  hasLost = false;
  readonly #proxy: FaultProxy;
  readonly #near: Socket;
  readonly #far: Socket;
  readonly #ended = new Set<Direction>();

  constructor(proxy: FaultProxy, near: Socket, far: Socket) {
    this.#proxy = proxy;
    this.#near = near;
    this.#far = far;
    const closings = [near, far].map((socket) => new Promise((resolve) => socket.once('close', resolve)));
    this.closed = Promise.all(closings);
    this.#pass('up', near, far);
    this.#pass('down', far, near);
    for (const socket of [near, far]) {
      // A side that is gone is told to the other in the same rude way.
      socket.on('error', () => this.reset());
    }
  }

  reset(): void {
    this.#near.resetAndDestroy();
    this.#far.resetAndDestroy();
  }

  halfClose(direction: Direction): void {
    this.#ended.add(direction);
    (direction === 'up' ? this.#far : this.#near).end();
  }

  #pass(direction: Direction, from: Socket, to: Socket): void {
    let passedBytes = 0;
    const send = async (bytes: Buffer) => {
      await this.#proxy.thaw();
      if (this.#proxy.weather.isBlackHole || this.#ended.has(direction)) {
        this.hasLost = true;
        return;
      }
      const allowed = this.#proxy.allowance(direction, passedBytes, bytes.length);
      const part = allowed === null ? bytes : bytes.subarray(0, allowed);
      passedBytes += part.length;
      this.#proxy.passedBytes[direction] += part.length;
      // What the kernel has taken is on its way: a reset would throw away what was still waiting here.
      await new Promise<void>((resolve) => to.write(part, () => resolve()));
      if (allowed !== null) this.reset();
    };
    from.on('data', async (chunk: Buffer) => {
      from.pause();
      for await (const slice of this.#slices(chunk)) await send(slice);
      from.resume();
    });
    from.on('end', async () => {
      await this.#proxy.thaw();
      if (!this.#proxy.weather.isBlackHole) to.end();
    });
    from.on('close', () => {
      if (!this.#proxy.weather.isFrozen && !this.#proxy.weather.isBlackHole) to.end();
    });
  }

  /** The parts of a chunk, each when its time has come. */
  async *#slices(chunk: Buffer): AsyncGenerator<Buffer> {
    const { delayMs, bytesPerSecond } = this.#proxy.weather;
    if (delayMs > 0) await pause(delayMs);
    if (bytesPerSecond === Number.POSITIVE_INFINITY) return yield chunk;
    const sliceBytes = Math.max(1, Math.floor(bytesPerSecond / SLICES_PER_SECOND));
    for (let at = 0; at < chunk.length; at += sliceBytes) {
      await pause(MS_PER_SECOND / SLICES_PER_SECOND);
      yield chunk.subarray(at, at + sliceBytes);
    }
  }
}
