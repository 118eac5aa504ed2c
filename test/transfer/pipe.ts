import { MusterError } from '../../src/protocol/errors.ts';
import type { Connection, ConnectionEvents, PeerIdentity } from '../../src/transport/transport.ts';

/** The faults of one direction. */
export interface Faults {
  /** The connection breaks when so many more bytes have passed in this direction. */
  cutAfterBytes: number;
  /** Nothing passes. */
  isFrozen: boolean;
}

/** One end of a connection within this process; what it writes arrives at the other end in later turns of the loop. */
export class PipeEnd implements Connection {
  readonly peer: PeerIdentity = {
    address: 'pipe',
    nodeName: null,
    keyId: null,
    authenticated: true,
    dialect: 'muster',
  };
  readonly faults: Faults = { cutAfterBytes: Number.POSITIVE_INFINITY, isFrozen: false };
  /** Bytes of this direction that have arrived. */
  passedBytes = 0;
  pendingBytes = 0;
  other: PipeEnd | null = null;
  #events: ConnectionEvents | null = null;
  #queue: Uint8Array[] = [];
  #isEnding = false;
  #isClosed = false;
  #isPaused = false;
  #isScheduled = false;

  readonly handshakeMs = 0;

  admit(): void {}

  start(events: ConnectionEvents): void {
    this.#events = events;
  }

  write(chunks: readonly Uint8Array[]): boolean {
    for (const chunk of chunks) {
      this.#queue.push(chunk);
      this.pendingBytes += chunk.length;
    }
    this.#schedule();
    return this.pendingBytes < 65_536;
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    if (this.other !== null) this.other.#schedule();
  }

  thaw(): void {
    this.faults.isFrozen = false;
    this.#schedule();
  }

  end(): void {
    this.#isEnding = true;
    this.#schedule();
  }

  destroy(error: MusterError | null): void {
    this.#close(error);
    const { other } = this;
    if (other !== null) setImmediate(() => other.#close(new MusterError(3103)));
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.#deliver();
    });
  }

  #deliver(): void {
    const target = this.other;
    if (target === null || this.#isClosed || this.faults.isFrozen || target.#isPaused) return;
    const chunk = this.#queue.shift();
    if (chunk !== undefined) {
      this.#pass(chunk, target);
      this.#schedule();
    } else if (this.#isEnding) {
      target.#events?.end();
      this.#close(null);
    }
  }

  #pass(chunk: Uint8Array, target: PipeEnd): void {
    this.pendingBytes -= chunk.length;
    const part = chunk.subarray(0, this.faults.cutAfterBytes);
    this.faults.cutAfterBytes -= part.length;
    this.passedBytes += part.length;
    if (part.length > 0) target.#events?.data(part);
    if (this.faults.cutAfterBytes <= 0) this.destroy(new MusterError(3103, 'cut'));
    else if (this.pendingBytes < 65_536) this.#events?.drain();
  }

  #close(error: MusterError | null): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#queue = [];
    this.#events?.close(error);
  }
}

/** Two ends of one connection. */
export function pipe(): [PipeEnd, PipeEnd] {
  const ends: [PipeEnd, PipeEnd] = [new PipeEnd(), new PipeEnd()];
  ends[0].other = ends[1];
  ends[1].other = ends[0];
  return ends;
}
