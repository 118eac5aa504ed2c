import { MusterError } from '../protocol/errors.ts';
import { CONTENT_SIZE_AT, framesOf, LOCAL_HEADER_BYTES, type ZipEntry } from './zip-frame.ts';

export type { ZipEntry } from './zip-frame.ts';

/** The first day that ZIP knows: the same entries give the same archive, whenever it is made. */
const DATE = new Date(Date.UTC(1980, 0, 1));

/**
 * A ZIP archive of stored entries, as JSZip makes it: it passes views of the contents on, and copies them once, into the
 * archive. Who only reads archives need not load it.
 */
export async function writeZip(entries: readonly ZipEntry[]): Promise<Buffer> {
  const { default: JSZip } = await import('jszip');
  const zip = new JSZip();
  for (const { name, content } of entries) zip.file(name, content, { date: DATE, createFolders: false });
  return zip.generateAsync({ type: 'nodebuffer', compression: 'STORE', platform: 'DOS' });
}

/**
 * Reads such an archive back; contents are views. Throws 3115 for everything but what `writeZip` makes of these names
 * and contents: every byte around the contents is compared with what it has to be, checksums included. A general reader
 * would inflate, rename or repair what a peer sends before anybody could look at it.
 */
export function readZip(bytes: Uint8Array, names: readonly string[]): Uint8Array[] {
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
  compareFrames(archive, entries);
  return entries.map(({ content }) => content);
}

function compareFrames(archive: Buffer, entries: readonly ZipEntry[]): void {
  let at = 0;
  for (const [i, frame] of framesOf(entries).entries()) {
    const end = at + frame.length;
    if (!archive.subarray(at, end).equals(frame))
      throw new MusterError(3115, `it is not in its normal form, or was damaged, at byte ${at}`);
    at = end + (entries[i]?.content.length ?? 0);
  }
  if (at !== archive.length) throw new MusterError(3115, 'something follows its end');
}
