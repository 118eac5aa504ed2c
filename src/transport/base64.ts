/*
 * Base64 between buffers. Node goes by way of a text, which is garbage afterwards: short ones cost next to nothing, those
 * of a megabyte as much as everything else that is done with them.
 */

/** Bytes whose base64 is a text that dies young. They are whole groups, so that pieces can stand behind each other. */
const PIECE_BYTES = 24_576;
const PIECE_CHARS = (PIECE_BYTES / 3) * 4;
const GROUP_BYTES = 3;

/** URL-safe, without padding. Returns where it ends. */
export function writeBase64(bytes: Buffer, target: Buffer, at: number): number {
  let to = at;
  for (let from = 0; from < bytes.length; from += PIECE_BYTES)
    to += target.write(bytes.toString('base64url', from, from + PIECE_BYTES), to, 'latin1');
  return to;
}

/** Either alphabet. Returns how many bytes it was; what is no base64 is skipped or ends a piece, so that they are fewer. */
export function readBase64(text: Uint8Array, target: Buffer): number {
  const source = Buffer.from(text.buffer, text.byteOffset, text.length);
  let to = 0;
  for (let from = 0; from < text.length; from += PIECE_CHARS)
    to += target.write(source.toString('latin1', from, from + PIECE_CHARS), to, 'base64');
  return to;
}

/** Writes bytes that come in pieces as one base64, URL-safe and with padding. */
export class Base64Writer {
  readonly #target: Buffer;
  #at: number;
  /** What is not a whole group yet, and room for the piece behind it. */
  #pending = Buffer.alloc(0);

  constructor(target: Buffer, at: number) {
    this.#target = target;
    this.#at = at;
  }

  write(bytes: Uint8Array): void {
    const all = this.#pending.length === 0 ? bytes : Buffer.concat([this.#pending, bytes]);
    const whole = all.length - (all.length % GROUP_BYTES);
    const buffer = Buffer.from(all.buffer, all.byteOffset, all.length);
    this.#at = writeBase64(buffer.subarray(0, whole), this.#target, this.#at);
    this.#pending = Buffer.from(buffer.subarray(whole));
  }

  end(): void {
    const missing = (GROUP_BYTES - this.#pending.length) % GROUP_BYTES;
    this.#at = writeBase64(this.#pending, this.#target, this.#at);
    this.#target.fill('=', this.#at, this.#at + missing);
  }
}
