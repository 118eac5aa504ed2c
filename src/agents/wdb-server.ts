import { MusterError } from '../protocol/errors.ts';
import { encodeFrame, LengthFrameReader } from '../transport/length-frame.ts';
import type { Connection, Listener } from '../transport/transport.ts';
import { UnixTransport } from '../transport/unix.ts';
import {
  CROWD_OVER_CLIENTS,
  MAX_ANSWER_BYTES,
  MAX_BATCH_BYTES,
  MAX_BATCH_REQUESTS,
  MAX_CLIENT_REQUESTS,
  MAX_CLIENTS,
  MAX_REFUSED_CLIENTS,
  MAX_REQUEST_BYTES,
  REFUSED_CLIENT_MS,
} from './limits.ts';

/** Carries out requests in their order: the first of them at least, and gives an answer for each that it carried out. */
export type Execute = (requests: readonly string[]) => readonly string[];

export interface ServerOptions {
  readonly execute: Execute;
  /** More programs want to use it than may. Told again when some have gone and others come. */
  onCrowd?(): void;
}

/** The answer to whatever a program asks for which there is no room. */
const REFUSAL = `err Too many clients: at most ${MAX_CLIENTS} programs may be connected`;

/**
 * Serves a store on a Unix socket. What has arrived from all clients is carried out together, a batch after the other;
 * each client is answered in its order, whether it waits for answers or not. A client that sends too much is not read, one
 * that does not read its answers gets no more of them, one that breaks the protocol is dropped, one too many is told so.
 */
export class WdbServer {
  readonly #execute: Execute;
  readonly #onCrowd: () => void;
  readonly #clients = new Set<Client>();
  /** For whom there is no room, until they have gone. */
  readonly #refused = new Set<Connection>();
  /** It was told that there are too many. */
  #isCrowded = false;
  /** Those with requests to be carried out. Who was served goes to the end. */
  readonly #ready = new Set<Client>();
  #listener: Listener | null = null;
  #isScheduled = false;

  constructor({ execute, onCrowd = () => {} }: ServerOptions) {
    this.#execute = execute;
    this.#onCrowd = onCrowd;
  }

  /** Rejects with 3101, also where another process serves the socket. */
  async listen(path: string): Promise<void> {
    this.#listener = await new UnixTransport(path).listen({
      onConnection: (connection) => this.#accept(connection),
      onRejected: () => {},
      // The socket stands there and takes nobody: its users notice, and it is opened anew with the store.
      onError: () => {},
    });
  }

  /** Takes no client any more, and drops those that there are. */
  async close(): Promise<void> {
    await this.#listener?.close();
    for (const client of this.#clients) client.connection.destroy(null);
    for (const connection of this.#refused) connection.destroy(null);
  }

  #accept(connection: Connection): void {
    if (this.#clients.size >= MAX_CLIENTS) {
      this.#refuse(connection);
      return;
    }
    const client: Client = new Client(connection, () => {
      if (client.isServable) this.#schedule(client);
    });
    this.#clients.add(client);
    connection.start({
      data: (chunk) => client.read(chunk),
      drain: () => client.drained(),
      end: () => client.ended(),
      close: () => {
        client.requests.length = 0;
        this.#clients.delete(client);
        this.#ready.delete(client);
        if (this.#clients.size <= CROWD_OVER_CLIENTS) this.#isCrowded = false;
      },
    });
  }

  /** It takes this for the answer to its first request, which nobody reads. */
  #refuse(connection: Connection): void {
    if (!this.#isCrowded) this.#onCrowd();
    this.#isCrowded = true;
    if (this.#refused.size >= MAX_REFUSED_CLIENTS) {
      connection.destroy(null);
      return;
    }
    this.#refused.add(connection);
    const timer = setTimeout(() => connection.destroy(null), REFUSED_CLIENT_MS);
    connection.start({
      data: () => {},
      drain: () => {},
      end: () => connection.destroy(null),
      close: () => {
        clearTimeout(timer);
        this.#refused.delete(connection);
      },
    });
    connection.write([encodeFrame(REFUSAL, MAX_ANSWER_BYTES)]);
    // Ours alone: a program that writes to a closed socket does not read what came before.
    connection.end();
  }

  #schedule(client: Client): void {
    this.#ready.add(client);
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    // After everything that has arrived was read.
    setImmediate(() => this.#serve());
  }

  #serve(): void {
    this.#isScheduled = false;
    const requests: string[] = [];
    const shares: [client: Client, share: string[]][] = [];
    let room = MAX_BATCH_BYTES;
    for (const client of [...this.#ready]) {
      if (room <= 0 || requests.length >= MAX_BATCH_REQUESTS) break;
      const share = client.take(MAX_BATCH_REQUESTS - requests.length, room);
      for (const request of share) room -= request.length;
      requests.push(...share);
      shares.push([client, share]);
    }
    const answers = this.#execute(requests);
    let at = 0;
    for (const [client, share] of shares) {
      const own = answers.slice(at, at + share.length);
      at += share.length;
      client.giveBack(share.slice(own.length));
      if (own.length === 0) continue; // it keeps its turn
      this.#ready.delete(client);
      client.answer(own);
      if (client.isServable) this.#schedule(client);
    }
    const [next] = this.#ready;
    if (next !== undefined) this.#schedule(next);
  }
}

/** A program that uses the store. */
class Client {
  readonly connection: Connection;
  readonly requests: string[] = [];
  readonly #onRequests: () => void;
  readonly #reader = new LengthFrameReader({ maxBytes: MAX_REQUEST_BYTES, code: 3201 });
  /** It leaves answers unread. */
  #isFull = false;
  #isPaused = false;
  #hasEnded = false;

  constructor(connection: Connection, onRequests: () => void) {
    this.connection = connection;
    this.#onRequests = onRequests;
  }

  get isServable(): boolean {
    return this.requests.length > 0 && !this.#isFull;
  }

  read(chunk: Uint8Array): void {
    try {
      this.#reader.push(chunk, (text) => this.requests.push(text));
    } catch (error) {
      this.connection.destroy(MusterError.from(error));
      return;
    }
    if (this.requests.length === 0) return;
    this.#onRequests();
    this.#regulate();
  }

  /** Requests that are to be carried out now: at least one. */
  take(maxRequests: number, maxChars: number): string[] {
    let chars = 0;
    let count = 0;
    while (count < maxRequests && count < this.requests.length && (count === 0 || chars < maxChars)) {
      chars += this.requests[count]?.length ?? 0;
      count += 1;
    }
    return this.requests.splice(0, count);
  }

  /** Those that were taken and are to be carried out later. */
  giveBack(requests: readonly string[]): void {
    this.requests.unshift(...requests);
  }

  answer(answers: readonly string[]): void {
    if (answers.length === 0) return;
    this.#isFull = !this.connection.write(answers.map((text) => encodeFrame(text, MAX_ANSWER_BYTES)));
    this.#regulate();
    this.#endIfDone();
  }

  drained(): void {
    this.#isFull = false;
    this.#onRequests();
    this.#regulate();
  }

  ended(): void {
    this.#hasEnded = true;
    this.#endIfDone();
  }

  #endIfDone(): void {
    if (this.#hasEnded && this.requests.length === 0) this.connection.end();
  }

  #regulate(): void {
    const mustPause = this.#isFull || this.requests.length >= MAX_CLIENT_REQUESTS;
    if (mustPause === this.#isPaused) return;
    this.#isPaused = mustPause;
    if (mustPause) this.connection.pause();
    else this.connection.resume();
  }
}
