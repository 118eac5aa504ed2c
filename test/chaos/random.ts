import type { Random } from '../../src/simulate/random.ts';

export { below, randomFrom } from '../../src/simulate/random.ts';

/** Bytes that do not compress, the same for the same source. */
export function randomBytesFrom(random: Random, length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  for (let i = 0; i < length; i += 1) bytes[i] = random() * 256;
  return bytes;
}
