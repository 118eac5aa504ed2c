import { isUtf8 } from 'node:buffer';
import { MusterError } from '../errors.ts';
import { MAX_NESTING_LEVELS } from '../limits.ts';

const PROTO_KEY = Buffer.from('__proto__');
/** Above this high word a 64-bit number is no safe integer; the second one for negative numbers. */
const MAX_HIGH_WORD = 0x1f_ffff;
const LOWEST_HIGH_WORD = 0xffe0_0000;

const tooMuch = (what: string) => new MusterError(3113, `in one message: ${what}`);
const malformed = (why: string) => new MusterError(3100, `malformed MessagePack: ${why}`);

/**
 * Walks over MessagePack bytes without building anything and throws where a peer asks for too much: 3100 for what is
 * malformed (cut short, trailing bytes, text that is not UTF-8), 3113 for too many values or levels, 3108 for what the
 * protocol has no use for (binary, extensions, keys that are no text, numbers beyond 2^53).
 * Time is linear in the bytes; memory is one number a level.
 */
export function scanMessagePack(bytes: Buffer, maxValues: number): void {
  new Scanner(bytes, maxValues).run();
}

class Scanner {
  readonly #bytes: Buffer;
  readonly #maxValues: number;
  #at = 0;
  #values = 0;
  /** Items that are still to come in each open container, innermost last; keys count as items. */
  readonly #remaining: number[] = [];
  readonly #isMap: boolean[] = [];

  constructor(bytes: Buffer, maxValues: number) {
    this.#bytes = bytes;
    this.#maxValues = maxValues;
  }

  run(): void {
    this.#value();
    while (this.#remaining.length > 0) {
      const level = this.#remaining.length - 1;
      const left = this.#remaining[level] as number;
      if (left === 0) {
        this.#remaining.pop();
        this.#isMap.pop();
      } else {
        this.#remaining[level] = left - 1;
        if (this.#isMap[level] && left % 2 === 0) this.#key();
        else this.#value();
      }
    }
    if (this.#at !== this.#bytes.length)
      throw malformed(`${this.#bytes.length - this.#at} bytes behind the value`);
  }

  #key(): void {
    const start = this.#at;
    const token = this.#bytes[start];
    const isText =
      token !== undefined && ((token >= 0xa0 && token <= 0xbf) || (token >= 0xd9 && token <= 0xdb));
    if (token !== undefined && !isText) throw new MusterError(3108, 'a key that is no text');
    this.#value();
    const textStart = this.#textStart(start);
    if (
      this.#at - textStart === PROTO_KEY.length &&
      this.#bytes.subarray(textStart, this.#at).equals(PROTO_KEY)
    ) {
      throw new MusterError(3108, 'the key "__proto__"');
    }
  }

  /** Where the characters of the text at `start` begin. */
  #textStart(start: number): number {
    const token = this.#bytes[start] as number;
    return start + (token < 0xc0 ? 1 : 2 ** (token - 0xd9) + 1);
  }

  #value(): void {
    this.#values += 1;
    if (this.#values > this.#maxValues) throw tooMuch(`more than ${this.#maxValues} values`);
    const token = this.#bytes[this.#at];
    if (token === undefined) throw malformed('cut short');
    this.#at += 1;
    if (token <= 0x7f || token >= 0xe0) return;
    if (token <= 0x8f) this.#open(true, token & 0x0f);
    else if (token <= 0x9f) this.#open(false, token & 0x0f);
    else if (token <= 0xbf) this.#text(token & 0x1f);
    else this.#tagged(token);
  }

  #tagged(token: number): void {
    switch (token) {
      case 0xc0: // nil
      case 0xc2: // false
      case 0xc3: // true
        break;
      case 0xca: // float 32
      case 0xce: // uint 32
      case 0xd2: // int 32
        this.#skip(4);
        break;
      case 0xcb: // float 64
        this.#skip(8);
        break;
      case 0xcc: // uint 8
      case 0xd0: // int 8
        this.#skip(1);
        break;
      case 0xcd: // uint 16
      case 0xd1: // int 16
        this.#skip(2);
        break;
      case 0xcf: // uint 64
      case 0xd3: // int 64
        this.#integer64(token === 0xd3);
        break;
      case 0xd9: // str 8, 16, 32
      case 0xda:
      case 0xdb:
        this.#text(this.#unsigned(2 ** (token - 0xd9)));
        break;
      case 0xdc: // array 16, 32
      case 0xdd:
        this.#open(false, this.#unsigned(token === 0xdc ? 2 : 4));
        break;
      case 0xde: // map 16, 32
      case 0xdf:
        this.#open(true, this.#unsigned(token === 0xde ? 2 : 4));
        break;
      case 0xc1:
        throw malformed('the byte 0xc1');
      default: // bin 8, 16, 32; ext 8, 16, 32; fixext 1 to 16
        throw new MusterError(3108, 'binary data or an extension');
    }
  }

  #open(isMap: boolean, count: number): void {
    if (this.#remaining.length >= MAX_NESTING_LEVELS) {
      throw tooMuch(`more than ${MAX_NESTING_LEVELS} levels`);
    }
    const items = isMap ? count * 2 : count;
    if (items > this.#bytes.length - this.#at) throw malformed('cut short');
    this.#remaining.push(items);
    this.#isMap.push(isMap);
  }

  #text(length: number): void {
    const start = this.#at;
    this.#skip(length);
    for (let at = start; at < this.#at; at += 1) {
      if ((this.#bytes[at] as number) > 0x7f) {
        if (isUtf8(this.#bytes.subarray(at, this.#at))) return;
        throw malformed('text that is not UTF-8');
      }
    }
  }

  #integer64(signed: boolean): void {
    const high = this.#unsigned(4);
    const low = this.#unsigned(4);
    const isSafe =
      signed && high >= 0x8000_0000
        ? high > LOWEST_HIGH_WORD || (high === LOWEST_HIGH_WORD && low > 0)
        : high <= MAX_HIGH_WORD;
    if (!isSafe) throw new MusterError(3108, 'a number beyond 2^53');
  }

  #unsigned(size: number): number {
    const start = this.#at;
    this.#skip(size);
    return this.#bytes.readUIntBE(start, size);
  }

  #skip(size: number): void {
    if (size > this.#bytes.length - this.#at) throw malformed('cut short');
    this.#at += size;
  }
}
