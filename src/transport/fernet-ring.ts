import type { Wazuh4Cipher } from '../protocol/dialects/wazuh4/cipher.ts';
import { tokenBytes } from '../protocol/dialects/wazuh4/limits.ts';
import { MusterError } from '../protocol/errors.ts';
import { Fernet } from './fernet.ts';

const NOT_DECRYPTED = 3025;

/**
 * The cipher of one connection on which any of several cluster keys may be used: the one that opens the first message of
 * the peer is that of the connection. Until then the first of them is.
 */
export class FernetRing implements Wazuh4Cipher {
  #candidates: readonly Fernet[];
  #openedMark = 0;

  /** `mark`: as of `Fernet`. Throws 3004 for a bad key. */
  constructor(clusterKeys: readonly string[], mark = 0) {
    this.#candidates = clusterKeys.map((key) => new Fernet(key, null, mark));
  }

  /** The mark of the token that was opened last; 0 if it has none. */
  get openedMark(): number {
    return this.#openedMark;
  }

  sealedBytes(plainBytes: number): number {
    return tokenBytes(plainBytes);
  }

  seal(plain: readonly Uint8Array[], plainBytes: number, target: Buffer, at: number): void {
    this.#candidates[0]?.seal(plain, plainBytes, target, at);
  }

  open(sealed: Uint8Array): Buffer {
    let failure: unknown;
    for (const candidate of this.#candidates) {
      try {
        const plain = candidate.open(sealed);
        this.#openedMark = candidate.openedMark;
        if (this.#candidates.length > 1) this.#candidates = [candidate];
        return plain;
      } catch (error) {
        failure = error;
      }
    }
    throw failure ?? new MusterError(NOT_DECRYPTED, 'there is no key');
  }
}
