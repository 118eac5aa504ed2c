import { MusterError } from '../protocol/errors.ts';

/** What the JSON of a list may be made of. */
export interface ListShape {
  /** For each level: how many braces, brackets, commas and colons may stand on it. There are no more levels than that. */
  readonly tokens: readonly number[];
  /** Keys that maps of the innermost level may have. */
  readonly fields: readonly string[];
  /** For how many files that is enough: the limit that people know. */
  readonly maxFiles: number;
}

/** How much of the name of an unknown field an error repeats. */
const MAX_SHOWN_BYTES = 64;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_MAP = 0x7b;
const OPEN_ARRAY = 0x5b;
const CLOSE_MAP = 0x7d;
const CLOSE_ARRAY = 0x5d;

/**
 * Walks over the JSON of a list before it is parsed: there, a few bytes may become a hundred times as much memory. Time is
 * linear in the bytes and ends at the first violation; nothing is made. Throws 3113 for too many levels or values, 3036
 * for a field that no file has; what is malformed is left to the parser.
 */
export class ListScan {
  readonly #tokens: readonly number[];
  readonly #fields: readonly Buffer[];
  readonly #maxFiles: number;

  constructor({ tokens, fields, maxFiles }: ListShape) {
    this.#tokens = tokens;
    this.#maxFiles = maxFiles;
    this.#fields = fields.map((field) => Buffer.from(field));
  }

  check(bytes: Uint8Array): void {
    const left = Float64Array.from(this.#tokens);
    const innermost = left.length - 1;
    let level = 0;
    let isKey = false;
    for (let at = 0; at < bytes.length && level >= 0; at += 1) {
      const byte = bytes[at] as number;
      if (byte === QUOTE) {
        const end = endOfText(bytes, at);
        if (isKey && level === innermost) this.#checkField(bytes, at + 1, end);
        at = end;
      } else if (byte === CLOSE_MAP || byte === CLOSE_ARRAY) level -= 1;
      else if (byte === COMMA || byte === COLON) {
        this.#spend(left, level);
        isKey = byte === COMMA;
      } else if (byte === OPEN_MAP || byte === OPEN_ARRAY) {
        this.#spend(left, level);
        if (level === innermost) throw tooMuch(`more than ${innermost} levels`);
        level += 1;
        isKey = true;
      }
    }
  }

  #spend(left: Float64Array, level: number): void {
    const rest = (left[level] as number) - 1;
    if (rest < 0) throw tooMuch(`more values than ${this.#maxFiles} files have, which is the most of a list`);
    left[level] = rest;
  }

  #checkField(bytes: Uint8Array, start: number, end: number): void {
    for (const field of this.#fields) if (isAt(bytes, start, end, field)) return;
    const shown = Buffer.from(bytes.subarray(start, Math.min(end, start + MAX_SHOWN_BYTES))).toString();
    throw new MusterError(3036, `a list of files has a field that no file has: ${JSON.stringify(shown)}`);
  }
}

/** Where the closing quote of the text that opens here stands; the end, if there is none. */
function endOfText(bytes: Uint8Array, start: number): number {
  let at = start + 1;
  while (at < bytes.length) {
    const byte = bytes[at];
    if (byte === QUOTE) return at;
    at += byte === BACKSLASH ? 2 : 1;
  }
  return at;
}

function isAt(bytes: Uint8Array, start: number, end: number, text: Buffer): boolean {
  if (end - start !== text.length) return false;
  for (let i = 0; i < text.length; i += 1) if (bytes[start + i] !== text[i]) return false;
  return true;
}

const tooMuch = (what: string) => new MusterError(3113, `a list of files with ${what}`);
