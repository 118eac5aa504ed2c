import { z } from 'zod';
import { MAX_REQUEST_VALUES, MAX_SHORT_TEXT_CHARS } from '../../../limits.ts';
import { WrittenRequest } from '../api-request.ts';
import { type Codec, field, identifier, json, orFailure, pair, said, text, word } from '../codec.ts';
import { WAZUH4_MAX_REQUEST_BYTES } from '../limits.ts';
import { stringId } from './common.ts';
import { row } from './row.ts';

const few = { maxBytes: WAZUH4_MAX_REQUEST_BYTES, maxValues: MAX_REQUEST_VALUES };
const bothNodes = ['master', 'worker'] as const;

const object = z.record(z.string(), z.unknown());
const shortText = z.string().max(MAX_SHORT_TEXT_CHARS);
const written: Codec<WrittenRequest> = {
  form: 'request',
  encode: ({ text }) => [Buffer.from(text)],
  decode: (payload) => WrittenRequest.read(payload),
};
export const request = field('request', written);

/** A message for a service of the master: an object is passed on as JSON, a text as it is. */
export const serviceMessage = field(
  'request',
  json('request', z.strictObject({ daemon_name: shortText, message: z.union([z.string(), object]) }), few),
);

/** Of the local client, or of the request between nodes, that waits for the answer. */
const id = field('id', identifier('id'));
const answer = pair(id, field('string', orFailure(stringId)));
const failure = pair(id, field('text', text));
/** Whether the answer was for a request of the receiver itself, or for a client of its local socket. */
const forwarded = field(
  'to',
  word<'client' | 'request'>(
    new Map([
      ['Response forwarded to worker', 'client'],
      ['Forwarded response', 'request'],
    ]),
  ),
);
export const queued = said('Added request to API requests queue');

/** Requests that nodes forward for others, and their answers. */
export const requestRows = {
  dapi: row(bothNodes, pair(id, request), queued),
  dapi_res: row(bothNodes, answer, forwarded),
  dapi_err: row(bothNodes, failure, said('DAPI error forwarded to worker')),
  sendsync: row(['master'], pair(id, serviceMessage), said('Added request to SendSync requests queue')),
  sendsyn_res: row(['worker'], answer, said('Response forwarded to worker')),
  sendsyn_err: row(['worker'], failure, said('SendSync error forwarded to worker')),
};
