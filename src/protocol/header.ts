import { MusterError } from './errors.ts';
import { butLooksLike } from './likely.ts';
import { FRAME_VERSION, HEADER_BYTES, MAX_COMMAND_CHARS } from './limits.ts';

/** How the payload is written: 0 raw bytes, 1 MessagePack. */
export type Encoding = 0 | 1;

export interface Header {
  readonly counter: number;
  readonly payloadBytes: number;
  readonly command: string;
  /** More parts of this message follow. */
  readonly divided: boolean;
  readonly encoding: Encoding;
}

const LENGTH_AT = 4;
const COMMAND_AT = 8;
const FLAG_AT = 19;
const VERSION_AT = 20;
const ENCODING_AT = 21;
const DASH = 0x2d;
const LETTER_D = 0x64;

/** A command: lower-case letters, digits, `_` and inner dashes, beginning with a letter. */
const COMMAND = /^[a-z][a-z0-9_]*(?:-[a-z0-9_]+)*$/;
/** The same, padded. */
const COMMAND_FIELD = /^([a-z][a-z0-9_]*(?:-[a-z0-9_]+)*)-*$/;

/** True if this text can stand in the command field. */
export function isCommand(command: string): boolean {
  return command.length <= MAX_COMMAND_CHARS && COMMAND.test(command);
}

/** Writes a header to the beginning of `target`. Throws 3024 for a command that does not fit. Section: Protocol definition. */
export function writeHeader(target: Buffer, header: Header): void {
  if (!isCommand(header.command)) throw new MusterError(3024, JSON.stringify(header.command.slice(0, 40)));
  target.writeUInt32BE(header.counter, 0);
  target.writeUInt32BE(header.payloadBytes, LENGTH_AT);
  target.write(header.command.padEnd(MAX_COMMAND_CHARS, '-'), COMMAND_AT, 'latin1');
  target[FLAG_AT] = header.divided ? LETTER_D : DASH;
  target[VERSION_AT] = FRAME_VERSION;
  target[ENCODING_AT] = header.encoding;
}

/** Reads the header at `offset`; every field is checked but the length. Throws 3100. Section: Protocol definition. */
export function readHeader(source: Buffer, offset: number): Header {
  const command = readCommand(source, offset);
  const flag = source[offset + FLAG_AT];
  if (flag !== DASH && flag !== LETTER_D) throw new MusterError(3100, `bad flag byte ${flag}`);
  const version = source[offset + VERSION_AT];
  if (version !== FRAME_VERSION) throw new MusterError(3100, `frame version ${version} is not supported`);
  const encoding = source[offset + ENCODING_AT];
  if (encoding !== 0 && encoding !== 1)
    throw new MusterError(3100, `payload encoding ${encoding} is not known`);
  return {
    counter: source.readUInt32BE(offset),
    payloadBytes: source.readUInt32BE(offset + LENGTH_AT),
    command,
    divided: flag === LETTER_D,
    encoding,
  };
}

function readCommand(source: Buffer, offset: number): string {
  const head = source.subarray(offset, offset + FLAG_AT);
  const field = head.toString('latin1', COMMAND_AT);
  const command = COMMAND_FIELD.exec(field)?.[1];
  if (command !== undefined) return command;
  throw new MusterError(3100, `bad command field ${JSON.stringify(field)}${butLooksLike(head)}`);
}

/** A header as bytes of its own. */
export function headerBytes(header: Header): Buffer {
  const bytes = Buffer.allocUnsafe(HEADER_BYTES);
  writeHeader(bytes, header);
  return bytes;
}
