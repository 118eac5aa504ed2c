import type { Wazuh4Cipher } from '../../protocol/dialects/wazuh4/cipher.ts';
import { MusterError } from '../../protocol/errors.ts';
import { FernetRing } from '../../transport/fernet-ring.ts';

/*
 * Whoever can disturb connections could make a worker believe that its master does not speak its own dialect, and so have
 * both speak the weaker one. What the cluster key has sealed they cannot change: so each token of a node that is free to
 * choose carries a mark, in its time, which nodes of Wazuh 4.x do not look at. Whoever opens a marked one knows that
 * there is a node of ours at the other end. Marks differ by role: a token that comes back to a node of the role that
 * made it says nothing of the other end, but that somebody is in between.
 */

/** The upper half of the time: it is zero in any other token, until 2106. */
export const TOKEN_MARKS = { master: 0x4d73_744d, worker: 0x4d73_7457 } as const;

const OTHER = { master: 'worker', worker: 'master' } as const;
const OUR_TOKEN_CAME_BACK = 3025;
const DIALECT_DID_NOT_GET_THROUGH = 3104;

export interface KinCipherOptions {
  readonly clusterKeys: readonly string[];
  readonly role: 'master' | 'worker';
  /** Whether this node would rather speak its own dialect: others neither mark nor look. */
  readonly isChoosing: boolean;
  /** The other end speaks our own dialect. */
  onKin(): void;
}

/**
 * The cipher of one connection in the dialect of 4.x. `open` throws 3104 if the master at the other end is one of ours,
 * and 3025 for a token that a node of this role has made. Of a worker of ours it only tells: `hello` is where that is
 * refused, with words; later tokens throw, as then somebody has exchanged the first one.
 */
export class KinCipher implements Wazuh4Cipher {
  readonly #options: KinCipherOptions;
  readonly #ring: FernetRing;
  #hasOpened = false;
  #isOfKin = false;

  constructor(options: KinCipherOptions) {
    this.#options = options;
    this.#ring = new FernetRing(options.clusterKeys, options.isChoosing ? TOKEN_MARKS[options.role] : 0);
  }

  get isOfKin(): boolean {
    return this.#isOfKin;
  }

  sealedBytes(plainBytes: number): number {
    return this.#ring.sealedBytes(plainBytes);
  }

  seal(plain: readonly Uint8Array[], plainBytes: number, target: Buffer, at: number): void {
    this.#ring.seal(plain, plainBytes, target, at);
  }

  open(sealed: Uint8Array): Buffer {
    const plain = this.#ring.open(sealed);
    if (this.#options.isChoosing) this.#look(this.#ring.openedMark);
    this.#hasOpened = true;
    return plain;
  }

  #look(mark: number): void {
    const { role, onKin } = this.#options;
    if (mark === TOKEN_MARKS[role])
      throw new MusterError(
        OUR_TOKEN_CAME_BACK,
        `a ${role} has made it: somebody between the nodes sends back what was sent`,
      );
    if (mark !== TOKEN_MARKS[OTHER[role]]) return;
    this.#isOfKin = true;
    onKin();
    if (role === 'worker' || this.#hasOpened) throw kinError(OTHER[role]);
  }
}

const kinError = (peer: 'master' | 'worker') =>
  new MusterError(
    DIALECT_DID_NOT_GET_THROUGH,
    `the ${peer} speaks our own dialect, which did not get through`,
  );
