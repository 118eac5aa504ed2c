import { MusterError } from '../protocol/errors.ts';
import { MAX_ANSWER_BYTES, MAX_REQUEST_BYTES, NEAR_CHARS } from './limits.ts';
import type { AnswerStatus, StoreAnswer } from './store.ts';

const STATUSES: readonly string[] = ['ok', 'due', 'err', 'ign', 'unk'];
/** Line feeds and spaces in front of a request mean nothing. */
const LEADING = /^[ \n]+/;

/** A request, taken apart. */
export interface WdbRequest {
  /** `global`, `agent`, `wazuhdb`, `mitre`, `task`; `{` for a request in JSON. */
  readonly actor: string;
  /** Everything behind the actor; all of it for a request in JSON. */
  readonly rest: string;
  /** The request ended with a line feed, and so will the answer. */
  readonly wantsLineFeed: boolean;
}

/** A command without its actor. */
export interface WdbCommand {
  readonly name: string;
  /** Null if nothing stands behind the name, not even a space. */
  readonly args: string | null;
}

/** Takes a request apart; null for one without a space behind its actor. C programs send a zero byte at the end. */
export function parseRequest(text: string): WdbRequest | null {
  const zero = text.indexOf('\0');
  const sent = zero === -1 ? text : text.slice(0, zero);
  const wantsLineFeed = sent.endsWith('\n');
  const whole = (wantsLineFeed ? sent.slice(0, -1) : sent).replace(LEADING, '');
  if (whole.startsWith('{')) return { actor: '{', rest: whole, wantsLineFeed };
  const space = whole.indexOf(' ');
  if (space === -1) return null;
  return { actor: whole.slice(0, space), rest: whole.slice(space + 1), wantsLineFeed };
}

/** Takes the rest of a request apart. */
export function parseCommand(rest: string): WdbCommand {
  const space = rest.indexOf(' ');
  return space === -1
    ? { name: rest, args: null }
    : { name: rest.slice(0, space), args: rest.slice(space + 1) };
}

/** What a message quotes of a request. */
export function near(text: string): string {
  return `near '${text.slice(0, NEAR_CHARS)}'`;
}

/** Throws 3201 unless the request can be sent. */
export function checkRequest(request: string): void {
  // Only a text of a third of the limit may be above it.
  if (request.length * 3 > MAX_REQUEST_BYTES) {
    const sizeBytes = Buffer.byteLength(request);
    if (sizeBytes > MAX_REQUEST_BYTES) {
      throw new MusterError(3201, `${sizeBytes} bytes, at most ${MAX_REQUEST_BYTES} are allowed`);
    }
  }
  if (request.includes('\0')) throw new MusterError(3201, 'it holds a zero byte');
}

/** Takes an answer apart. Throws 2007 for what is none, 2009 for one so long that it has probably been cut. */
export function parseAnswer(text: string, sizeBytes: number): StoreAnswer {
  if (sizeBytes >= MAX_ANSWER_BYTES) throw new MusterError(2009, `${sizeBytes} bytes`);
  const space = text.indexOf(' ');
  const status = space === -1 ? text : text.slice(0, space);
  if (!STATUSES.includes(status)) {
    throw new MusterError(2007, `it begins with ${JSON.stringify(text.slice(0, NEAR_CHARS))}`);
  }
  return { status: status as AnswerStatus, payload: space === -1 ? '' : text.slice(space + 1) };
}
