import { lossOf, type Place, placeOf } from '../config/places.ts';
import { MusterError } from '../protocol/errors.ts';
import { encodeFrame, LengthFrameReader } from '../transport/length-frame.ts';
import type { Connection, Listener } from '../transport/transport.ts';
import { UnixTransport } from '../transport/unix.ts';
import { unreachable } from './authd-answers.ts';
import { AUTHD_CLIENT_TIMEOUT_MS, AUTHD_LOOK_MS, MAX_AUTHD_BYTES, MAX_AUTHD_CLIENTS } from './limits.ts';
import type { Registration } from './registration.ts';

/**
 * A registration, and its socket, where other programs find it: one message a connection, its answer, and the end, as with
 * authd. A program that sends no whole message in time, or too long a one, is dropped; so is one that does not take its
 * answer. When another program has taken the socket, that one registers: nothing is carried out here any more, whichever
 * way it comes, since two that write client.keys lose agents.
 */
export class AuthdServer implements Registration {
  readonly #registration: Registration;
  readonly #lookMs: number;
  readonly #clients = new Set<Client>();
  #opened: Opened | null = null;

  constructor(registration: Registration, lookMs: number = AUTHD_LOOK_MS) {
    this.#registration = registration;
    this.#lookMs = lookMs;
  }

  /** Rejects with 3101, also where another process serves the socket. `onError`: it broke, or was taken, afterwards. */
  async listen(path: string, onError: (error: MusterError) => void): Promise<void> {
    const listener = await new UnixTransport(path).listen({
      onConnection: (connection) => this.#accept(connection),
      onRejected: () => {},
      onError,
    });
    const look = setInterval(() => this.#loss(), this.#lookMs).unref();
    this.#opened = { listener, place: placeOf(path), look, onLoss: onError };
  }

  /** Rejects with 1013 too: what is served here is found no more. */
  async request(message: string, signal: AbortSignal): Promise<string> {
    const loss = this.#loss();
    if (loss !== null) throw new MusterError(1013, loss.detail);
    return this.#registration.request(message, signal);
  }

  /** Takes nobody any more. What was asked before is carried out and answered, or fails. */
  async close(): Promise<void> {
    clearInterval(this.#opened?.look);
    await this.#opened?.listener.close();
    for (const client of this.#clients) client.dropUnlessAsked();
    await this.#registration.close();
  }

  /** Why the socket is not the one any more that others find; whoever opened it is told. */
  #loss(): MusterError | null {
    if (this.#opened === null) return null;
    const { place, look, onLoss } = this.#opened;
    const loss = lossOf([place], 3101);
    if (loss === null) return null;
    clearInterval(look);
    onLoss(loss);
    return loss;
  }

  #accept(connection: Connection): void {
    if (this.#clients.size >= MAX_AUTHD_CLIENTS) {
      connection.destroy(null);
      return;
    }
    const client: Client = new Client(connection, this, () => this.#clients.delete(client));
    this.#clients.add(client);
  }
}

/** What was there when the socket was opened. */
interface Opened {
  readonly listener: Listener;
  readonly place: Place;
  readonly look: NodeJS.Timeout;
  onLoss(error: MusterError): void;
}

/** A program with its one message. */
class Client {
  readonly #connection: Connection;
  readonly #registration: Registration;
  readonly #gone = new AbortController();
  readonly #reader = new LengthFrameReader({ maxBytes: MAX_AUTHD_BYTES, code: 3214 });
  #timer: NodeJS.Timeout | null = null;
  #hasAsked = false;

  constructor(connection: Connection, registration: Registration, onGone: () => void) {
    this.#connection = connection;
    this.#registration = registration;
    this.#limitTime();
    connection.start({
      data: (chunk) => this.#read(chunk),
      drain: () => {},
      // It may still wait for its answer.
      end: () => this.dropUnlessAsked(),
      close: () => {
        this.#stopTime();
        this.#gone.abort();
        onGone();
      },
    });
  }

  dropUnlessAsked(): void {
    if (!this.#hasAsked) this.#connection.destroy(null);
  }

  #read(chunk: Uint8Array): void {
    if (this.#hasAsked) return;
    try {
      this.#reader.push(chunk, (text) => {
        if (!this.#hasAsked) void this.#serve(text);
      });
    } catch (error) {
      this.#connection.destroy(MusterError.from(error));
    }
  }

  async #serve(text: string): Promise<void> {
    this.#hasAsked = true;
    this.#stopTime();
    // C programs send the zero byte at the end of their texts.
    const [message = ''] = text.split('\0', 1);
    const answer = await this.#registration.request(message, this.#gone.signal).catch(unreachable);
    if (this.#gone.signal.aborted) return;
    this.#connection.write([encodeFrame(answer, MAX_AUTHD_BYTES)]);
    this.#connection.end();
    this.#limitTime();
  }

  #limitTime(): void {
    this.#timer = setTimeout(() => this.#connection.destroy(null), AUTHD_CLIENT_TIMEOUT_MS);
  }

  #stopTime(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
  }
}
