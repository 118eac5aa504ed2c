import { basename, join } from 'node:path';
import { faultPoint } from '../fault-point.ts';
import { MusterError } from '../protocol/errors.ts';
import { MAX_PACKAGE_BYTES } from './limits.ts';
import { unpack } from './package.ts';
import { errorCode, realFileSystem, type SyncFileSystem, systemMessage } from './ports.ts';

/** Mode of staged contents; the final one comes from the configuration. */
const STAGED_MODE = 0o600;

/**
 * Verifies a package that arrived, and writes its contents into a staging directory, each under its hash. Nothing is
 * written before all is verified. The package is renamed to `part`. Returns how many contents there are. Throws 3112 to
 * 3115, 3119.
 */
export function stagePackage(
  { file, directory, part }: { file: string; directory: string; part: string },
  fs: SyncFileSystem = realFileSystem,
): number {
  const found = fs.lstat(file);
  if (found === null || !found.isFile) throw new MusterError(3040, `${file} is no file`);
  if (found.size > MAX_PACKAGE_BYTES) throw new MusterError(3113, `a package of ${found.size} bytes`);
  const parts = naming(file, () => unpack(fs.read(file)));
  faultPoint('package.verified');
  for (const { file: listed, content } of parts) {
    createOnce(fs, join(directory, listed.hash), listed.path, content);
    faultPoint('package.content');
  }
  fs.rename(file, part);
  faultPoint('package.staged');
  return parts.length;
}

/** A file that travelled alone. */
export interface StageFileOrder {
  file: string;
  directory: string;
  hash: string;
  /** States of files that were found to have this hash, see `FileDigest`: in one of them it is not read again. */
  verified: readonly string[];
}

/** Verifies a file that travelled alone, and moves it into a staging directory under its hash. Throws 3112, 3119. */
export function stageFile(
  { file, directory, hash, verified }: StageFileOrder,
  fs: SyncFileSystem = realFileSystem,
): void {
  if (!verified.includes(fs.state(file)) && fs.digest(file).digest !== hash) {
    fs.unlink(file);
    throw new MusterError(3112, file);
  }
  faultPoint('large.verified');
  fs.rename(file, join(directory, hash));
  faultPoint('large.staged');
}

/** What is wrong with a package says nothing of which. */
function naming<Result>(file: string, read: () => Result): Result {
  try {
    return read();
  } catch (error) {
    const { code, detail } = MusterError.from(error, 3119);
    throw new MusterError(code, `${basename(file)}: ${detail}`, { cause: error });
  }
}

/** The same content may stand in two packages. Throws 3119, naming `path`. */
export function createOnce(fs: SyncFileSystem, staged: string, path: string, content: Uint8Array): void {
  try {
    fs.create(staged, content, STAGED_MODE);
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') {
      throw new MusterError(3119, systemMessage(path, error), { cause: error });
    }
  }
}
