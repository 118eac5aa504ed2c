import { crc32 } from 'node:zlib';
import { pack } from 'msgpackr';
import type { InspectionRecord } from './records.ts';

const NAME = 'muster recording ';
const VERSION = 3;
/** What a recording begins with. */
export const RECORDING_HEAD = Buffer.from(`${NAME}${VERSION}\n`);
/** In front of a record: its length and its check, both little endian. */
export const RECORD_HEAD_BYTES = 8;
const LENGTH_BYTES = 4;

/** What a file begins with: a recording, one of another version of the format, or none. */
export function headOf(bytes: Buffer): 'recording' | 'none' | { readonly version: string } {
  if (bytes.subarray(0, RECORDING_HEAD.length).equals(RECORDING_HEAD)) return 'recording';
  const [, version] = /^muster recording (\d{1,9})\n/.exec(bytes.toString('latin1', 0, 40)) ?? [];
  return version === undefined ? 'none' : { version };
}

/**
 * Seals one record after the other. The check of each goes on from that of the one before: what is missing, doubled, out
 * of order or changed shows at the first record that it concerns. It tells damage and carelessness, not a forger, who can
 * reckon as well.
 */
export class RecordSeal {
  #check = 0;

  /** The bytes of a record in the file. */
  seal(record: InspectionRecord): [head: Buffer, packed: Buffer] {
    const packed = pack(record);
    const head = Buffer.alloc(RECORD_HEAD_BYTES);
    head.writeUInt32LE(packed.length);
    this.#check = crc32(packed, this.#check);
    head.writeUInt32LE(this.#check, LENGTH_BYTES);
    return [head, packed];
  }

  /** Whether this is the record that was sealed here. */
  isIntact(packed: Uint8Array, check: number): boolean {
    this.#check = crc32(packed, this.#check);
    return this.#check === check;
  }
}

/** Length and check of the record whose head stands there. */
export const recordHead = (
  bytes: Buffer,
  at: number,
): { readonly length: number; readonly check: number } => ({
  length: bytes.readUInt32LE(at),
  check: bytes.readUInt32LE(at + LENGTH_BYTES),
});
