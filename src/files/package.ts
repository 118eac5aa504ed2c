import { closeSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { threadId } from 'node:worker_threads';
import { deflateSync, inflateSync } from 'node:zlib';
import { faultPoint } from '../fault-point.ts';
import { MusterError } from '../protocol/errors.ts';
import { digestOf } from './digest.ts';
import { type FileIdentity, identityOf } from './identity.ts';
import { MAX_CONTENT_BYTES, MAX_PACKAGE_BYTES } from './limits.ts';
import { naming, notWritten } from './naming.ts';
import { encodeList, type PackageFile, parseList } from './package-list.ts';
import { errorCode, type ReadFileSystem, realFileSystem, type SyncFileSystem } from './ports.ts';
import { Scratch } from './scratch.ts';
import { realReadFileSystem } from './walk.ts';
import { readZip, writeZip } from './zip.ts';

export type { PackageFile } from './package-list.ts';

/** A package on disk. */
export interface PackedFile {
  path: string;
  sizeBytes: number;
  digest: string;
}

/** What is to be packed, and where the package goes. */
export interface PackOrder {
  home: string;
  files: readonly PackageFile[];
  directory: string;
  /** zlib level; 0 leaves everything as it is. */
  level: number;
}

/** The two entries of every package. */
const NAMES = ['files_metadata.json', 'content'] as const;
/** How much of the content is compressed to find out whether that is worth it. */
const PROBE_BYTES = 65_536;
/** Compressed to less than this share, it is. */
const WORTHWHILE_SHARE = 0.9;
const PACKAGE_MODE = 0o640;
/** What zlib asks for at a time: more is seldom needed, and stays until somebody collects it. */
const CHUNK_BYTES = 262_144;
/** Room behind the expected end, so that zlib need not ask again to see it. */
const SPARE_BYTES = 64;

/** Whether a file in this state is known to have this digest, so that it need not be computed. */
export type Known = (path: string, hash: string, identity: FileIdentity) => boolean;
const knowsNothing: Known = () => false;

/** What the contents of a package are read into. */
const scratch = new Scratch(MAX_CONTENT_BYTES);

/**
 * Makes a package: a ZIP archive of two stored entries, the list of the files and all contents one after the other, so
 * that similar files compress as one. Throws 3001 if a file is no longer what was listed: packages are kept by what
 * should be in them, and a wrong one would fail every sync that asks for it. Throws 3119 for a file that cannot be read.
 */
export async function pack(
  { home, files, directory, level }: PackOrder,
  known: Known = knowsNothing,
  source: ReadFileSystem = realReadFileSystem,
  target: SyncFileSystem = realFileSystem,
): Promise<PackedFile> {
  const content = scratch.take(files.reduce((sum, { size }) => sum + size, 0));
  try {
    let at = 0;
    for (const { path, size, hash } of files) {
      const part = content.subarray(at, at + size);
      const identity = naming(path, () => readInto(source, `${home}/${path}`, path, part));
      if (!known(path, hash, identity) && digestOf(part) !== hash) throw changed(path);
      at += size;
    }
    return store(target, await archiveOf(files, content, level), directory);
  } finally {
    scratch.give(content);
  }
}

function archiveOf(files: readonly PackageFile[], content: Buffer, level: number): Promise<Buffer> {
  const isDeflated = isWorthwhile(content, level);
  return writeZip([
    { name: NAMES[0], content: encodeList(isDeflated ? 'deflate' : 'identity', files) },
    {
      name: NAMES[1],
      content: isDeflated ? deflateSync(content, { level, chunkSize: CHUNK_BYTES }) : content,
    },
  ]);
}

/** Reads a package and verifies all of it. Throws 3115 for anything that is not exactly what `pack` makes, 3113, 3112. */
export function unpack(bytes: Uint8Array): { file: PackageFile; content: Uint8Array }[] {
  if (bytes.length > MAX_PACKAGE_BYTES) throw new MusterError(3113, `a package of ${bytes.length} bytes`);
  const [listed, stored] = readZip(bytes, NAMES) as [Uint8Array, Uint8Array];
  const { encoding, files, sizeBytes } = parseList(listed);
  if (sizeBytes > MAX_CONTENT_BYTES) throw new MusterError(3113, `a package that holds ${sizeBytes} bytes`);
  const content = encoding === 'deflate' ? inflate(stored, sizeBytes) : stored;
  if (content.length !== sizeBytes)
    throw new MusterError(3115, `it holds ${content.length} bytes and says ${sizeBytes}`);
  let at = 0;
  return files.map((file) => {
    const part = content.subarray(at, at + file.size);
    at += file.size;
    if (digestOf(part) !== file.hash) throw new MusterError(3112, `${file.path} in a package`);
    return { file, content: part };
  });
}

/** What does not compress is not compressed: it would cost ten times as much, for nothing. */
function isWorthwhile(content: Buffer, level: number): boolean {
  if (level === 0 || content.length === 0) return false;
  const middle = Math.max(0, Math.floor((content.length - PROBE_BYTES) / 2));
  const probe = content.subarray(middle, middle + PROBE_BYTES);
  return deflateSync(probe, { level }).length < probe.length * WORTHWHILE_SHARE;
}

function inflate(bytes: Uint8Array, sizeBytes: number): Uint8Array {
  try {
    // A bomb ends where the content should.
    const maxOutputLength = Math.max(1, sizeBytes);
    return inflateSync(bytes, { maxOutputLength, chunkSize: maxOutputLength + SPARE_BYTES });
  } catch (error) {
    const isBomb = errorCode(error) === 'ERR_BUFFER_TOO_LARGE';
    const why = isBomb
      ? `inflates to more than the ${sizeBytes} bytes of its list`
      : (error as Error).message;
    throw new MusterError(3115, `its content: ${why}`, { cause: error });
  }
}

/** Reads exactly this many bytes, which must be all. Returns the state that the file has after that. */
function readInto(fs: ReadFileSystem, file: string, path: string, target: Buffer): FileIdentity {
  const descriptor = fs.open(file);
  try {
    let read = 0;
    while (read < target.length) {
      const more = readSync(descriptor, target, read, target.length - read, null);
      if (more === 0) break;
      read += more;
    }
    const identity = identityOf(fs.fstat(descriptor));
    if (read !== target.length || identity.size !== target.length) throw changed(path);
    return identity;
  } finally {
    closeSync(descriptor);
  }
}

const changed = (path: string) => new MusterError(3001, `${path} changed since it was listed`);

/** Writes a package under its digest, whole or not at all. */
function store(fs: SyncFileSystem, archive: Buffer, directory: string): PackedFile {
  const digest = digestOf(archive);
  const path = join(directory, `${digest}.zip`);
  const temporary = `${path}.${process.pid}-${threadId}.tmp`;
  try {
    fs.unlink(temporary);
    fs.create(temporary, archive, PACKAGE_MODE);
    faultPoint('package.written');
    fs.rename(temporary, path);
    faultPoint('package.stored');
  } catch (error) {
    unlinkQuietly(fs, temporary);
    throw notWritten(path, error);
  }
  return { path, sizeBytes: archive.length, digest };
}

function unlinkQuietly(fs: SyncFileSystem, path: string): void {
  try {
    fs.unlink(path);
  } catch {
    // The first failure is the one to tell of; the directory is emptied at the next start.
  }
}
