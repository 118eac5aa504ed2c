import { MusterError } from '../../protocol/errors.ts';
import { MAX_STRING_BYTES } from '../../protocol/limits.ts';
import { MAX_OUTBOX_BYTES } from './limits.ts';

/** What `stringSend` needs to know of a string in the outbox. */
export interface PostedString {
  outboxId: number;
  sizeBytes: number;
  digest: string;
}

/** Strings of this node that wait for their `stringSend`: machines carry the id, never the bytes. */
export class StringOutbox {
  readonly #digestBytes: (bytes: Uint8Array) => Promise<string>;
  readonly #strings = new Map<number, Uint8Array>();
  /** What several peers are sent is hashed once. */
  readonly #digests = new WeakMap<Uint8Array, Promise<string>>();
  #lastId = 0;
  #heldBytes = 0;

  constructor(digestBytes: (bytes: Uint8Array) => Promise<string>) {
    this.#digestBytes = digestBytes;
  }

  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** Keeps a string, which the caller leaves alone from now on. Rejects with 3113 when it is too long or too many wait. */
  async post(bytes: Uint8Array): Promise<PostedString> {
    if (bytes.length > MAX_STRING_BYTES || this.#heldBytes + bytes.length > MAX_OUTBOX_BYTES) {
      throw new MusterError(
        3113,
        `a string of ${bytes.length} bytes, with ${this.#heldBytes} waiting to be sent`,
      );
    }
    this.#heldBytes += bytes.length;
    try {
      const digest = await this.#digestOf(bytes);
      this.#lastId += 1;
      this.#strings.set(this.#lastId, bytes);
      return { outboxId: this.#lastId, sizeBytes: bytes.length, digest };
    } catch (error) {
      this.#heldBytes -= bytes.length;
      throw error;
    }
  }

  #digestOf(bytes: Uint8Array): Promise<string> {
    const known = this.#digests.get(bytes);
    if (known !== undefined) return known;
    const digest = this.#digestBytes(bytes);
    this.#digests.set(bytes, digest);
    digest.catch(() => this.#digests.delete(bytes));
    return digest;
  }

  /** Takes out what nobody is going to send; nothing if whoever sends it has it, or there is none. */
  withdraw(outboxId: number | null): void {
    if (outboxId !== null && this.#strings.has(outboxId)) this.take(outboxId);
  }

  /** Takes a string out, to send it or because nobody will. Throws 3035 if it is not there. */
  take(outboxId: number): Uint8Array {
    const bytes = this.#strings.get(outboxId);
    if (bytes === undefined) throw new MusterError(3035, `outbox ${outboxId}`);
    this.#strings.delete(outboxId);
    this.#heldBytes -= bytes.length;
    return bytes;
  }
}
