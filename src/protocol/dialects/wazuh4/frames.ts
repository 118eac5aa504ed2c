import { MusterError } from '../../errors.ts';
import { MAX_MESSAGE_BYTES } from '../../limits.ts';
import type { Wazuh4Cipher } from './cipher.ts';
import { writeWazuh4Header } from './header.ts';
import { WAZUH4_HEADER_BYTES, WAZUH4_PART_BYTES, WAZUH4_UNDIVIDED_BYTES } from './limits.ts';

/** A message before it is sealed. */
export interface Wazuh4Plain {
  readonly counter: number;
  readonly command: string;
  /** The payload, in pieces that belong behind each other. */
  readonly plain: readonly Uint8Array[];
}

/** Where messages are divided; tests divide shorter ones. */
export interface Division {
  readonly undividedBytes: number;
  readonly partBytes: number;
}

const usual: Division = { undividedBytes: WAZUH4_UNDIVIDED_BYTES, partBytes: WAZUH4_PART_BYTES };

/** Gives memory for a message. */
export type Allocate = (sizeBytes: number) => Buffer;

/**
 * The frames of a message, each in one buffer with its header: an original loses the stream when it reads a header and
 * nothing behind it, so the two must reach the kernel in one write. A message is sealed once, and divided after that, by
 * the length of its plaintext. Throws 3024 for a bad command, 3113 for a message that no peer of ours would accept.
 */
export function encodeWazuh4Message(
  { counter, command, plain }: Wazuh4Plain,
  cipher: Wazuh4Cipher,
  { undividedBytes, partBytes }: Division = usual,
  allocate: Allocate = Buffer.allocUnsafe,
): Buffer[] {
  const plainBytes = plain.reduce((sum, { length }) => sum + length, 0);
  if (plainBytes > MAX_MESSAGE_BYTES)
    throw new MusterError(3113, `a message of ${plainBytes} bytes, at most ${MAX_MESSAGE_BYTES} are allowed`);
  const payloadBytes = cipher.sealedBytes(plainBytes);
  const whole = allocate(WAZUH4_HEADER_BYTES + payloadBytes);
  writeWazuh4Header(whole, 0, { counter, payloadBytes, command, divided: false }, false);
  cipher.seal(plain, plainBytes, whole, WAZUH4_HEADER_BYTES);
  if (plainBytes <= undividedBytes) return [whole];
  const frames: Buffer[] = [];
  for (let at = WAZUH4_HEADER_BYTES; at < whole.length; at += partBytes) {
    const part = whole.subarray(at, at + partBytes);
    const frame = Buffer.allocUnsafe(WAZUH4_HEADER_BYTES + part.length);
    const divided = at + part.length < whole.length;
    writeWazuh4Header(frame, 0, { counter, payloadBytes: part.length, command, divided }, true);
    frame.set(part, WAZUH4_HEADER_BYTES);
    frames.push(frame);
  }
  return frames;
}
