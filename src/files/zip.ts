import JSZip from 'jszip';
import { MusterError } from '../protocol/errors.ts';

/** One entry of an archive. */
export interface ZipEntry {
  /** ASCII. */
  readonly name: string;
  readonly content: Uint8Array;
}

/** The first day that ZIP knows: the same entries give the same archive, whenever it is made. */
const DATE = new Date(Date.UTC(1980, 0, 1));
/** Of a local header: its size without the name, and where the size of the content stands in it. */
const LOCAL_HEADER_BYTES = 30;
const CONTENT_SIZE_AT = 18;

/** A ZIP archive of stored entries, as JSZip makes it. */
export async function writeZip(entries: readonly ZipEntry[]): Promise<Buffer> {
  const zip = new JSZip();
  for (const { name, content } of entries) zip.file(name, content, { date: DATE, createFolders: false });
  return zip.generateAsync({ type: 'nodebuffer', compression: 'STORE', platform: 'DOS' });
}

/**
 * Reads such an archive back; contents are views. Throws 3115 for everything but what `writeZip` makes of these names
 * and contents, to the byte: the archive is made again and compared, its checksums included. A general reader would
 * inflate, rename or repair what a peer sends before anybody could look at it.
 */
export async function readZip(bytes: Uint8Array, names: readonly string[]): Promise<Uint8Array[]> {
  const archive = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const entries: ZipEntry[] = [];
  let at = 0;
  for (const name of names) {
    const from = at + LOCAL_HEADER_BYTES + name.length;
    if (from > archive.length) throw new MusterError(3115, `it ends before ${name}`);
    at = from + archive.readUInt32LE(at + CONTENT_SIZE_AT);
    if (at > archive.length) throw new MusterError(3115, `it ends within ${name}`);
    entries.push({ name, content: archive.subarray(from, at) });
  }
  const normal = await writeZip(entries);
  if (!normal.equals(archive)) throw new MusterError(3115, 'it is not in its normal form, or was damaged');
  return entries.map(({ content }) => content);
}
