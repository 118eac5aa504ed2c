import { MusterError } from '../protocol/errors.ts';
import { LENGTH_BYTES } from './limits.ts';

/**
 * A text as it travels between the daemons of an installation, wazuh-db and authd among them: its length in four bytes,
 * little endian, and then its bytes. What is above the maximum is cut.
 */
export function encodeFrame(text: string, maxBytes: number): Buffer {
  const sizeBytes = Math.min(Buffer.byteLength(text), maxBytes);
  const frame = Buffer.allocUnsafe(LENGTH_BYTES + sizeBytes);
  frame.writeUInt32LE(sizeBytes, 0);
  // Writes only characters that fit; a cut within one leaves bytes that have to be something.
  const written = frame.write(text, LENGTH_BYTES, sizeBytes, 'utf8');
  frame.fill(' ', LENGTH_BYTES + written);
  return frame;
}

/**
 * Takes a stream of bytes apart. A frame that arrives in one piece is not copied; of one that is incomplete, at most the
 * announced bytes are held, and no more than the maximum may be announced.
 */
export class LengthFrameReader {
  readonly #maxBytes: number;
  readonly #code: number;
  readonly #length = Buffer.alloc(LENGTH_BYTES);
  #lengthFilled = 0;
  #body: Buffer | null = null;
  #bodyFilled = 0;

  /** `code`: the error of a frame above the maximum. */
  constructor({ maxBytes, code }: { maxBytes: number; code: number }) {
    this.#maxBytes = maxBytes;
    this.#code = code;
  }

  /** Whether a frame has begun that is not complete. */
  get isWithin(): boolean {
    return this.#lengthFilled > 0;
  }

  /** Calls `onFrame` with the text of every frame that is complete now. Throws if one is announced that is too long. */
  push(chunk: Uint8Array, onFrame: (text: string, sizeBytes: number) => void): void {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    let at = 0;
    while (at < bytes.length) {
      if (this.#body === null) {
        const taken = bytes.copy(this.#length, this.#lengthFilled, at);
        this.#lengthFilled += taken;
        at += taken;
        if (this.#lengthFilled < LENGTH_BYTES) return;
        const sizeBytes = this.#checkedLength();
        if (at + sizeBytes <= bytes.length) {
          this.#lengthFilled = 0;
          const text = bytes.toString('utf8', at, at + sizeBytes);
          at += sizeBytes;
          onFrame(text, sizeBytes);
          continue;
        }
        this.#body = Buffer.allocUnsafe(sizeBytes);
        this.#bodyFilled = 0;
      }
      const taken = bytes.copy(this.#body, this.#bodyFilled, at);
      this.#bodyFilled += taken;
      at += taken;
      if (this.#bodyFilled < this.#body.length) return;
      const body = this.#body;
      this.#body = null;
      this.#lengthFilled = 0;
      onFrame(body.toString('utf8'), body.length);
    }
  }

  #checkedLength(): number {
    const sizeBytes = this.#length.readUInt32LE(0);
    if (sizeBytes <= this.#maxBytes) return sizeBytes;
    throw new MusterError(this.#code, `${sizeBytes} bytes were announced, ${this.#maxBytes} are allowed`);
  }
}
