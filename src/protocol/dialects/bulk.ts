import { MusterError } from '../errors.ts';
import type { Message } from '../frame.ts';
import { writeHeader } from '../header.ts';
import {
  BULK_HEADER_BYTES,
  HEADER_BYTES,
  MAX_BULK_DATA_BYTES,
  MAX_FILE_BYTES,
  MAX_HANDLE,
} from '../limits.ts';
import type { BulkCommand, BulkData } from './dialect.ts';

const TWO_POW_32 = 0x1_0000_0000;

/** `u32 handle | u64 offset | data`, undivided, as two chunks: everything before the data, and the data itself. */
export function encodeBulkFrame(counter: number, command: BulkCommand, bulk: BulkData): Uint8Array[] {
  const { handle, offset, data } = bulk;
  if (data.length > MAX_BULK_DATA_BYTES)
    throw new MusterError(3113, `${data.length} bytes in one ${command}`);
  if (!inRange(handle, MAX_HANDLE)) throw new MusterError(3018, `bad handle ${handle}`);
  if (!inRange(offset, MAX_FILE_BYTES)) throw new MusterError(3018, `bad offset ${offset}`);
  const front = Buffer.allocUnsafe(HEADER_BYTES + BULK_HEADER_BYTES);
  const payloadBytes = BULK_HEADER_BYTES + data.length;
  writeHeader(front, { counter, payloadBytes, command, divided: false, encoding: 0 });
  front.writeUInt32BE(handle, HEADER_BYTES);
  front.writeUInt32BE(Math.floor(offset / TWO_POW_32), HEADER_BYTES + 4);
  front.writeUInt32BE(offset % TWO_POW_32, HEADER_BYTES + 8);
  return [front, data];
}

/** Throws 3108. The data is a view of the payload. */
export function decodeBulkPayload({ command, encoding, payload }: Message): BulkData {
  if (encoding !== 0) throw new MusterError(3108, `${command}: not sent as raw bytes`);
  if (payload.length < BULK_HEADER_BYTES) throw new MusterError(3108, `${command}: no handle and offset`);
  if (payload.length > BULK_HEADER_BYTES + MAX_BULK_DATA_BYTES)
    throw new MusterError(3113, `${command}: divided`);
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  const offset = view.getUint32(4) * TWO_POW_32 + view.getUint32(8);
  if (offset > MAX_FILE_BYTES) throw new MusterError(3108, `${command}: offset too large`);
  return { handle: view.getUint32(0), offset, data: payload.subarray(BULK_HEADER_BYTES) };
}

function inRange(value: number, max: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= max;
}
