import { isUtf8 } from 'node:buffer';
import { MusterError } from '../protocol/errors.ts';

/** The text of a file, from which the same bytes can be made again. Throws 3303 for bytes that are no UTF-8. */
export function fileText(path: string, bytes: Buffer): string {
  if (!isUtf8(bytes)) throw new MusterError(3303, path);
  return bytes.toString('utf8');
}
