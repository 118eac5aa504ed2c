import { setImmediate } from 'node:timers/promises';
import type { Failure } from '../../../machines/failure.ts';
import { pythonJson } from '../../protocol/dialects/wazuh4/python.ts';
import { MusterError } from '../../protocol/errors.ts';
import { MAX_ERROR_MESSAGES, MAX_TEXT_CHARS } from '../../protocol/limits.ts';

/** Chunks of one string: a report has room for an error of each. */
export const MAX_CHUNKS = MAX_ERROR_MESSAGES;
/** Chunks of one string that we send: some two megabytes, which neither side takes long to write or to read. */
export const MAX_STRING_CHUNKS = 32;
/**
 * Longest text of one chunk that is looked into, as it stands in its string: it is read in one piece, by the thread that
 * serves all connections. No store writes one that is longer than fits a request to it.
 */
export const MAX_CHUNK_TEXT_BYTES = 1_048_576;
/** Bytes of a string that are looked over before everybody else on the thread is served. */
export const MAX_SCANNED_BYTES = 4_194_304;
/** What may stand around the texts of a string of chunks: brackets, commas, and spaces of writers that like them. */
export const MAX_AROUND_CHUNKS_BYTES = 16_384;

/** Where the payload of agent-info has the sender's clock, in seconds since the epoch; existing clusters do not send it. */
export const CLOCK_FIELD = 'clock';

/**
 * What the string of a sync holds, in the form of existing clusters: the payload of agent-groups has the mode and the state
 * in which they are stored. The command is written for whoever reads it there; here nobody obeys it: what is asked of the
 * store is for the receiver to say.
 */
interface ChunkString<Chunks> {
  readonly set_data_command: string;
  readonly payload: Readonly<Record<string, unknown>>;
  /** Each the JSON text of one request. */
  readonly chunks: Chunks;
}

/**
 * Writes a string as an original does, byte for byte; with pauses, in which everybody else on the thread is served.
 */
export async function encodeChunks({ chunks, ...others }: ChunkString<readonly string[]>): Promise<Buffer> {
  const end = ']}';
  const pieces = [latin1(pythonJson({ ...others, chunks: [] }).slice(0, -end.length))];
  for (const [index, chunk] of chunks.entries()) {
    if (index > 0) await setImmediate();
    pieces.push(latin1(`${index > 0 ? ', ' : ''}${pythonJson(chunk)}`));
  }
  return Buffer.concat([...pieces, latin1(end)]);
}

/** Such JSON has nothing but ASCII. */
const latin1 = (text: string) => Buffer.from(text, 'latin1');

/** The chunks of a string that a peer sent. Rejects with 3036 if it is not what it should be. */
export const decodeChunks = async (bytes: Uint8Array): Promise<ChunkTexts> =>
  (await decodeChunkString(bytes)).chunks;

/**
 * The same with what came beside the chunks. An original sends all agents that are due in one string, and the rest of a
 * cluster goes on while that is read. Rejects with 3036.
 */
export async function decodeChunkString(bytes: Uint8Array): Promise<ChunkString<ChunkTexts>> {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { frame, texts } = await framed(text);
  const { set_data_command, payload, chunks } = (parse(frame) ?? {}) as Record<string, unknown>;
  if (!Array.isArray(chunks)) throw new MusterError(3036, 'there is no list of chunks');
  if (chunks.length > MAX_CHUNKS) {
    throw new MusterError(3036, `${chunks.length} chunks; at most ${MAX_CHUNKS}`);
  }
  const wrong = chunks.findIndex((chunk) => typeof chunk !== 'string');
  if (wrong >= 0) throw new MusterError(3036, `chunk ${wrong + 1}/${chunks.length} is no text`);
  return {
    set_data_command: typeof set_data_command === 'string' ? set_data_command : '',
    payload: typeof payload === 'object' && payload !== null ? { ...payload } : {},
    chunks: new ChunkTexts(chunks.map((chunk: string) => texts.take(chunk) ?? chunk)),
  };
}

/**
 * The chunks of a string, in their order. Each is read when its turn comes, because a whole string would keep others
 * waiting. Reading one that is no JSON throws 3036.
 */
export class ChunkTexts implements Iterable<string> {
  readonly #chunks: readonly (string | Buffer)[];

