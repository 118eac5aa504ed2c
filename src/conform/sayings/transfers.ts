import { createHash } from 'node:crypto';
import type { Talk } from '../talk.ts';
import {
  ask,
  digestOf,
  EMPTY_MAP,
  FAILURE,
  firstHalf,
  gapped,
  HALF,
  isMuster,
  NO_HANDLE,
  NO_NUMBER,
  NOTHING,
  noFile,
  raw,
  type Saying,
  type Sayings,
  secondHalf,
} from './say.ts';

const SHA256_BYTES = 32;
const nameOf = ({ workerName }: Talk) => `${workerName}.test`;

const piece = (command: 'str_upd' | 'file_upd', offset: number, data: (talk: Talk) => Buffer<ArrayBuffer>) =>
  ask(command, (talk) => ({ handle: talk.facts.handle, offset, data: data(talk) }));

/** The digest of this content, be it what was sent or not. */
const fileEnd =
  (of: (talk: Talk) => Uint8Array): Saying =>
  (talk) => {
    const { peer, facts } = talk;
    const digest = createHash(peer.dialect.traits.fileDigest).update(of(talk)).digest('hex');
    peer.ask('file_end', { handle: facts.handle, digest });
  };

/** In `wazuh4` a file is known by its path, and of one that was not announced there is none to say. */
const unknownFile =
  (known: Saying, command: string, rest: string): Saying =>
  (talk) =>
    isMuster(talk) ? known(talk) : raw(command, () => Buffer.from(`${noFile(talk)} ${rest}`))(talk);

export const transferSayings: Sayings = {
  'say.new_str': ask('new_str', ({ content }) => ({ size: content.length, digest: digestOf(content) })),
  'say.new_str.empty': ask('new_str', () => ({ size: 0, digest: digestOf(NOTHING) })),
  'say.new_str.malformed': raw('new_str', (talk) => (isMuster(talk) ? EMPTY_MAP : Buffer.from(NO_NUMBER))),
  'say.str_upd.unknown': ask('str_upd', (talk) => ({ handle: NO_HANDLE, offset: 0, data: firstHalf(talk) })),
  'say.str_upd.first': piece('str_upd', 0, firstHalf),
  'say.str_upd.gap': piece('str_upd', 1, gapped),
  'say.str_upd.rest': piece('str_upd', HALF, secondHalf),
  'say.str_upd.damaged': piece('str_upd', HALF, ({ content }) => Buffer.alloc(content.length - HALF)),
  'say.str_upd.tooMuch': piece('str_upd', HALF, (talk) =>
    Buffer.concat([secondHalf(talk), Buffer.from('more')]),
  ),
  'say.err_str': ask('err_str', ({ content }) => ({ size: content.length })),
  'say.cancel_task.transfer': ask('cancel_task', ({ facts }) => ({
    task: `transfer-${facts.handle}`,
    error: FAILURE,
  })),

  'say.new_file': ask('new_file', (talk) => ({
    name: nameOf(talk),
    size: talk.content.length,
    digest: digestOf(talk.content),
  })),
  'say.new_file.badName': ask('new_file', ({ content }) => ({
    name: '../conform',
    size: content.length,
    digest: digestOf(content),
  })),
  'say.file_upd.unknown': unknownFile(
    ask('file_upd', (talk) => ({ handle: NO_HANDLE, offset: 0, data: firstHalf(talk) })),
    'file_upd',
    'data',
  ),
  'say.file_upd.first': piece('file_upd', 0, firstHalf),
  'say.file_upd.gap': piece('file_upd', 1, gapped),
  'say.file_upd.rest': piece('file_upd', HALF, secondHalf),
  'say.file_end': fileEnd(({ content }) => content),
  'say.file_end.damaged': fileEnd(() => NOTHING),
  'say.file_end.unknown': unknownFile(
    ask('file_end', ({ content }) => ({ handle: NO_HANDLE, digest: digestOf(content) })),
    'file_end',
    '0'.repeat(SHA256_BYTES),
  ),
};
