import { MusterError } from '../protocol/errors.ts';
import { encodeFrame, LengthFrameReader } from '../transport/length-frame.ts';
import type { Connection, Listener } from '../transport/transport.ts';
import { UnixTransport } from '../transport/unix.ts';
import { unreachable } from './authd-answers.ts';
import { AUTHD_CLIENT_TIMEOUT_MS, MAX_AUTHD_BYTES, MAX_AUTHD_CLIENTS } from './limits.ts';
import type { Registration } from './registration.ts';

/**
 * Serves registration on a Unix socket as authd does: one message a connection, its answer, and the end. A program that
 * sends no whole message in time, or too long a one, is dropped; so is one that does not take its answer.
 */
export class AuthdServer {
  readonly #registration: Registration;
  readonly #clients = new Set<Client>();
  #listener: Listener | null = null;

  constructor(registration: Registration) {
    this.#registration = registration;
  }

  /** Rejects with 3101, also where another process serves the socket. `onError`: it broke afterwards. */
  async listen(path: string, onError: (error: MusterError) => void): Promise<void> {
    this.#listener = await new UnixTransport(path).listen({
      onConnection: (connection) => this.#accept(connection),
      onRejected: () => {},
      onError,
    });
  }

  /** Takes nobody any more. Who has sent a message gets an answer to it when the registration behind is closed in order. */
  async close(): Promise<void> {
    await this.#listener?.close();
    for (const client of this.#clients) client.dropUnlessAsked();
  }

  #accept(connection: Connection): void {
    if (this.#clients.size >= MAX_AUTHD_CLIENTS) {
      connection.destroy(null);
      return;
    }
    const client: Client = new Client(connection, this.#registration, () => this.#clients.delete(client));
    this.#clients.add(client);
  }
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
