import type { Socket } from 'node:net';
import { MusterError } from '../protocol/errors.ts';
import type { Connection, ConnectionEvents, PeerIdentity } from './transport.ts';

/** A connection over any socket of Node: plain, TLS or Unix. */
export class StreamConnection implements Connection {
  readonly peer: PeerIdentity;
  readonly #socket: Socket;
  #error: MusterError | null = null;
  #hasStarted = false;
  #events: ConnectionEvents | null = null;
  #isClosed = false;

  constructor(socket: Socket, peer: PeerIdentity) {
    this.peer = peer;
    this.#socket = socket;
    socket.pause();
    socket.setNoDelay?.(true);
    socket.on('error', (error) => {
      this.#error ??= new MusterError(3103, `${peer.address}: ${error.message}`, { cause: error });
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
    this.#socket.on('drain', () => this.#events?.drain());
    this.#socket.on('end', () => this.#events?.end());
    this.#socket.resume();
  }

  write(chunks: readonly Uint8Array[]): boolean {
    if (this.#socket.destroyed || this.#socket.writableEnded) return false;
    if (chunks.length === 1 && chunks[0] !== undefined) return this.#socket.write(chunks[0]);
    this.#socket.cork();
    let room = true;
    for (const chunk of chunks) room = this.#socket.write(chunk);
    this.#socket.uncork();
    return room;
  }

  get pendingBytes(): number {
    return this.#socket.writableLength;
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  end(): void {
    this.#socket.end();
  }

  destroy(error: MusterError | null): void {
    this.#error ??= error;
    this.#socket.destroy();
  }

  #tellClosed(): void {
    const events = this.#events;
    this.#events = null;
    events?.close(this.#error);
  }
}
