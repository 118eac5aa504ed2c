import { MusterError } from '../../protocol/errors.ts';
import { MAX_REMEMBERED_ADDRESSES } from '../limits.ts';

interface Failures {
  count: number;
  /** When the first of them was, or the lock began. */
  sinceMs: number;
}

/**
 * Who guesses is locked out for a time: an address, not a user, so that nobody can lock out others by their names. A
 * count begins anew when its time is over, and not by a log-in that succeeds: whoever has a user of their own could guess
 * for ever the passwords of others.
 */
export class Attempts {
  readonly #failures = new Map<string, Failures>();
  readonly #maxFailures: number;
  readonly #lockMs: number;
  readonly #now: () => number;

  constructor(options: { maxFailures: number; lockMs: number; now?: () => number }) {
    this.#maxFailures = options.maxFailures;
    this.#lockMs = options.lockMs;
    this.#now = options.now ?? (() => performance.now());
  }

  /** Throws 6000 while the address is locked. */
  admit(address: string): void {
    const failures = this.#current(address);
    if (failures === undefined || failures.count < this.#maxFailures) return;
    const leftS = Math.ceil((failures.sinceMs + this.#lockMs - this.#now()) / 1000);
    throw new MusterError(6000, `${address}: try again in ${leftS} s`);
  }

  failed(address: string): void {
    const count = (this.#current(address)?.count ?? 0) + 1;
    const sinceMs =
      count >= this.#maxFailures ? this.#now() : (this.#current(address)?.sinceMs ?? this.#now());
    this.#failures.delete(address);
    if (this.#failures.size >= MAX_REMEMBERED_ADDRESSES) {
      const [oldest = ''] = this.#failures.keys();
      this.#failures.delete(oldest);
    }
    this.#failures.set(address, { count, sinceMs });
  }

  #current(address: string): Failures | undefined {
    const failures = this.#failures.get(address);
    if (failures !== undefined && this.#now() - failures.sinceMs >= this.#lockMs) {
      this.#failures.delete(address);
      return undefined;
    }
    return failures;
  }
}
