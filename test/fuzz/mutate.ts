import { below } from '../chaos/random.ts';

type Mutation = (bytes: Buffer, random: () => number, other: Uint8Array) => Uint8Array;

/** Bytes and lengths at which readers tend to be wrong. */
const BYTES = [0x00, 0x01, 0x0a, 0x20, 0x22, 0x2e, 0x2f, 0x3c, 0x5c, 0x7b, 0x7f, 0x80, 0xc1, 0xff];
const NUMBERS = [0, 1, 2, 0x7f, 0xff, 0x100, 0x7fff, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xffffffff];
/** Texts that mean something to somebody. */
const TEXTS = [
  '../',
  '/',
  '\\',
  '\0',
  '%00',
  '__proto__',
  '<!--',
  ']]>',
  '&a;',
  '"',
  '{',
  '[',
  'null',
  '1e999',
  '-0',
  '\u{1f600}',
  '\ufffd',
];
const MAX_INSERTED_BYTES = 64;
const MAX_MUTATIONS = 6;
/** Inputs grow by repetition; beyond this they only get slower. */
const MAX_INPUT_BYTES = 65_536;

const mutations: readonly Mutation[] = [
  (bytes, random) =>
    edit(bytes, (copy, at) => copy.writeUInt8((copy[at] ?? 0) ^ (1 << below(random, 8)), at), random),
  (bytes, random) => edit(bytes, (copy, at) => copy.writeUInt8(pick(BYTES, random), at), random),
  (bytes, random) => edit(bytes, (copy, at) => copy.writeUInt8(below(random, 256), at), random),
  (bytes, random) => edit(bytes, (copy, at) => writeNumber(copy, at, random), random),
  (bytes, random) => bytes.subarray(0, below(random, bytes.length + 1)),
  (bytes, random) => bytes.subarray(below(random, bytes.length + 1)),
  (bytes, random) => {
    const [from, to] = range(bytes, random);
    return Buffer.concat([bytes.subarray(0, from), bytes.subarray(to)]);
  },
  (bytes, random) => {
    const [from, to] = range(bytes, random);
    return Buffer.concat([bytes.subarray(0, to), bytes.subarray(from)]);
  },
  (bytes, random) => insert(bytes, Buffer.from(pick(TEXTS, random)), random),
  (bytes, random) =>
    insert(bytes, Buffer.alloc(1 + below(random, MAX_INSERTED_BYTES), below(random, 256)), random),
  (bytes, random, other) => {
    const [from, to] = range(other, random);
    return insert(bytes, other.subarray(from, to), random);
  },
  (bytes, random, other) =>
    Buffer.concat([
      bytes.subarray(0, below(random, bytes.length + 1)),
      other.subarray(below(random, other.length + 1)),
    ]),
];

/** One input made from another by a few small changes; `other` is where foreign parts come from. */
export function mutate(input: Uint8Array, other: Uint8Array, random: () => number): Uint8Array {
  let bytes: Uint8Array = input;
  for (let left = 1 + below(random, MAX_MUTATIONS); left > 0; left -= 1) {
    bytes = pick(mutations, random)(Buffer.from(bytes), random, other).subarray(0, MAX_INPUT_BYTES);
  }
  return Uint8Array.from(bytes);
}

/** One of these. */
export function pick<Value>(values: readonly Value[], random: () => number): Value {
  return values[below(random, values.length)] as Value;
}

function edit(bytes: Buffer, change: (copy: Buffer, at: number) => void, random: () => number): Uint8Array {
  if (bytes.length > 0) change(bytes, below(random, bytes.length));
  return bytes;
}

function writeNumber(bytes: Buffer, at: number, random: () => number): void {
  const value = pick(NUMBERS, random);
  const room = bytes.length - at;
  if (room < 2) bytes.writeUInt8(value & 0xff, at);
  else if (room < 4) bytes.writeUInt16BE(value & 0xffff, at);
  else if (random() < 0.5) bytes.writeUInt32BE(value, at);
  else bytes.writeUInt32LE(value, at);
}

function range(bytes: Uint8Array, random: () => number): [from: number, to: number] {
  const from = below(random, bytes.length + 1);
  return [from, from + below(random, Math.min(bytes.length - from, 256) + 1)];
}

function insert(bytes: Buffer, inserted: Uint8Array, random: () => number): Uint8Array {
  const at = below(random, bytes.length + 1);
  return Buffer.concat([bytes.subarray(0, at), inserted, bytes.subarray(at)]);
}
