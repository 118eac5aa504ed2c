import { crc32 } from 'node:zlib';
import { pack } from 'msgpackr';
import type { InspectionRecord } from './records.ts';

const NAME = 'muster recording ';
const VERSION = 4;
/** What a recording begins with. */
export const RECORDING_HEAD = Buffer.from(`${NAME}${VERSION}\n`);
/** In front of a record: its length, its check, and the check of these two, each four bytes, little endian. */
export const RECORD_HEAD_BYTES = 12;
const CHECK_AT = 4;
const HEAD_CHECK_AT = 8;

/** What a file begins with: a recording, one of another version of the format, or none. */
export function headOf(bytes: Buffer): 'recording' | 'none' | { readonly version: string } {
  if (bytes.subarray(0, RECORDING_HEAD.length).equals(RECORDING_HEAD)) return 'recording';
  const [, version] = /^muster recording (\d{1,9})\n/.exec(bytes.toString('latin1', 0, 40)) ?? [];
  return version === undefined ? 'none' : { version };
}

/**
 * Seals one record after the other. The check of each goes on from that of the one before: what is missing, doubled, out
 * of order or changed shows at the first record that it concerns. The head has a check of its own, so that a length that
 * is wrong is not taken for the end of the file. It tells damage and carelessness, not a forger, who can reckon as well.
 */
export class RecordSeal {
  #check = 0;

  /** The bytes of a record in the file. */
  seal(record: InspectionRecord): [head: Buffer, packed: Buffer] {
    const packed = pack(record);
    const head = Buffer.alloc(RECORD_HEAD_BYTES);
    head.writeUInt32LE(packed.length);
    this.#check = crc32(packed, this.#check);
    head.writeUInt32LE(this.#check, CHECK_AT);
    head.writeUInt32LE(headCheck(head), HEAD_CHECK_AT);
    return [head, packed];
  }

  /** Whether this is the record that was sealed here. */
  isIntact(packed: Uint8Array, { check }: RecordHead): boolean {
    this.#check = crc32(packed, this.#check);
    return this.#check === check;
  }
}

export interface RecordHead {
  readonly length: number;
  readonly check: number;
}

/** What the head of a record says; null for one that is not as it was written. */
export function recordHead(head: Buffer): RecordHead | null {
  if (head.readUInt32LE(HEAD_CHECK_AT) !== headCheck(head)) return null;
  return { length: head.readUInt32LE(), check: head.readUInt32LE(CHECK_AT) };
}

const headCheck = (head: Buffer) => crc32(head.subarray(0, HEAD_CHECK_AT));
