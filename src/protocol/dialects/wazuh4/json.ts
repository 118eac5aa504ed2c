import { isUtf8 } from 'node:buffer';
import { MusterError } from '../../errors.ts';
import { MAX_MESSAGE_VALUES, MAX_NESTING_LEVELS } from '../../limits.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPEN_MAP = 0x7b;
const OPEN_ARRAY = 0x5b;
const CLOSE_MAP = 0x7d;
const CLOSE_ARRAY = 0x5d;
const COLON = 0x3a;

/**
 * Reads the JSON of a peer. It is looked over before it is parsed, so that a few bytes do not become many values. Throws
 * 3036 for what is no JSON, 3113 for too many levels or values.
 */
export function parseJson(bytes: Uint8Array, maxValues: number = MAX_MESSAGE_VALUES): unknown {
  scan(bytes, maxValues);
  if (!isUtf8(bytes)) throw new MusterError(3036, 'it is not UTF-8');
  try {
    return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString());
  } catch {
    // What the parser says quotes the text, with whatever a peer put there.
    throw new MusterError(3036, `${bytes.length} bytes that are no JSON`);
  }
}

/** Time is linear in the bytes, and nothing is made; what is malformed is left to the parser. */
function scan(bytes: Uint8Array, maxValues: number): void {
  let level = 0;
  let values = 1;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at];
    if (byte === QUOTE) at = endOfText(bytes, at);
    else if (byte === CLOSE_MAP || byte === CLOSE_ARRAY) level -= 1;
    else if (byte === OPEN_MAP || byte === OPEN_ARRAY || byte === COMMA || byte === COLON) {
      values += 1;
      if (values > maxValues) throw tooMuch(`more than ${maxValues} values`);
      if (byte === COMMA || byte === COLON) continue;
      level += 1;
      if (level > MAX_NESTING_LEVELS) throw tooMuch(`more than ${MAX_NESTING_LEVELS} levels`);
    }
  }
}

/** Where the closing quote of the text that opens here stands; the end, if there is none. */
function endOfText(bytes: Uint8Array, start: number): number {
  let at = start + 1;
  while (at < bytes.length && bytes[at] !== QUOTE) at += bytes[at] === BACKSLASH ? 2 : 1;
  return at;
}

const tooMuch = (what: string) => new MusterError(3113, `JSON with ${what}`);
