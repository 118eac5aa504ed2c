import { MusterError } from '../protocol/errors.ts';
import { exchange } from './authd-exchange.ts';
import { AUTHD_CONNECTIONS, AUTHD_TIMEOUT_MS, MAX_AUTHD_BYTES, MAX_WAITING_MESSAGES } from './limits.ts';
import type { Registration } from './registration.ts';

export interface AuthdClientOptions {
  /** Where authd is served. */
  readonly socket: string;
  readonly connections?: number;
  /** For each message, from the moment when it is asked. */
  readonly timeoutMs?: number;
}

/**
 * Messages to an existing authd. Each has a connection of its own, as authd wants it, so that one which was restarted is
 * found again; a message that was sent is never sent again by itself.
 */
export class AuthdClient implements Registration {
  readonly #socket: string;
  readonly #maxConnections: number;
  readonly #timeoutMs: number;
  /** Those who wait for a connection, in the order in which they asked. */
  readonly #turns = new Set<() => void>();
  readonly #underWay = new Set<AbortController>();
  #busy = 0;
  #isClosed = false;

  constructor(options: AuthdClientOptions) {
    this.#socket = options.socket;
    this.#maxConnections = options.connections ?? AUTHD_CONNECTIONS;
    this.#timeoutMs = options.timeoutMs ?? AUTHD_TIMEOUT_MS;
  }

  async request(message: string, signal: AbortSignal): Promise<string> {
    checkMessage(message);
    if (this.#isClosed) throw new MusterError(3125);
    if (signal.aborted) throw new MusterError(3120);
    if (this.#underWay.size >= MAX_WAITING_MESSAGES) throw new MusterError(3110, this.#socket);
    const end = new AbortController();
    const giveUp = () => end.abort(new MusterError(3120));
    const tooLate = new MusterError(3212, `${this.#socket}: nothing in ${this.#timeoutMs} ms`);
    const timer = setTimeout(() => end.abort(tooLate), this.#timeoutMs);
    signal.addEventListener('abort', giveUp);
    this.#underWay.add(end);
    try {
      await this.#takeTurn(end.signal);
      return await exchange(this.#socket, message, end.signal).finally(() => this.#passTurn());
    } finally {
      this.#underWay.delete(end);
      signal.removeEventListener('abort', giveUp);
      clearTimeout(timer);
    }
  }

  /** What is under way and what waits fails with 3125. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const end of this.#underWay) end.abort(new MusterError(3125));
  }

  #takeTurn(signal: AbortSignal): Promise<void> {
    if (this.#busy < this.#maxConnections) {
      this.#busy += 1;
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      const turn = () => {
        signal.removeEventListener('abort', leave);
        resolve();
      };
      const leave = () => {
        this.#turns.delete(turn);
        reject(signal.reason);
      };
      this.#turns.add(turn);
      signal.addEventListener('abort', leave);
    });
  }

  #passTurn(): void {
    const [next] = this.#turns;
    if (next === undefined) {
      this.#busy -= 1;
      return;
    }
    this.#turns.delete(next);
    next();
  }
}

function checkMessage(message: string): void {
  const sizeBytes = Buffer.byteLength(message);
  if (sizeBytes > MAX_AUTHD_BYTES) {
    throw new MusterError(3214, `${sizeBytes} bytes, at most ${MAX_AUTHD_BYTES} are allowed`);
  }
  if (message.includes('\0')) throw new MusterError(3214, 'it holds a zero byte');
}
