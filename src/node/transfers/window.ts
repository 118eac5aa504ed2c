import { MusterError } from '../../protocol/errors.ts';

interface Taker {
  bytes: number;
  go(): void;
}

/**
 * Bytes that may be under way on one connection. Its transfers take from it in turn, piece by piece, so that they share
 * the line fairly and the peer never holds more than one window of ours.
 */
export class SendWindow {
  readonly sizeBytes: number;
  #freeBytes: number;
  #takers: Taker[] = [];

  constructor(sizeBytes: number) {
    this.sizeBytes = sizeBytes;
    this.#freeBytes = sizeBytes;
  }

  get takenBytes(): number {
    return this.sizeBytes - this.#freeBytes;
  }

  /** Resolves when so many bytes are ours, at most the whole window; rejects with 3120 when the signal comes first. */
  take(bytes: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.reject(new MusterError(3120));
    if (this.#takers.length === 0 && bytes <= this.#freeBytes) {
      this.#freeBytes -= bytes;
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      const giveUp = () => {
        this.#takers = this.#takers.filter((other) => other !== taker);
        reject(new MusterError(3120));
        this.#serve();
      };
      const taker: Taker = {
        bytes,
        go: () => {
          signal.removeEventListener('abort', giveUp);
          resolve();
        },
      };
      signal.addEventListener('abort', giveUp, { once: true });
      this.#takers.push(taker);
    });
  }

  /** Gives back what was taken. */
  give(bytes: number): void {
    this.#freeBytes += bytes;
    this.#serve();
  }

  #serve(): void {
    for (let next = this.#takers[0]; next !== undefined; next = this.#takers[0]) {
      if (next.bytes > this.#freeBytes) return;
      this.#takers.shift();
      this.#freeBytes -= next.bytes;
      next.go();
    }
  }
}
