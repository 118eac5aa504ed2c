import { MusterError } from '../../protocol/errors.ts';

/** Throws 3100 unless a piece continues exactly where the last one ended, 3113 if it reaches beyond the announced size. */
export function checkPiece(offset: number, length: number, position: number, sizeBytes: number): void {
  if (offset !== position) throw new MusterError(3100, `a piece at ${offset}, expected at ${position}`);
  if (length === 0) throw new MusterError(3100, `an empty piece at ${offset}`);
  if (length > sizeBytes - offset) {
    throw new MusterError(3113, `a piece up to ${offset + length} of ${sizeBytes} bytes`);
  }
}