  /** As they are, or as the JSON that they come in. */
  constructor(chunks: readonly (string | Buffer)[]) {
    this.#chunks = chunks;
  }

  get length(): number {
    return this.#chunks.length;
  }

  *[Symbol.iterator](): Generator<string, void> {
    for (const chunk of this.#chunks) {
      yield typeof chunk === 'string' ? chunk : String(parse(chunk.toString()));
    }
  }
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
/** Texts up to this length stay where they are. */
const SHORT_TEXT_BYTES = 64;
/** What begins the place of a longer one. */
const PLACE = '\0';

/** Long texts that were taken out of a string. */
class LongTexts {
  readonly #texts = new Map<string, Buffer>();

  /** The place that stands for it. */
  put(text: Buffer): string {
    const place = PLACE + this.#texts.size;
    this.#texts.set(place, text);
    return place;
  }

  /** Once: a sender who writes places of its own does not multiply what it has sent. */
  take(place: string): Buffer | undefined {
    const text = this.#texts.get(place);
    this.#texts.delete(place);
    return text;
  }
}

/**
 * A string of chunks with a place where each long text is, and these texts. Nearly all of it are the texts of its chunks.
 * Another one of the same size could become many times its bytes in small values, so it is refused (3036) before it is
 * parsed.
 */
async function framed(text: Buffer): Promise<{ frame: string; texts: LongTexts }> {
  const texts = new LongTexts();
  let frame = '';
  let outside = 0;
  let keptTo = 0;
  let pausedAt = 0;
  for (let at = 0; ; ) {
    const opening = text.indexOf(QUOTE, at);
    outside += (opening === -1 ? text.length : opening) - at;
    if (outside > MAX_AROUND_CHUNKS_BYTES) throw new MusterError(3036, 'too much that is no chunk');
    if (opening === -1) return { frame: frame + text.toString('utf8', keptTo), texts };
    at = closingQuote(text, opening) + 1;
    if (at - pausedAt > MAX_SCANNED_BYTES - MAX_CHUNK_TEXT_BYTES) {
      await setImmediate();
      pausedAt = at;
    }
    if (at - opening <= SHORT_TEXT_BYTES) continue;
    frame += text.toString('utf8', keptTo, opening) + JSON.stringify(texts.put(text.subarray(opening, at)));
    keptTo = at;
  }
}

/** Byte by byte: the texts of chunks have a quote every few bytes. */
function closingQuote(text: Buffer, opening: number): number {
  const end = Math.min(text.length, opening + MAX_CHUNK_TEXT_BYTES);
  for (let at = opening + 1; at < end; at += 1) {
    const byte = text[at];
    if (byte === QUOTE) return at;
    if (byte === BACKSLASH) at += 1;
  }
  if (end === text.length) throw new MusterError(3036, 'a text has no end');
  throw new MusterError(3036, `a chunk of more than ${MAX_CHUNK_TEXT_BYTES} bytes`);
}

/** The failure of a process that could not write some chunks; null if it wrote all. */
export function failureOfChunks(errors: readonly string[]): Failure | null {
  const [first, ...others] = errors;
  if (first === undefined) return null;
  const more = others.length === 0 ? '' : ` (and ${others.length} more)`;
  return { code: 3037, message: `${first}${more}` };
}

/** Errors of one string that the log names: a peer cannot fill it. */
export const MAX_LOGGED_ERRORS = 10;

/** Writes what was wrong with the chunks of one string, line by line. */
export function logErrors(write: (line: string) => void, errors: readonly string[]): void {
  for (const error of errors.slice(0, MAX_LOGGED_ERRORS)) write(error);
  const left = errors.length - MAX_LOGGED_ERRORS;
  if (left > 0) write(`${left} more chunks had errors.`);
}

/** What was wrong with one chunk, as reports tell it: one text, of the length that may travel. */
export function chunkError(where: string, errors: readonly string[]): string {
  const [first = 'unknown', ...others] = errors;
  const more = others.length === 0 ? '' : ` (and ${others.length} more)`;
  const head = `${where}: `;
  return head + first.slice(0, MAX_TEXT_CHARS - head.length - more.length) + more;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new MusterError(3036, error instanceof Error ? error.message : null, { cause: error });
  }
}
