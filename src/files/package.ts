import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { deflateSync, inflateSync } from 'node:zlib';
import JSZip from 'jszip';
import { z } from 'zod';
import { MusterError } from '../protocol/errors.ts';
import type { Digester } from './digest.ts';
import { MAX_CONTENT_BYTES, MAX_PACKAGE_BYTES, PACKAGE_FILES } from './limits.ts';

/** One file of a package. */
export interface PackageFile {
  readonly path: string;
  readonly size: number;
  readonly hash: string;
}

/** A package on disk. */
export interface PackedFile {
  path: string;
  sizeBytes: number;
  digest: string;
}

/** The two entries of every package. */
const LIST = 'files_metadata.json';
const CONTENT = 'content';
/** How much of the content is compressed to find out whether that is worth it. */
const PROBE_BYTES = 65_536;
/** Compressed to less than this share, it is. */
const WORTHWHILE_SHARE = 0.9;

const listShape = z.strictObject({
  version: z.literal(1),
  encoding: z.enum(['identity', 'deflate']),
  files: z
    .array(
      z.strictObject({
        path: z.string().max(4096),
        size: z.int().min(0).max(MAX_CONTENT_BYTES),
        hash: z.string().regex(/^[0-9a-f]{128}$/),
      }),
    )
    .max(PACKAGE_FILES),
});

/**
 * Makes a package: a ZIP archive of two stored entries, the list of the files and all contents one after the other. An
 * entry for each file would cost 85 µs each; so it costs two, and similar files compress as one. Throws 3001 if a file
 * is no longer what it was.
 */
export async function pack(
  options: { home: string; files: readonly PackageFile[]; directory: string; level: number },
  digester: Digester,
): Promise<PackedFile> {
  const { home, files, directory, level } = options;
  const content = Buffer.allocUnsafe(files.reduce((sum, { size }) => sum + size, 0));
  let at = 0;
  for (const { path, size } of files) {
    readInto(join(home, path), content.subarray(at, at + size));
    at += size;
  }
  const isWorthwhile =
    deflateSync(content.subarray(0, PROBE_BYTES), { level }).length <
    Math.min(content.length, PROBE_BYTES) * WORTHWHILE_SHARE;
  const zip = new JSZip();
  const list = { version: 1, encoding: isWorthwhile ? 'deflate' : 'identity', files };
  zip.file(LIST, deterministic(JSON.stringify(list)), { date: EPOCH });
  zip.file(CONTENT, isWorthwhile ? deflateSync(content, { level }) : content, { date: EPOCH });
  const bytes = await zip.generateAsync({ type: 'nodebuffer', compression: 'STORE' });
  const digest = digester.bytes(bytes);
  const path = join(directory, `${digest}.zip`);
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    writeFileSync(temporary, bytes, { mode: 0o640 });
    renameSync(temporary, path);
  } finally {
    rmSync(temporary, { force: true });
  }
  return { path, sizeBytes: bytes.length, digest };
}

/** The same files give the same package, to the byte, whenever it is made. */
const EPOCH = new Date(Date.UTC(1980, 0, 1));
const deterministic = (text: string) => Buffer.from(text);

/** Reads a package and verifies all of it. Throws 3115 for anything that is not exactly what `pack` makes, 3113, 3112. */
export async function unpack(
  bytes: Uint8Array,
  digester: Digester,
): Promise<{ file: PackageFile; content: Uint8Array }[]> {
  if (bytes.length > MAX_PACKAGE_BYTES) throw new MusterError(3113, `a package of ${bytes.length} bytes`);
  const zip = await JSZip.loadAsync(bytes, { checkCRC32: true }).catch((error: unknown) => {
    throw new MusterError(3115, (error as Error).message, { cause: error });
  });
  const names = Object.keys(zip.files);
  if (names.join() !== `${LIST},${CONTENT}`)
    throw new MusterError(3115, `its entries are ${JSON.stringify(names.slice(0, 4))}`);
  const { encoding, files } = parseList(await entry(zip, LIST));
  const stored = await entry(zip, CONTENT);
  const sizeBytes = files.reduce((sum, { size }) => sum + size, 0);
  if (sizeBytes > MAX_CONTENT_BYTES) throw new MusterError(3113, `a package that holds ${sizeBytes} bytes`);
  const content = encoding === 'deflate' ? inflate(stored, sizeBytes) : stored;
  if (content.length !== sizeBytes)
    throw new MusterError(3115, `it holds ${content.length} bytes and says ${sizeBytes}`);
  let at = 0;
  return files.map((file) => {
    const part = content.subarray(at, at + file.size);
    at += file.size;
    if (digester.bytes(part) !== file.hash) throw new MusterError(3112, `${file.path} in a package`);
    return { file, content: part };
  });
}

function readInto(path: string, target: Buffer): void {
  const file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    const { size } = fstatSync(file);
    let read = 0;
    while (read < target.length) {
      const more = readSync(file, target, read, target.length - read, null);
      if (more === 0) break;
      read += more;
    }
    if (size !== target.length || read !== target.length)
      throw new MusterError(3001, `${path} changed while it was packed`);
  } finally {
    closeSync(file);
  }
}

async function entry(zip: JSZip, name: string): Promise<Uint8Array> {
  try {
    const found = zip.file(name);
    if (found === null || found.dir || found.unsafeOriginalName !== name)
      throw new Error(`${name} is no plain entry`);
    return await found.async('uint8array');
  } catch (error) {
    throw new MusterError(3115, (error as Error).message, { cause: error });
  }
}

function parseList(bytes: Uint8Array): z.infer<typeof listShape> {
  try {
    return listShape.parse(JSON.parse(Buffer.from(bytes).toString('utf8')));
  } catch (error) {
    throw new MusterError(3115, `its list of files: ${(error as Error).message.slice(0, 200)}`, {
      cause: error,
    });
  }
}

function inflate(bytes: Uint8Array, sizeBytes: number): Uint8Array {
  try {
    return inflateSync(bytes, { maxOutputLength: Math.max(1, sizeBytes) });
  } catch (error) {
    throw new MusterError(3115, `its content: ${(error as Error).message}`, { cause: error });
  }
}
