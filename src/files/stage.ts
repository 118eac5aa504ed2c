import { basename, join } from 'node:path';
import type { FilesConfig } from '../config/node-config.ts';
import { faultPoint } from '../fault-point.ts';
import { MusterError } from '../protocol/errors.ts';
import { MAX_PACKAGE_BYTES } from './limits.ts';
import { named, naming } from './naming.ts';
import { unpack } from './package.ts';
import { PathRules } from './paths.ts';
import { errorCode, type Found, realFileSystem, type SyncFileSystem } from './ports.ts';
import type { StagedFile } from './staged.ts';

/** A package that arrived. */
export interface StagePackageOrder {
  file: string;
  directory: string;
  /** What the package is called afterwards; null if it is not kept. */
  part: string | null;
  /** Says which mode the files will have: they are made with it. */
  config: FilesConfig;
}

/**
 * Verifies a package, and writes its contents into a staging directory, each under its hash. Nothing is written before
 * all is verified. Returns the files that were made. Throws 3112 to 3115, 3119.
 */
export function stagePackage(
  { file, directory, part, config }: StagePackageOrder,
  fs: SyncFileSystem = realFileSystem,
): Map<string, StagedFile> {
  const found = fs.lstat(file);
  if (found === null || !found.isFile) throw new MusterError(3040, `${file} is no file`);
  if (found.size > MAX_PACKAGE_BYTES) throw new MusterError(3113, `a package of ${found.size} bytes`);
  const rules = new PathRules(config);
  const parts = inPackage(file, () => unpack(fs.read(file)));
  const modes = inPackage(file, () => parts.map(({ file: { path } }) => rules.check(path).permissions));
  faultPoint('package.verified');
  const made = new Map<string, StagedFile>();
  for (const [i, { file: listed, content }] of parts.entries()) {
    const { path, hash } = listed;
    const staged = createOnce(fs, { path, content, mode: modes[i] ?? 0, staged: `${directory}/${hash}` });
    if (staged !== null) made.set(hash, staged);
    faultPoint('package.content');
  }
  naming(parts[0]?.file.path ?? file, () => (part === null ? fs.unlink(file) : fs.rename(file, part)));
  faultPoint('package.staged');
  return made;
}

/** A file that travelled alone. */
export interface StageFileOrder {
  file: string;
  directory: string;
  hash: string;
  /** States of files that were found to have this hash, see `FileDigest`: in one of them it is not read again. */
  verified: readonly string[];
}

/** Who it is for stands in the manifest, which comes last. */
const LARGE_FILE = 'a large file, which the log of the master names';

/**
 * Verifies a file that travelled alone, and moves it into a staging directory under its hash. Returns what it is. Throws
 * 3112, 3119.
 */
export function stageFile(
  { file, directory, hash, verified }: StageFileOrder,
  fs: SyncFileSystem = realFileSystem,
): StagedFile {
  const isRight = () => verified.includes(fs.state(file)) || fs.digest(file).digest === hash;
  if (!naming(LARGE_FILE, isRight)) {
    naming(LARGE_FILE, () => fs.unlink(file));
    throw new MusterError(3112, file);
  }
  const found = naming(LARGE_FILE, () => fs.lstat(file));
  if (found === null) throw new MusterError(3040, `${file} is gone`);
  faultPoint('large.verified');
  naming(LARGE_FILE, () => fs.rename(file, join(directory, hash)));
  faultPoint('large.staged');
  return found;
}

/** What is wrong with a package says nothing of which. */
function inPackage<Result>(file: string, read: () => Result): Result {
  try {
    return read();
  } catch (error) {
    const { code, detail } = MusterError.from(error, 3119);
    throw new MusterError(code, `${basename(file)}: ${detail}`, { cause: error });
  }
}

/** What is to be staged for a path, and where. */
interface Content {
  path: string;
  content: Uint8Array;
  mode: number;
  staged: string;
}

/** Null if it is there: the same content may stand in two packages. Throws 3119, naming the path. */
export function createOnce(fs: SyncFileSystem, { path, content, mode, staged }: Content): Found | null {
  try {
    return fs.create(staged, content, mode);
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return null;
    throw named(path, error);
  }
}
