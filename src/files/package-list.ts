import { MusterError } from '../protocol/errors.ts';
import { PACKAGE_FILES } from './limits.ts';
import { isSafePath, unsafe } from './paths.ts';

/** One file of a package. */
export interface PackageFile {
  readonly path: string;
  readonly size: number;
  readonly hash: string;
}

type Encoding = 'identity' | 'deflate';

/** Hexadecimal digits of a digest. That they are digits shows when it is compared with that of the content. */
const HASH_CHARS = 128;
const LIST_KEYS = ['version', 'encoding', 'files'];
const FILE_KEYS = ['path', 'size', 'hash'];

/** The list in front of the contents of a package. */
export function encodeList(encoding: Encoding, files: readonly PackageFile[]): Buffer {
  const plain = files.map(({ path, size, hash }) => ({ path, size, hash }));
  return Buffer.from(JSON.stringify({ version: 1, encoding, files: plain }));
}

/**
 * Reads it back. Throws 3115 for what is no such list or names a path twice, 3113 for too many files, 3114 for a path
 * that names nothing that could be synchronised.
 */
export function parseList(bytes: Uint8Array): {
  encoding: Encoding;
  files: PackageFile[];
  sizeBytes: number;
} {
  const { version, encoding, files } = keysOf(parseJson(bytes), LIST_KEYS);
  must(version === 1, 'its list has an unknown version');
  must(encoding === 'identity' || encoding === 'deflate', 'its list names an unknown encoding');
  if (!Array.isArray(files)) throw new MusterError(3115, 'its list names no files');
  if (files.length > PACKAGE_FILES) throw new MusterError(3113, `a package of ${files.length} files`);
  const paths = new Set<string>();
  let sizeBytes = 0;
  for (const file of files) {
    const { path, size, hash } = keysOf(file, FILE_KEYS);
    if (typeof path !== 'string' || typeof hash !== 'string' || typeof size !== 'number')
      throw new MusterError(3115, 'a file of its list has a field of the wrong type');
    if (!isSafePath(path)) throw unsafe(path, 'a package may not hold it');
    must(!paths.has(path), `it names ${JSON.stringify(path)} twice`);
    must(Number.isSafeInteger(size) && size >= 0, 'a file of its list has no proper size');
    must(hash.length === HASH_CHARS, 'a file of its list has no proper digest');
    paths.add(path);
    sizeBytes += size;
  }
  return { encoding, files, sizeBytes };
}

function must(isRight: boolean, what: string): asserts isRight {
  if (!isRight) throw new MusterError(3115, what);
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    throw new MusterError(3115, `its list of files: ${(error as Error).message}`, { cause: error });
  }
}

/** An object with exactly these keys. */
function keysOf(value: unknown, keys: readonly string[]): Record<string, unknown> {
  must(value !== null && typeof value === 'object', 'its list is none');
  let count = 0;
  for (const key in value) {
    must(keys.includes(key), `an object of its list has the key ${JSON.stringify(key)}`);
    count += 1;
  }
  must(count === keys.length, `an object of its list lacks one of the keys ${keys.join(', ')}`);
  return value as Record<string, unknown>;
}
