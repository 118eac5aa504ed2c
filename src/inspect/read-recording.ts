import { existsSync, readFileSync } from 'node:fs';
import { unpack } from 'msgpackr';
import { MusterError } from '../protocol/errors.ts';
import { LENGTH_BYTES, RECORDING_HEAD } from './recorder.ts';
import { olderHalf } from './recording-files.ts';
import type { InspectionRecord } from './records.ts';

/**
 * The records of a recording, the older half first. The last one of a process that was killed may be cut: it is left out.
 * Throws 3129 for what is no recording, and what the file system says.
 */
export function* readRecording(file: string): Generator<InspectionRecord> {
  const older = olderHalf(file);
  if (existsSync(older)) yield* recordsIn(older);
  yield* recordsIn(file);
}

function* recordsIn(file: string): Generator<InspectionRecord> {
  const bytes = readFileSync(file);
  if (!bytes.subarray(0, RECORDING_HEAD.length).equals(RECORDING_HEAD)) throw new MusterError(3129, file);
  for (let at = RECORDING_HEAD.length; at + LENGTH_BYTES <= bytes.length; ) {
    const end = at + LENGTH_BYTES + bytes.readUInt32LE(at);
    if (end > bytes.length) return;
    yield recordOf(bytes.subarray(at + LENGTH_BYTES, end), file);
    at = end;
  }
}

function recordOf(packed: Buffer, file: string): InspectionRecord {
  let record: unknown;
  try {
    record = unpack(packed);
  } catch (error) {
    throw new MusterError(3129, `${file}: ${(error as Error).message}`, { cause: error });
  }
  if (typeof (record as { kind?: unknown } | null)?.kind !== 'string') throw new MusterError(3129, file);
  return record as InspectionRecord;
}
