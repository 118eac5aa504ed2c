import { MusterError } from './errors.ts';
import { type Encoding, headerBytes, writeHeader } from './header.ts';
import { HEADER_BYTES, MAX_COUNTER, MAX_MESSAGE_BYTES, MAX_PAYLOAD_BYTES } from './limits.ts';

/** One message: a request, or the reply (`ok`, `err`) to the request with the same counter. */
export interface Message {
  readonly counter: number;
  readonly command: string;
  readonly encoding: Encoding;
  readonly payload: Uint8Array;
}

/**
 * Called for every complete message. Without `owned` the payload is a view of the chunk that was pushed, and only valid
 * during the call; with it the payload is a buffer of its own that the receiver may keep.
 */
export type OnMessage = (message: Message, owned: boolean) => void;

/** Payloads up to this are copied behind their header: one small write is cheaper than two. */
const JOIN_UP_TO_BYTES = 1024;

/** Replies are `ok` and `err`; nothing else is matched with an outstanding request. */
export function isReply(command: string): boolean {
  return command === 'ok' || command === 'err';
}

/**
 * The bytes of a message, divided into frames where it is longer than `maxPayloadBytes`. A long payload is not copied:
 * the chunks are views of it. Throws 3024 for a bad command, 3113 for a message that no peer would accept.
 * Section: Protocol definition.
 */
export function encodeMessage(message: Message, maxPayloadBytes: number = MAX_PAYLOAD_BYTES): Uint8Array[] {
  const { payload, counter, command, encoding } = message;
  if (payload.length > MAX_MESSAGE_BYTES) {
    throw new MusterError(
      3113,
      `a message of ${payload.length} bytes, at most ${MAX_MESSAGE_BYTES} are allowed`,
    );
  }
  if (!Number.isInteger(counter) || counter < 0 || counter > MAX_COUNTER) {
    throw new MusterError(3018, `bad counter ${counter}`);
  }
  if (payload.length <= JOIN_UP_TO_BYTES && payload.length <= maxPayloadBytes) return [joined(message)];
  const chunks: Uint8Array[] = [];
  for (let start = 0; start < payload.length; start += maxPayloadBytes) {
    const part = payload.subarray(start, start + maxPayloadBytes);
    const divided = start + part.length < payload.length;
    chunks.push(headerBytes({ counter, payloadBytes: part.length, command, divided, encoding }), part);
  }
  return chunks;
}

function joined({ counter, command, encoding, payload }: Message): Uint8Array {
  const bytes = Buffer.allocUnsafe(HEADER_BYTES + payload.length);
  writeHeader(bytes, { counter, payloadBytes: payload.length, command, divided: false, encoding });
  bytes.set(payload, HEADER_BYTES);
  return bytes;
}
