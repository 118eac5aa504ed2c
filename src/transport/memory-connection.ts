import { MusterError } from '../protocol/errors.ts';
import { type Faults, Line, type MemoryClock } from './memory-faults.ts';
import type { Connection, ConnectionEvents, PeerIdentity } from './transport.ts';

const DEFAULT_HIGH_WATER_BYTES = 65_536;
const SPOILT = 0xdd;

export interface MemoryConnectionOptions {
  peer: PeerIdentity;
  /** What is wrong with what this end writes. */
  faults: Faults;
  highWaterBytes?: number;
  defer?: (task: () => void) => void;
  clock?: MemoryClock;
}

/** One end. What it writes waits on its line until the other end reads. */
export class MemoryConnection implements Connection {
  readonly peer: PeerIdentity;
  readonly handshakeMs = 0;
  readonly #line: Line;
  readonly #highWaterBytes: number;
  readonly #defer: (task: () => void) => void;
  #other!: MemoryConnection;
  #events: ConnectionEvents | null = null;
  #isPaused = true;
  #isScheduled = false;
  #hasEnded = false;
  #hasHeardEnd = false;
  #mustDrain = false;
  #isClosed = false;
  #error: MusterError | null = null;

  constructor({ peer, faults, highWaterBytes, defer, clock }: MemoryConnectionOptions) {
    this.peer = peer;
    this.#line = new Line(faults, clock);
    this.#highWaterBytes = highWaterBytes ?? DEFAULT_HIGH_WATER_BYTES;
    this.#defer = defer ?? queueMicrotask;
  }

  /** Tells this end where the other one is. */
  join(other: MemoryConnection): void {
    this.#other = other;
  }

  start(events: ConnectionEvents): void {
    if (this.#events !== null) throw new Error('a connection is started once');
    this.#events = events;
    if (this.#isClosed) this.#tellClosed();
    else this.resume();
  }

  write(chunks: readonly Uint8Array[]): boolean {
    if (this.#isClosed || this.#hasEnded) return false;
    for (const chunk of chunks) if (chunk.length > 0) this.#send(chunk);
    this.#mustDrain ||= this.#line.queuedBytes >= this.#highWaterBytes;
    return !this.#mustDrain;
  }

  /** Nobody is bounded here. */
  admit(): void {}

  get pendingBytes(): number {
    return this.#line.queuedBytes;
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    if (this.#events === null) return;
    this.#isPaused = false;
    this.#schedule();
  }

  end(): void {
    if (this.#isClosed || this.#hasEnded) return;
    this.#hasEnded = true;
    this.#send('end');
    this.#closeAfterBothEnds();
  }

  destroy(error: MusterError | null): void {
    if (this.#isClosed) return;
    this.#close(error);
    const other = this.#other;
    this.#defer(() => other.#close(new MusterError(3103, `${this.peer.address}: the peer dropped it`)));
  }

  #send(item: Uint8Array | 'end'): void {
    this.#line.send(item, () => this.#other.#schedule());
  }

  #schedule(): void {
    if (this.#isScheduled || this.#isPaused || this.#isClosed) return;
    this.#isScheduled = true;
    this.#defer(() => {
      this.#isScheduled = false;
      this.#read();
    });
  }

  /** Takes one piece of what the other end has sent. */
  #read(): void {
    if (this.#isClosed || this.#isPaused) return;
    const piece = this.#other.#line.take();
    if (piece === 'cut') {
      this.#other.destroy(new MusterError(3103, `${this.peer.address}: it was cut`));
    } else if (piece !== null) {
      this.#events?.data(piece);
      // Who keeps a view of it learns here that it is valid during the call only, as with sockets.
      piece.fill(SPOILT);
      this.#other.#drained();
      this.#schedule();
    } else if (this.#other.#line.isAtEnd && !this.#hasHeardEnd) {
      this.#hasHeardEnd = true;
      this.#events?.end();
      this.#closeAfterBothEnds();
    }
  }

  /** The connection is over when each end has heard the end of the other. */
  #closeAfterBothEnds(): void {
    const other = this.#other;
    if (!this.#hasHeardEnd || !other.#hasHeardEnd) return;
    this.#close(null);
    this.#defer(() => other.#close(null));
  }

  #drained(): void {
    if (!this.#mustDrain || this.#line.queuedBytes >= this.#highWaterBytes) return;
    this.#mustDrain = false;
    this.#defer(() => {
      if (!this.#isClosed) this.#events?.drain();
    });
  }

  #close(error: MusterError | null): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#error = error;
    this.#line.clear();
    this.#tellClosed();
  }

  /** Once, and as soon as there is somebody to tell. */
  #tellClosed(): void {
    const events = this.#events;
    if (events !== null) this.#defer(() => events.close(this.#error));
  }
}
