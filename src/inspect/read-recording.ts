import { existsSync, readFileSync, statSync } from 'node:fs';
import { unpack } from 'msgpackr';
import { fileSystemError } from '../config/system-words.ts';
import { MusterError } from '../protocol/errors.ts';
import { olderHalf } from './recording-files.ts';
import { headOf, RECORD_HEAD_BYTES, RECORDING_HEAD, RecordSeal, recordHead } from './recording-format.ts';
import type { InspectionRecord } from './records.ts';

const DAMAGED = 3130;

/** Hears of a file that is cut, in its last record or before the first, as that of a process that was killed may be. */
export type OnCut = (file: string) => void;

/**
 * The records of a recording, the older half first. One that is cut at the end of a file is left out. Throws 3129 for what
 * is no recording, 3130 at the first record that is not as it was written, after all before it; 3119 for what cannot be
 * read.
 */
export function* readRecording(file: string, onCut: OnCut = () => {}): Generator<InspectionRecord> {
  const older = olderHalf(file);
  const hasOlder = existsSync(older);
  if (hasOlder) yield* recordsIn(older, onCut);
  if (hasOlder && isUnbegun(file)) onCut(file);
  else yield* recordsIn(file, onCut);
}

/** Who is killed while its file turns over leaves a next one that is missing, empty, or ends within its first line. */
function isUnbegun(file: string): boolean {
  const { size } = statSync(file, { throwIfNoEntry: false }) ?? { size: 0 };
  if (size === 0 || size >= RECORDING_HEAD.length) return size === 0;
  return RECORDING_HEAD.subarray(0, size).equals(contentOf(file));
}

function* recordsIn(file: string, onCut: OnCut): Generator<InspectionRecord> {
  const bytes = recordingOf(file);
  const seal = new RecordSeal();
  let at = RECORDING_HEAD.length;
  for (let number = 1; at < bytes.length; number += 1) {
    const packedAt = at + RECORD_HEAD_BYTES;
    if (packedAt > bytes.length) return onCut(file);
    const head = recordHead(bytes.subarray(at, packedAt));
    if (head !== null && packedAt + head.length > bytes.length) return onCut(file);
    const packed = bytes.subarray(packedAt, packedAt + (head?.length ?? 0));
    if (head === null || !seal.isIntact(packed, head))
      throw new MusterError(DAMAGED, `${file}: record ${number}, at byte ${at}`);
    yield unpack(packed) as InspectionRecord;
    at = packedAt + head.length;
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

function contentOf(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw fileSystemError(file, error);
  }
}

function recordingOf(file: string): Buffer {
  const bytes = contentOf(file);
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
