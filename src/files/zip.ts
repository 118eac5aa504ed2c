import { crc32 } from 'node:zlib';
import { MusterError } from '../protocol/errors.ts';

/** One entry of an archive. */
export interface ZipEntry {
  /** ASCII. */
  readonly name: string;
  readonly content: Uint8Array;
}

/** An archive in pieces, to be written one after the other: the contents are not copied. */
export type ZipPieces = Uint8Array[];

const LOCAL = { signature: 0x04034b50, bytes: 30 };
const CENTRAL = { signature: 0x02014b50, bytes: 46 };
const END = { signature: 0x06054b50, bytes: 22 };
/** What a reader has to know: 2.0, as for every plain archive. */
const VERSION = 20;
/** 1 January 1980, the first day there is: the same entries give the same archive, whenever it is made. */
const DATE = 0x0021;

/** A ZIP archive of stored entries, in its plainest form. */
export function writeZip(entries: readonly ZipEntry[]): ZipPieces {
  const pieces: ZipPieces = [];
  const directory: Uint8Array[] = [];
  let at = 0;
  for (const entry of entries) {
    const crc = crc32(entry.content);
    const header = localHeader(entry, crc);
    pieces.push(header, entry.content);
    directory.push(centralHeader(entry, crc, at));
    at += header.length + entry.content.length;
  }
  const listed = Buffer.concat(directory);
  return [...pieces, listed, endRecord(entries.length, listed.length, at)];
}

/**
 * Reads such an archive back; contents are views. Throws 3115 for everything but what `writeZip` makes of these names:
 * each byte beside the contents is compared. A general reader would inflate, rename or repair what a peer sends before
 * anybody could look at it.
 */
export function readZip(bytes: Uint8Array, names: readonly string[]): Uint8Array[] {
  const archive = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const entries: ZipEntry[] = [];
  let at = 0;
  for (const name of names) {
    const from = at + LOCAL.bytes + name.length;
    if (from > archive.length) throw new MusterError(3115, `it ends before ${name}`);
    at = from + archive.readUInt32LE(at + SIZE_IN_LOCAL);
    if (at > archive.length) throw new MusterError(3115, `it ends within ${name}`);
    entries.push({ name, content: archive.subarray(from, at) });
  }
  compareFrames(archive, writeZip(entries));
  return entries.map(({ content }) => content);
}

/** Where the size of the content stands in a local header. */
const SIZE_IN_LOCAL = 18;

/** The contents are taken from the archive itself, so only what stands between them can differ. */
function compareFrames(archive: Buffer, expected: ZipPieces): void {
  let at = 0;
  for (const [i, piece] of expected.entries()) {
    const isContent = i % 2 === 1 && i < expected.length - 2;
    const end = at + piece.length;
    if (!isContent && !archive.subarray(at, end).equals(piece)) {
      throw new MusterError(3115, `it is not in its normal form, or was damaged, at byte ${at}`);
    }
    at = end;
  }
  if (at !== archive.length) throw new MusterError(3115, 'something follows its end');
}

function localHeader({ name, content }: ZipEntry, crc: number): Buffer {
  const header = Buffer.alloc(LOCAL.bytes + name.length);
  header.writeUInt32LE(LOCAL.signature, 0);
  header.writeUInt16LE(VERSION, 4);
  writeFacts(header, 10, name, content.length, crc);
  header.write(name, LOCAL.bytes, 'latin1');
  return header;
}

function centralHeader({ name, content }: ZipEntry, crc: number, offset: number): Buffer {
  const header = Buffer.alloc(CENTRAL.bytes + name.length);
  header.writeUInt32LE(CENTRAL.signature, 0);
  header.writeUInt16LE(VERSION, 4);
  header.writeUInt16LE(VERSION, 6);
  writeFacts(header, 12, name, content.length, crc);
  header.writeUInt32LE(offset, 42);
  header.write(name, CENTRAL.bytes, 'latin1');
  return header;
}

/** Time, date, checksum, both sizes and the length of the name: what both headers tell. */
function writeFacts(header: Buffer, at: number, name: string, sizeBytes: number, crc: number): void {
  header.writeUInt16LE(DATE, at + 2);
  header.writeUInt32LE(crc, at + 4);
  header.writeUInt32LE(sizeBytes, at + 8);
  header.writeUInt32LE(sizeBytes, at + 12);
  header.writeUInt16LE(name.length, at + 16);
}

function endRecord(entries: number, directoryBytes: number, offset: number): Buffer {
  const record = Buffer.alloc(END.bytes);
  record.writeUInt32LE(END.signature, 0);
  record.writeUInt16LE(entries, 8);
  record.writeUInt16LE(entries, 10);
  record.writeUInt32LE(directoryBytes, 12);
  record.writeUInt32LE(offset, 16);
  return record;
}
