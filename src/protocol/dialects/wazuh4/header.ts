import { MusterError } from '../../errors.ts';
import type { FrameFormat } from '../../frame-decoder.ts';
import type { Header } from '../../header.ts';
import { butLooksLike } from '../../likely.ts';
import { MAX_COMMAND_CHARS, MAX_COUNTER } from '../../limits.ts';
import { WAZUH4_HEADER_BYTES, WAZUH4_MAX_PARTS } from './limits.ts';

const LENGTH_AT = 4;
const COMMAND_AT = 8;
const FLAG_AT = 19;
const SPACE = 0x20;
const LETTER_D = 0x64;
const DASH = 0x2d;

/** What may stand in front of the first space. The originals answer any command, so what is unknown is no matter of the frame. */
const COMMAND = /^[\x21-\x7e]+$/;
/** What we send: a command, and for two replies a space behind it, as the originals write them. */
const SENT_COMMAND = /^[a-z][a-z0-9_-]* ?$/;

/** What of a header does not follow from its payload. */
export type Wazuh4Header = Pick<Header, 'counter' | 'payloadBytes' | 'command' | 'divided'>;

/**
 * Writes a header at `offset`: the command, a space, dashes. An undivided command of 11 characters leaves the space where
 * the flag stands; a divided one, and its last part, have no space at all. Throws 3024 for a command that does not fit.
 */
export function writeWazuh4Header(
  target: Buffer,
  offset: number,
  header: Wazuh4Header,
  isPart: boolean,
): void {
  const { counter, payloadBytes, command, divided } = header;
  if (!SENT_COMMAND.test(command) || command.length > MAX_COMMAND_CHARS)
    throw new MusterError(3024, JSON.stringify(command.slice(0, 40)));
  if (!Number.isInteger(counter) || counter < 0 || counter > MAX_COUNTER)
    throw new MusterError(3018, `bad counter ${counter}`);
  target.writeUInt32BE(counter, offset);
  target.writeUInt32BE(payloadBytes, offset + LENGTH_AT);
  target.fill(DASH, offset + COMMAND_AT, offset + WAZUH4_HEADER_BYTES);
  target.write(`${command} `, offset + COMMAND_AT, 'latin1');
  if (isPart) target[offset + FLAG_AT] = divided ? LETTER_D : DASH;
}

/** Reads a header: the command ends at the first space, dashes belong to it; only the flag `d` means that more follows. */
function readHeader(source: Buffer, offset: number): Header {
  const start = offset + COMMAND_AT;
  let end = start;
  while (end < offset + FLAG_AT && source[end] !== SPACE) end += 1;
  const command = source.toString('latin1', start, end);
  if (!COMMAND.test(command)) {
    const head = source.subarray(offset, offset + FLAG_AT);
    const field = JSON.stringify(head.toString('latin1', COMMAND_AT));
    throw new MusterError(3100, `bad command field ${field}${butLooksLike(head)}`);
  }
  return {
    counter: source.readUInt32BE(offset),
    payloadBytes: source.readUInt32BE(offset + LENGTH_AT),
    command,
    divided: source[offset + FLAG_AT] === LETTER_D,
    encoding: 0,
  };
}

/** The frames of Wazuh 4.x nodes, for the decoder. */
export const wazuh4Format: FrameFormat = {
  headerBytes: WAZUH4_HEADER_BYTES,
  readHeader,
  checkPart(payloadBytes, partsBefore) {
    if (payloadBytes === 0) throw new MusterError(3100, 'a part of a divided message is empty');
    if (partsBefore >= WAZUH4_MAX_PARTS)
      throw new MusterError(3113, `a message of more than ${WAZUH4_MAX_PARTS} parts`);
  },
};

/**
 * Whether a stream begins with a header of Wazuh 4.x, by so many bytes of it as such a header has: there is a space in its
 * field of the command, and never one where a frame of ours has its own.
 */
export function isWazuh4Header(head: Uint8Array): boolean {
  return head.subarray(COMMAND_AT, WAZUH4_HEADER_BYTES).includes(SPACE);
}

/** What the header of a `hello` holds that no frame of Muster's own and no TLS record has there. */
const HELLO = Buffer.from('hello ');

/**
 * Whether a stream that a stranger opens begins with the `hello` of a Wazuh 4.x node; null while too little of it has
 * come. A frame of Muster's own has a dash behind `hello`, a TLS ClientHello the version of TLS in its place.
 */
export function beginsWithWazuh4Hello(head: Uint8Array): boolean | null {
  const field = head.subarray(COMMAND_AT, COMMAND_AT + HELLO.length);
  if (!HELLO.subarray(0, field.length).equals(field)) return false;
  return field.length === HELLO.length ? true : null;
}
