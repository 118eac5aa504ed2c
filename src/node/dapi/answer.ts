import { setImmediate } from 'node:timers/promises';
import { MusterError } from '../../protocol/errors.ts';
import { MAX_ANSWER_BYTES } from '../../protocol/limits.ts';
import { SLICE_ITEMS } from '../../requests/in-slices.ts';

/** An answer as JSON: a short one as text, a long one as the bytes that it travels as. */
export type Answer = string | Uint8Array;

export const textOf = (answer: Answer): string =>
  typeof answer === 'string'
    ? answer
    : Buffer.from(answer.buffer, answer.byteOffset, answer.byteLength).toString('utf8');

export const bytesOf = (answer: Answer): Uint8Array =>
  typeof answer === 'string' ? Buffer.from(answer, 'utf8') : answer;

/** Cheap first: a character has at most three bytes. */
export const isWithin = (answer: Answer, maxBytes: number): boolean =>
  typeof answer !== 'string'
    ? answer.length <= maxBytes
    : answer.length * 3 <= maxBytes || Buffer.byteLength(answer) <= maxBytes;

/** The result of a method as its answer. A long list is written in slices, between which everybody else is served. Throws 3301. */
export async function encodeAnswer(result: object, method: string): Promise<Answer> {
  const { items, ...rest } = result as { items?: unknown };
  if (!Array.isArray(items) || items.length <= SLICE_ITEMS) {
    const text = JSON.stringify(result);
    if (!isWithin(text, MAX_ANSWER_BYTES)) throw tooLarge(method);
    return text;
  }
  const pieces: Buffer[] = [];
  let sizeBytes = 0;
  const add = (text: string) => {
    const piece = Buffer.from(text, 'utf8');
    sizeBytes += piece.length;
    if (sizeBytes > MAX_ANSWER_BYTES) throw tooLarge(method);
    pieces.push(piece);
  };
  for (let at = 0; at < items.length; at += SLICE_ITEMS) {
    if (at > 0) await setImmediate();
    const list = JSON.stringify(items.slice(at, at + SLICE_ITEMS));
    add(`${at === 0 ? '{"items":[' : ','}${list.slice(1, -1)}`);
  }
  add(`],${JSON.stringify(rest).slice(1)}`);
  return Buffer.concat(pieces);
}

export const tooLarge = (method: string): MusterError =>
  new MusterError(3301, `${method}: more than ${MAX_ANSWER_BYTES} bytes`);
