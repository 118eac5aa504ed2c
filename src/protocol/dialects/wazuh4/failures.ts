import { isUtf8 } from 'node:buffer';
import { MusterError } from '../../errors.ts';
import { MAX_REQUEST_VALUES } from '../../limits.ts';
import { errorOfException, errorOfText, exceptionOfError, printable } from './exceptions.ts';
import { WAZUH4_MAX_FAILURE_BYTES } from './limits.ts';
import { decodeObjects, encodeObjects, WazuhException } from './objects.ts';
import { pythonBytes } from './python.ts';

/** The two failures that the originals tell in plain text. */
const NOT_RECEIVED = "File wasn't correctly received. Checksums aren't equal.";
/** No more of it is shown, and neither of the two is longer. */
const MAX_SHOWN_BYTES = 4096;
const UNKNOWN = /^unknown command 'b'(.{1,11})''$/;

/** The payload of an `err`. */
export function encodeFailure(failure: MusterError | WazuhException): Buffer {
  if (failure instanceof WazuhException) return encodeObjects(failure);
  if (failure.code === 3109)
    return Buffer.from(`unknown command '${pythonBytes(failure.detail ?? '')}'`, 'latin1');
  if (failure.code === 3112) return Buffer.from(NOT_RECEIVED, 'latin1');
  return encodeObjects(exceptionOfError(failure));
}

/** Reads it back: an exception, one of the two texts, or any other, which becomes a 3000. */
export function decodeFailure(payload: Uint8Array): MusterError {
  const value = parsed(payload);
  if (value instanceof WazuhException) return errorOfException(value);
  const text = Buffer.from(payload.subarray(0, MAX_SHOWN_BYTES)).toString();
  if (text === NOT_RECEIVED) return new MusterError(3112, 'the peer says so');
  const command = UNKNOWN.exec(text)?.[1];
  if (command !== undefined) return new MusterError(3109, printable(command));
  return new MusterError(
    3000,
    isUtf8(payload) ? printable(text) : `${payload.length} bytes that are no text`,
  );
}

/** A failure that a command tells of: a text, or an exception as JSON. */
export function failureIn(text: string): MusterError {
  const value = parsed(Buffer.from(text));
  return value instanceof WazuhException ? errorOfException(value) : errorOfText(text);
}

/** Null for what is no JSON that we take. */
function parsed(payload: Uint8Array): unknown {
  if (payload.length > WAZUH4_MAX_FAILURE_BYTES) return null;
  try {
    return decodeObjects(payload, MAX_REQUEST_VALUES);
  } catch (error) {
    if (error instanceof MusterError) return null;
    throw error;
  }
}
