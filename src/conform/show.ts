import { createHash } from 'node:crypto';
import { deflateSync, inflateSync } from 'node:zlib';
import type { ArgsOf, ReplyOf } from '../protocol/commands.ts';
import { MusterError } from '../protocol/errors.ts';
import { MAX_KEPT_FILE_BYTES } from './limits.ts';
import type { Peer } from './peer.ts';
import type { Talk } from './talk.ts';
import type { TalkWithMaster } from './talk-with-master.ts';

/** A list of files as it travels: by path. */
export type FileList = Readonly<Record<string, unknown>>;

/** How the list, the last entry of a package of `wazuh4`, begins. */
export const LIST_HEAD = Buffer.from('files_metadata.json|//@@//|');

/** Announces a file. What the receiver has of it, from a transfer before, need not be sent. */
async function announceFile(
  talk: Talk,
  peer: Peer,
  name: string,
  content: Buffer,
): Promise<ReplyOf<'new_file'>> {
  const digest = createHash('blake2b512').update(content).digest('hex');
  const asked = peer.ask('new_file', { name, size: content.length, digest });
  return (await talk.answerTo(peer, asked)) as ReplyOf<'new_file'>;
}

/** Sends the beginning of a file, and never the rest. */
export async function sendHalfAFile(talk: Talk, peer: Peer, name: string, content: Buffer): Promise<void> {
  const { handle, offset } = await announceFile(talk, peer, name, content);
  const data = Buffer.from(content.subarray(offset, content.length >> 1));
  await talk.answerTo(peer, peer.ask('file_upd', { handle, offset, data }));
}

/** Sends a file, whole, and waits until it was taken. */
export async function sendFile(talk: Talk, peer: Peer, name: string, content: Buffer): Promise<void> {
  const { handle, offset } = await announceFile(talk, peer, name, content);
  const data = Buffer.from(content.subarray(offset));
  // It may have all of it, from a transfer before.
  if (data.length > 0) await talk.answerTo(peer, peer.ask('file_upd', { handle, offset, data }));
  const { fileDigest } = peer.dialect.traits;
  const whole = createHash(fileDigest).update(content).digest('hex');
  await talk.answerTo(peer, peer.ask('file_end', { handle, digest: whole }));
}

/** Sends a long string, whole, and waits until it was taken: it is the one that the next command names. */
export async function sendString(talk: Talk, text: string): Promise<void> {
  const { peer, facts } = talk;
  const data = Buffer.from(text);
  const digest = createHash('blake2b512').update(data).digest('hex');
  const asked = peer.ask('new_str', { size: data.length, digest });
  const { handle } = (await talk.answerTo(peer, asked)) as ReplyOf<'new_str'>;
  await talk.answerTo(peer, peer.ask('str_upd', { handle, offset: 0, data }));
  facts.handle = handle;
}

/** Shows the master a list of files as one's own, in the form of the dialect. */
export async function show(talk: TalkWithMaster, peer: Peer, task: string, list: string): Promise<void> {
  const isPackage = peer.dialect.traits.setForm === 'package';
  const content = isPackage ? Buffer.concat([LIST_HEAD, deflateSync(list)]) : Buffer.from(list);
  const file = isPackage ? `${talk.part.name}-list.zip` : `${talk.part.name}.meta`;
  await sendFile(talk, peer, file, content);
  await talk.answerTo(peer, peer.ask('syn_i_w_m_e', { task, file }));
}

/**
 * The set of the master, as it sends it to somebody who has nothing; null if that was not all of it. Takes a permission,
 * and the files, which are thrown away.
 */
export async function learnSet(talk: TalkWithMaster, peer: Peer): Promise<FileList | null> {
  if (peer.dialect.traits.setForm === 'parts')
    await talk.answerTo(peer, peer.ask('syn_i_w_m_p', { digest: null }));
  const { task } = (await talk.answerTo(peer, peer.ask('syn_i_w_m', {}))) as ReplyOf<'syn_i_w_m'>;
  await show(talk, peer, task, '{}');
  const announced = await talk.requestOf(peer, ['syn_m_c', 'syn_m_c_ok']);
  if (announced.command === 'syn_m_c_ok') {
    peer.reply(announced.counter, 'syn_m_c_ok', {});
    return {};
  }
  peer.reply(announced.counter, 'syn_m_c', { task: 'conform' });
  const end = await talk.requestOf(peer, ['syn_m_c_e']);
  const { file, error } = end.args as ArgsOf<'syn_m_c_e'>;
  peer.reply(end.counter, 'syn_m_c_e', {});
  if (error !== null) throw MusterError.fromWire(error);
  const content = file === null ? null : peer.arrivals.end(file);
  if (content === null)
    throw new MusterError(3108, 'the master ended a round without telling what it has sent');
  return listIn(content, peer.dialect.traits.setForm === 'package');
}

/** What a manifest says that is missing at who has nothing; null if more is to follow. Throws 3036 for what is none. */
export function listIn(content: Buffer, isPackage: boolean): FileList | null {
  const manifest = manifestIn(content, isPackage);
  if (!isRecord(manifest) || !isRecord(manifest.missing))
    throw new MusterError(3036, `${SENT}: \`missing\` is no list of files by their paths`);
  return (manifest.deferred ?? 0) === 0 ? manifest.missing : null;
}

const SENT = 'what the master says that it has sent';

function manifestIn(content: Buffer, isPackage: boolean): unknown {
  try {
    return JSON.parse(isPackage ? lastEntry(content) : content.toString());
  } catch (error) {
    throw new MusterError(3036, SENT, { cause: error });
  }
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function lastEntry(content: Buffer): string {
  const at = content.lastIndexOf(LIST_HEAD);
  if (at < 0) throw new MusterError(3108, 'a package without a list');
  return inflateSync(content.subarray(at + LIST_HEAD.length), {
    maxOutputLength: MAX_KEPT_FILE_BYTES,
  }).toString();
}
