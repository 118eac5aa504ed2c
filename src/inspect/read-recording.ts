import { existsSync, readFileSync } from 'node:fs';
import { unpack } from 'msgpackr';
import { fileSystemError } from '../config/system-words.ts';
import { MusterError } from '../protocol/errors.ts';
import { olderHalf } from './recording-files.ts';
import { headOf, RECORD_HEAD_BYTES, RECORDING_HEAD, RecordSeal, recordHead } from './recording-format.ts';
import type { InspectionRecord } from './records.ts';

const DAMAGED = 3130;

/** Hears of a file whose last record is cut, as that of a process that was killed may be. */
export type OnCut = (file: string) => void;

/**
 * The records of a recording, the older half first. One that is cut at the end of a file is left out. Throws 3129 for what
 * is no recording, 3130 at the first record that is not as it was written, after all before it; 3119 for what cannot be
 * read.
 */
export function* readRecording(file: string, onCut: OnCut = () => {}): Generator<InspectionRecord> {
  const older = olderHalf(file);
  if (existsSync(older)) yield* recordsIn(older, onCut);
  yield* recordsIn(file, onCut);
}

function* recordsIn(file: string, onCut: OnCut): Generator<InspectionRecord> {
  const bytes = bytesOf(file);
  const seal = new RecordSeal();
  let at = RECORDING_HEAD.length;
  for (let number = 1; at < bytes.length; number += 1) {
    const isHeadWhole = at + RECORD_HEAD_BYTES <= bytes.length;
    const { length, check } = isHeadWhole ? recordHead(bytes, at) : { length: 0, check: 0 };
    const end = at + RECORD_HEAD_BYTES + length;
    if (end > bytes.length) {
      onCut(file);
      return;
    }
    const packed = bytes.subarray(at + RECORD_HEAD_BYTES, end);
    if (!seal.isIntact(packed, check))
      throw new MusterError(DAMAGED, `${file}: record ${number}, at byte ${at}`);
    yield unpack(packed) as InspectionRecord;
    at = end;
  }
}

/** The records up to the damage, of which `onDamage` hears. Throws everything else. */
export function* upToDamage(
  records: Iterable<InspectionRecord>,
  onDamage: (error: MusterError) => void,
): Generator<InspectionRecord> {
  try {
    yield* records;
  } catch (error) {
    if (!(error instanceof MusterError) || error.code !== DAMAGED) throw error;
    onDamage(error);
  }
}

function bytesOf(file: string): Buffer {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    throw fileSystemError(file, error);
  }
  if (bytes.length === 0) throw new MusterError(3129, `${file} is empty`);
  const head = headOf(bytes);
  if (head === 'none') throw new MusterError(3129, file);
  if (head !== 'recording')
    throw new MusterError(
      3129,
      `${file}: its format has the version ${head.version}, and this is another one`,
    );
  return bytes;
}
