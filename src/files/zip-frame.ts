import { crc32 } from 'node:zlib';

/** One entry of an archive. */
export interface ZipEntry {
  /** ASCII. */
  readonly name: string;
  readonly content: Uint8Array;
}

/** Sizes of the headers without the name, and where the size of the content stands in the first. */
export const LOCAL_HEADER_BYTES = 30;
export const CONTENT_SIZE_AT = 18;
const CENTRAL_HEADER_BYTES = 46;
const END_RECORD_BYTES = 22;

const LOCAL_SIGNATURE = 0x04034b50;
const CENTRAL_SIGNATURE = 0x02014b50;
const END_SIGNATURE = 0x06054b50;
/** 1.0, what a stored entry takes to be read; and 2.0 on DOS, what wrote it. */
const VERSION_NEEDED = 10;
const VERSION_MADE_BY = 20;
/** 1 January 1980 as ZIP counts. */
const DATE = 0x0021;

/**
 * What stands around the contents of an archive of stored entries in its plainest form, piece by piece: a header before
 * each content, and the directory after the last.
 */
export function framesOf(entries: readonly ZipEntry[]): Buffer[] {
  const headers: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const { name, content } of entries) {
    const crc = crc32(content);
    const header = localHeader(name, content.length, crc);
    headers.push(header);
    directory.push(centralHeader(name, content.length, crc, at));
    at += header.length + content.length;
  }
  const listed = Buffer.concat(directory);
  return [...headers, Buffer.concat([listed, endRecord(entries.length, listed.length, at)])];
}

function localHeader(name: string, sizeBytes: number, crc: number): Buffer {
  const header = Buffer.alloc(LOCAL_HEADER_BYTES + name.length);
  header.writeUInt32LE(LOCAL_SIGNATURE, 0);
  header.writeUInt16LE(VERSION_NEEDED, 4);
  writeFacts(header, 10, name, sizeBytes, crc);
  header.write(name, LOCAL_HEADER_BYTES, 'latin1');
  return header;
}

function centralHeader(name: string, sizeBytes: number, crc: number, offset: number): Buffer {
  const header = Buffer.alloc(CENTRAL_HEADER_BYTES + name.length);
  header.writeUInt32LE(CENTRAL_SIGNATURE, 0);
  header.writeUInt16LE(VERSION_MADE_BY, 4);
  header.writeUInt16LE(VERSION_NEEDED, 6);
  writeFacts(header, 12, name, sizeBytes, crc);
  header.writeUInt32LE(offset, 42);
  header.write(name, CENTRAL_HEADER_BYTES, 'latin1');
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
  const record = Buffer.alloc(END_RECORD_BYTES);
  record.writeUInt32LE(END_SIGNATURE, 0);
  record.writeUInt16LE(entries, 8);
  record.writeUInt16LE(entries, 10);
  record.writeUInt32LE(directoryBytes, 12);
  record.writeUInt32LE(offset, 16);
  return record;
}
