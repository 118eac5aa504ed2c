import { MusterError } from '../../protocol/errors.ts';
import { MAX_REMEMBERED_ADDRESSES, MAX_SOURCE_LOGINS } from '../limits.ts';

interface Failures {
  count: number;
  /** When the first of them was, or the lock began. */
  sinceMs: number;
}

/** A log-in that is under way. */
export interface Attempt {
  /** It was wrong. */
  failed(): void;
  /** Gives its place back, however it went. */
  end(): void;
}

/**
 * Who guesses is locked out for a time: an address, not a user, so that nobody can lock out others by their names. A
 * count begins anew when its time is over, and not by a log-in that succeeds: whoever has a user of their own could guess
 * for ever the passwords of others. Log-ins that are under way may all be wrong: no more of them than failures are left.
 */
export class Attempts {
  readonly #failures = new Map<string, Failures>();
  readonly #underWay = new Map<string, number>();
  readonly #maxFailures: number;
  readonly #lockMs: number;
  readonly #now: () => number;

  constructor(options: { maxFailures: number; lockMs: number; now?: () => number }) {
    this.#maxFailures = options.maxFailures;
    this.#lockMs = options.lockMs;
    this.#now = options.now ?? (() => performance.now());
  }

  /** Throws 6000 while the address is locked, 3408 while too many of its log-ins are under way. */
  begin(address: string): Attempt {
    const failures = this.#current(address);
    const leftFailures = this.#maxFailures - (failures?.count ?? 0);
    if (failures !== undefined && leftFailures <= 0) {
      const leftS = Math.ceil((failures.sinceMs + this.#lockMs - this.#now()) / 1000);
      throw new MusterError(6000, `${address}: try again in ${leftS} s`);
    }
    const underWay = this.#underWay.get(address) ?? 0;
    if (underWay >= Math.min(leftFailures, MAX_SOURCE_LOGINS)) {
      throw new MusterError(3408, `${underWay} log-ins of ${address} are under way`);
    }
    this.#underWay.set(address, underWay + 1);
    return { failed: () => this.#failed(address), end: () => this.#end(address) };
  }

  #failed(address: string): void {
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

  #end(address: string): void {
    const left = (this.#underWay.get(address) ?? 1) - 1;
    if (left === 0) this.#underWay.delete(address);
    else this.#underWay.set(address, left);
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
