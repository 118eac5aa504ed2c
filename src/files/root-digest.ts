import type { Digester } from './digest.ts';
import { compareBytes } from './paths.ts';

/** Surrogates: the only code units whose order differs from that of the bytes. */
const SURROGATE = /[\ud800-\udfff]/;
/** BLAKE2b-512 of nothing: the digest of an empty set. */
const EMPTY =
  '786a02f742015903c6c6fd852552d272912f4740e15847618a86e217f71f5419d25e1031afee585313896444934eb04b903a685b1448b755d56f701afe9be2ce';

/**
 * The root digest of a set: BLAKE2b-512 over `path NUL hash LF` of every file, in the order of the bytes of the paths.
 * Two sets are equal if and only if their root digests are.
 */
export function rootDigest(
  hashes: readonly (readonly [path: string, hash: string])[],
  digester: Digester | null,
): string {
  if (hashes.length === 0 || digester === null) return EMPTY;
  const isPlain = !hashes.some(([path]) => SURROGATE.test(path));
  const sorted = hashes.toSorted(([a], [b]) => (isPlain ? (a < b ? -1 : 1) : compareBytes(a, b)));
  return digester.bytes(Buffer.from(sorted.map(([path, hash]) => `${path}\0${hash}\n`).join('')));
}
