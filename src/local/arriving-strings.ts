import { createHash } from 'node:crypto';
import type { BulkData } from '../protocol/dialects/dialect.ts';
import { MusterError } from '../protocol/errors.ts';
import { MAX_HANDLE } from '../protocol/limits.ts';
import { MAX_ARRIVING_BYTES, MAX_ARRIVING_STRINGS } from './limits.ts';

interface Arriving {
  readonly bytes: Buffer;
  readonly digest: string;
  filled: number;
}

/** The long strings that a daemon sends to its client: bounded, verified, and taken once. Specification: Common messages. */
export class ArrivingStrings {
  readonly #strings = new Map<number, Arriving>();
  #heldBytes = 0;
  #lastHandle = 0;

  /** Makes room. Throws 3110 or 3113 where there is none. */
  announce(sizeBytes: number, digest: string): number {
    if (this.#strings.size >= MAX_ARRIVING_STRINGS) {
      throw new MusterError(3110, `${MAX_ARRIVING_STRINGS} strings arrive`);
    }
    if (this.#heldBytes + sizeBytes > MAX_ARRIVING_BYTES) {
      throw new MusterError(3113, `a string of ${sizeBytes} bytes, with ${this.#heldBytes} arriving`);
    }
    this.#lastHandle = this.#lastHandle === MAX_HANDLE ? 1 : this.#lastHandle + 1;
    this.#heldBytes += sizeBytes;
    this.#strings.set(this.#lastHandle, { bytes: Buffer.allocUnsafeSlow(sizeBytes), digest, filled: 0 });
    return this.#lastHandle;
  }

  /** A piece, in order. Throws 3027 for an unknown handle, 3100 for a piece out of place, 3112 when the whole is wrong. */
  add({ handle, offset, data }: BulkData): void {
    const string = this.#strings.get(handle);
    if (string === undefined) throw new MusterError(3027, `string ${handle}`);
    if (offset !== string.filled || offset + data.length > string.bytes.length) {
      this.forget(handle);
      throw new MusterError(3100, `a piece of string ${handle} at ${offset}, not at ${string.filled}`);
    }
    string.bytes.set(data, offset);
    string.filled += data.length;
    if (string.filled < string.bytes.length) return;
    if (createHash('blake2b512').update(string.bytes).digest('hex') === string.digest) return;
    this.forget(handle);
    throw new MusterError(3112, `string ${handle}`);
  }

  /** A whole string, once, as text. Throws 3035 if there is none under this handle. */
  take(handle: number): string {
    const string = this.#strings.get(handle);
    if (string === undefined || string.filled < string.bytes.length) {
      throw new MusterError(3035, `handle ${handle}`);
    }
    this.forget(handle);
    return string.bytes.toString('utf8');
  }

  /** Frees the first string of this size that has not begun; null if there is none. */
  withdraw(sizeBytes: number): number | null {
    for (const [handle, { bytes, filled }] of this.#strings) {
      if (filled > 0 || bytes.length !== sizeBytes) continue;
      this.forget(handle);
      return handle;
    }
    return null;
  }

  forget(handle: number): void {
    this.#heldBytes -= this.#strings.get(handle)?.bytes.length ?? 0;
    this.#strings.delete(handle);
  }
}
