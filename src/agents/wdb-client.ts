import { MusterError } from '../protocol/errors.ts';
import { UnixTransport } from '../transport/unix.ts';
import {
  CLIENT_CONNECTIONS,
  CONNECT_TIMEOUT_MS,
  MAX_WAITING_REQUESTS,
  NEAR_CHARS,
  REQUEST_TIMEOUT_MS,
} from './limits.ts';
import type { StoreAnswer } from './store.ts';
import { type Exchange, WdbConnection } from './wdb-connection.ts';
import { checkRequest } from './wdb-grammar.ts';

export interface ClientOptions {
  /** Where the store is served. */
  readonly socket: string;
  readonly connections?: number;
  /** For each request, from the moment when it is asked. */
  readonly timeoutMs?: number;
  /** Pause between two looks whether groups have changed. */
  readonly groupsLookMs?: number;
}

/**
 * Requests to a wazuh-db socket, over a few connections that are made when they are needed and made again when they are
 * lost. A request that was sent is never sent again by itself: nobody knows whether it was carried out.
 */
export class WdbClient {
  readonly #socket: string;
  readonly #maxConnections: number;
  readonly #timeoutMs: number;
  readonly #connections = new Set<WdbConnection>();
  readonly #free: WdbConnection[] = [];
  /** In the order in which they were asked. */
  readonly #waiting = new Set<Exchange>();
  #connecting = 0;
  #isClosed = false;

  constructor(options: ClientOptions) {
    this.#socket = options.socket;
    this.#maxConnections = options.connections ?? CLIENT_CONNECTIONS;
    this.#timeoutMs = options.timeoutMs ?? REQUEST_TIMEOUT_MS;
  }

  /** Rejects with 2005, 2007, 2009, 2010, 3110 (too many wait), 3125 (closed), 3200, 3201. */
  query(request: string): Promise<StoreAnswer> {
    return new Promise((resolve, reject) => {
      checkRequest(request);
      if (this.#isClosed) throw new MusterError(3125);
      if (this.#waiting.size >= MAX_WAITING_REQUESTS) throw new MusterError(3110, this.#socket);
      const timer = setTimeout(() => this.#tooLate(exchange), this.#timeoutMs);
      const exchange: Exchange = {
        request,
        resolve: (answer) => {
          clearTimeout(timer);
          resolve(answer);
        },
        reject: (error) => {
          clearTimeout(timer);
          reject(error);
        },
      };
      this.#waiting.add(exchange);
      this.#dispatch();
    });
  }

  /** What is under way and what waits fails with 3125. */
  close(): void {
    this.#isClosed = true;
    this.#failWaiting(new MusterError(3125));
    for (const connection of this.#connections) connection.fail(new MusterError(3125));
  }

  #dispatch(): void {
    for (const exchange of this.#waiting) {
      const connection = this.#free.pop();
      if (connection === undefined) break;
      this.#waiting.delete(exchange);
      connection.start(exchange);
    }
    while (
      this.#connecting < this.#waiting.size &&
      this.#connections.size + this.#connecting < this.#maxConnections
    ) {
      void this.#connect();
    }
  }

  async #connect(): Promise<void> {
    this.#connecting += 1;
    try {
      const connection = await new UnixTransport(this.#socket).connect({ timeoutMs: CONNECT_TIMEOUT_MS });
      this.#connecting -= 1;
      const adopted = new WdbConnection(connection, {
        onFree: (free) => {
          this.#free.push(free);
          this.#dispatch();
        },
        onGone: (gone) => this.#forget(gone),
      });
      this.#connections.add(adopted);
      if (this.#isClosed) return adopted.fail(new MusterError(3125));
      this.#free.push(adopted);
      this.#dispatch();
    } catch (error) {
      this.#connecting -= 1;
      // Others may get through: only without any connection it is certain that nobody serves those who wait.
      if (this.#connections.size === 0) {
        const known = MusterError.from(error);
        this.#failWaiting(new MusterError(2005, known.detail ?? this.#socket, { cause: error }));
      }
    }
  }

  #forget(gone: WdbConnection): void {
    this.#connections.delete(gone);
    const at = this.#free.indexOf(gone);
    if (at !== -1) this.#free.splice(at, 1);
    if (!this.#isClosed) this.#dispatch();
  }

  #failWaiting(error: MusterError): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const exchange of waiting) exchange.reject(error);
  }

  #tooLate(exchange: Exchange): void {
    const error = new MusterError(
      3200,
      `${exchange.request.slice(0, NEAR_CHARS)}: nothing in ${this.#timeoutMs} ms`,
    );
    this.#waiting.delete(exchange);
    exchange.reject(error);
    // Its answer may still come, and must not be taken for that of the next one.
    for (const connection of this.#connections) if (connection.exchange === exchange) connection.fail(error);
  }
}
