import { isSettled } from '../files/hash-files.ts';
import { type FileIdentity, sameIdentity } from '../files/identity.ts';
import { MAX_KNOWN_SUMS } from './limits.ts';

interface KnownSum {
  readonly identity: FileIdentity;
  readonly sum: string;
}

/** Sums of files by their paths: what has not changed is not read again. Of too many, those that were made first are forgotten. */
export class KnownSums {
  readonly #sums = new Map<string, KnownSum>();

  /** Null if it has to be made. */
  of(path: string, identity: FileIdentity): string | null {
    const known = this.#sums.get(path);
    return known !== undefined && sameIdentity(known.identity, identity) ? known.sum : null;
  }

  /** One that changed just now may change again within a tick of the file system's clock, and is not kept. */
  keep(path: string, { identity, sum }: KnownSum): void {
    this.#sums.delete(path);
    if (!isSettled(identity)) return;
    this.#sums.set(path, { identity, sum });
    const [oldest] = this.#sums.keys();
    if (this.#sums.size > MAX_KNOWN_SUMS && oldest !== undefined) this.#sums.delete(oldest);
  }
}
