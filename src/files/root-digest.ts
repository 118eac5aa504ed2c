import { digestOf } from './digest.ts';
import { compareBytes } from './paths.ts';

/** Surrogates: the only code units whose order differs from that of the bytes. */
const SURROGATE = /[\ud800-\udfff]/;

/**
 * The root digest of a set, hex: BLAKE2b-512 over `path NUL hash LF` of every file, in the order of the bytes of the
 * paths. Two sets are equal if and only if their root digests are.
 */
export function rootDigest(hashes: Iterable<readonly [path: string, hash: string]>): string {
  const sorted = [...hashes];
  const isPlain = !sorted.some(([path]) => SURROGATE.test(path));
  sorted.sort(isPlain ? ([a], [b]) => (a < b ? -1 : 1) : ([a], [b]) => compareBytes(a, b));
  let text = '';
  for (const [path, hash] of sorted) text += `${path}\0${hash}\n`;
  return digestOf(Buffer.from(text));
}
