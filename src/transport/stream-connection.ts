import type { Socket } from 'node:net';
import type { MusterError } from '../protocol/errors.ts';
import { connectionFault } from './faults.ts';
import { WRITE_HIGH_WATER_BYTES } from './limits.ts';
import type { Connection, ConnectionEvents, PeerIdentity } from './transport.ts';
import type { Place } from './unadmitted.ts';

/** A connection over any socket of Node: plain, TLS or Unix. */
export class StreamConnection implements Connection {
  readonly peer: PeerIdentity;
  readonly handshakeMs: number;
  readonly #socket: Socket;
  /** Among the peers that are not admitted; null for connections that need none. */
  readonly #place: Place | null;
  #error: MusterError | null = null;
  #hasStarted = false;
  #events: ConnectionEvents | null = null;
  #mustDrain = false;
  #hasHeardEnd = false;
  #isClosed = false;
  /** Until the end of this turn of the event loop what is written is kept, and then goes as one piece. */
  #isCorked = false;

  constructor(socket: Socket, peer: PeerIdentity, place: Place | null = null) {
    this.peer = peer;
    this.handshakeMs = place?.heldMs ?? 0;
    this.#socket = socket;
    this.#place = place;
    if (place !== null) place.drop = (error) => this.destroy(error);
    socket.pause();
    socket.setNoDelay(true);
    // Who has heard the peer's end may still send, whatever kind of socket it is. Before, during the handshake, an end is
    // the end.
    socket.allowHalfOpen = true;
    socket.on('error', (error) => {
      this.#error ??= connectionFault(peer.address, error);
      socket.destroy();
    });
    // A socket from which nothing is left to be read tells its end even while it is paused.
    socket.on('end', () => {
      this.#hasHeardEnd = true;
      this.#events?.end();
    });
    socket.on('close', () => {
      this.#isClosed = true;
      this.#tellClosed();
    });
  }

  start(events: ConnectionEvents): void {
    if (this.#hasStarted) throw new Error('a connection is started once');
    this.#hasStarted = true;
    this.#events = events;
    if (this.#isClosed) {
      queueMicrotask(() => this.#tellClosed());
      return;
    }
    this.#socket.on('data', (chunk: Buffer) => this.#events?.data(chunk));
    this.#socket.on('drain', () => this.#drained());
    if (this.#hasHeardEnd) queueMicrotask(() => this.#events?.end());
    this.#socket.resume();
  }

  write(chunks: readonly Uint8Array[]): boolean {
    if (this.#socket.destroyed || this.#socket.writableEnded) return false;
    this.#cork();
    for (const chunk of chunks) if (chunk.length > 0) this.#socket.write(chunk);
    // Node's own answer depends on the kind of socket (64 KiB for those that a TLS server accepts), ours does not. Beyond
    // our mark the socket is beyond its own too, so its `drain` follows.
    this.#mustDrain ||= this.#socket.writableLength >= WRITE_HIGH_WATER_BYTES;
    return !this.#mustDrain;
  }

  admit(): void {
    this.#place?.leave();
  }

  get pendingBytes(): number {
    return this.#socket.writableLength;
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    if (this.#hasStarted) this.#socket.resume();
  }

  end(): void {
    this.#socket.end();
  }

  destroy(error: MusterError | null): void {
    this.#error ??= error;
    this.#uncork();
    this.#socket.destroy();
  }

  /** One call of the system for all small frames that one turn makes, instead of one each. */
  #cork(): void {
    if (this.#isCorked) return;
    this.#isCorked = true;
    this.#socket.cork();
    process.nextTick(() => this.#uncork());
  }

  #uncork(): void {
    if (!this.#isCorked) return;
    this.#isCorked = false;
    if (!this.#socket.destroyed) this.#socket.uncork();
  }

  #drained(): void {
    if (!this.#mustDrain) return;
    this.#mustDrain = false;
    this.#events?.drain();
  }

  #tellClosed(): void {
    const events = this.#events;
    this.#events = null;
    events?.close(this.#error);
  }
}
