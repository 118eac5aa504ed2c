import { MAX_MESSAGE_BYTES, MAX_MESSAGE_VALUES } from '../../src/protocol/limits.ts';

const ARRAY_32 = 0xdd;
const MAP_32 = 0xdf;
const MAP_OF_ONE = 0x81;
const TEXT_8 = 0xd9;
const TEXT_32 = 0xdb;
const ONE = 0x01;
const HEAD_BYTES = 5;
/** Of a text that every value can have, so that all of them together have the bytes of a message. */
const TEXT_BYTES = Math.floor(MAX_MESSAGE_BYTES / MAX_MESSAGE_VALUES) - 4;

/** Makes a container of so many items. In one piece: buffers that are thrown away would be measured too. */
function container(
  tag: number,
  count: number,
  itemBytes: number,
  write: (to: Buffer, at: number, i: number) => void,
): Buffer {
  const bytes = Buffer.alloc(HEAD_BYTES + count * itemBytes);
  bytes[0] = tag;
  bytes.writeUInt32BE(count, 1);
  for (let i = 0; i < count; i += 1) write(bytes, HEAD_BYTES + i * itemBytes, i);
  return bytes;
}

const ZERO = '0'.charCodeAt(0);
const LETTER = 'x'.charCodeAt(0);
const WIDE_LETTER = Buffer.from('個');

/** A text that no other value has: letters, its number, and what it ends with. */
function writeText(to: Buffer, at: number, i: number, end: Uint8Array = new Uint8Array()): void {
  to[at] = TEXT_8;
  to[at + 1] = TEXT_BYTES;
  const beginAt = at + 2;
  const endAt = beginAt + TEXT_BYTES - end.length;
  for (let k = 0; k < end.length; k += 1) to[endAt + k] = end[k] ?? 0;
  let byteAt = endAt - 1;
  for (let rest = i; rest > 0 || byteAt === endAt - 1; rest = Math.floor(rest / 10)) {
    to[byteAt] = ZERO + (rest % 10);
    byteAt -= 1;
  }
  for (; byteAt >= beginAt; byteAt -= 1) to[byteAt] = LETTER;
}

const values = MAX_MESSAGE_VALUES - 1;

/** Messages that cost more than their bytes tell. */
export const MESSAGES: Readonly<Record<string, () => Buffer>> = {
  'empty maps': () => container(ARRAY_32, values, 1, (to, at) => to.writeUInt8(0x80, at)),
  'one text of wide letters': () => {
    const bytes = Buffer.alloc(MAX_MESSAGE_BYTES, 'x');
    bytes[0] = TEXT_32;
    bytes.writeUInt32BE(MAX_MESSAGE_BYTES - HEAD_BYTES, 1);
    bytes.write('個', HEAD_BYTES);
    return bytes;
  },
  'texts of wide letters': () =>
    container(ARRAY_32, values, TEXT_BYTES + 2, (to, at, i) => writeText(to, at, i, WIDE_LETTER)),
  'keys, each of its own': () =>
    container(MAP_32, Math.floor(values / 2), TEXT_BYTES + 3, (to, at, i) => {
      writeText(to, at, i);
      to[at + TEXT_BYTES + 2] = ONE;
    }),
  'maps, each of a key of its own': () =>
    container(ARRAY_32, Math.floor(values / 3), TEXT_BYTES + 4, (to, at, i) => {
      to[at] = MAP_OF_ONE;
      writeText(to, at + 1, i);
      to[at + TEXT_BYTES + 3] = ONE;
    }),
};
