import { randomUUID } from 'node:crypto';
import { deflateSync, inflateSync } from 'node:zlib';
import { encodeList } from '../../files/package-list.ts';
import { writeZip } from '../../files/zip.ts';
import { MAX_KEPT_FILE_BYTES } from '../limits.ts';
import type { Peer } from '../peer.ts';
import { digestOf } from '../sayings/say.ts';
import { type FileList, LIST_HEAD, sendFile, sendHalfAFile } from '../show.ts';
import type { TalkWithWorker } from './talk-with-worker.ts';

/** The file that a worker is sent to see whether it arrives. It holds no rule. */
export const PROBE_PATH = 'etc/rules/muster-conform.xml';
const PROBE_ITEM = 'etc/rules/';
const PROBE = Buffer.from('<!-- sent by a test of conformance, which takes it away again -->\n');
/** A path that leads out of the home. */
const UNSAFE_PATH = 'etc/rules/../../../muster-conform.xml';

/** What a round is to change: the manifest, and the content that has to come along. */
export interface PlannedSet {
  readonly missing: FileList;
  readonly extra: FileList;
  readonly content: { readonly path: string; readonly content: Buffer } | null;
}

const probeMetadata = () => ({
  mod_time: Math.round(Date.now() / 1_000),
  cluster_item_key: PROBE_ITEM,
  merged: false,
  hash: digestOf(PROBE),
  size: PROBE.length,
});

export const NO_CHANGE: PlannedSet = { missing: {}, extra: {}, content: null };
export const addition = (): PlannedSet => ({
  missing: { [PROBE_PATH]: probeMetadata() },
  extra: {},
  content: { path: PROBE_PATH, content: PROBE },
});
export const removal = (): PlannedSet => ({
  missing: {},
  extra: { [PROBE_PATH]: probeMetadata() },
  content: null,
});
/** The same content, where no worker may write it. */
export const unsafe = (): PlannedSet => ({
  missing: { [UNSAFE_PATH]: probeMetadata() },
  extra: {},
  content: { path: PROBE_PATH, content: PROBE },
});

/** The name of what is named when everything was sent. */
export const manifestName = ({ tongue, masterTask, workerName }: TalkWithWorker): string =>
  tongue.name === 'muster' ? `${masterTask}.json` : `${workerName}-${masterTask}.zip`;

/** Sends a set in the form of the dialect, and waits until its files were taken. */
export async function sendSet(talk: TalkWithWorker, set: PlannedSet): Promise<void> {
  if (talk.tongue.name === 'wazuh4') {
    await sendFile(talk, talk.peer, manifestName(talk), wazuh4Package(set));
    return;
  }
  if (set.content !== null) await sendPackage(talk, await packageOf(set.content));
  await sendManifest(talk, set);
}

/** Without the content that it wants. */
export function sendManifest(talk: TalkWithWorker, { missing, extra }: PlannedSet): Promise<void> {
  const manifest = { missing, shared: {}, extra, deferred: 0 };
  return sendFile(talk, talk.peer, manifestName(talk), Buffer.from(JSON.stringify(manifest)));
}

/** A package that is announced, of which half comes, and never the rest. */
export const sendHalfAPackage = (talk: TalkWithWorker): Promise<void> => {
  const garbage = garbageOf('half a package');
  return sendHalfAFile(talk, talk.peer, `${digestOf(garbage)}.zip`, garbage);
};

/** Something that is no package, though its transfer is in order. */
export function sendGarbage(talk: TalkWithWorker): Promise<void> {
  const garbage = garbageOf('no package');
  if (talk.tongue.name === 'wazuh4') return sendFile(talk, talk.peer, manifestName(talk), garbage);
  return sendPackage(talk, garbage);
}

/** Which nobody has sent before. */
const garbageOf = (what: string) => Buffer.from(`${what}: ${randomUUID()}`);

const sendPackage = (talk: TalkWithWorker, content: Buffer) =>
  sendFile(talk, talk.peer, `${digestOf(content)}.zip`, content);

function packageOf({ path, content }: { path: string; content: Buffer }): Promise<Buffer> {
  const files = [{ path, size: content.length, hash: digestOf(content) }];
  return writeZip([
    { name: 'files_metadata.json', content: encodeList('identity', files) },
    { name: 'content', content },
  ]);
}

function wazuh4Package({ missing, extra, content }: PlannedSet): Buffer {
  const entry =
    content === null
      ? []
      : [Buffer.from(`${content.path}|//@@//|`), deflateSync(content.content), Buffer.from('|@@//@@|')];
  return Buffer.concat([
    ...entry,
    LIST_HEAD,
    deflateSync(JSON.stringify({ missing: sizeless(missing), extra: sizeless(extra), shared: {} })),
  ]);
}

/** There a list tells no sizes. */
const sizeless = (files: FileList) =>
  Object.fromEntries(
    Object.entries(files).map(([path, metadata]) => [path, { ...(metadata as object), size: undefined }]),
  );

/** The list that a worker has shown under this name; null if it is none. */
export function readList(peer: Peer, file: string): FileList | null {
  const content = peer.arrivals.end(file);
  if (content === null) return null;
  try {
    const text = peer.dialect.traits.setForm === 'package' ? packedList(content) : content.toString();
    const files: unknown = JSON.parse(text);
    return typeof files === 'object' && files !== null && Object.values(files).every(isMetadata)
      ? (files as FileList)
      : null;
  } catch {
    return null;
  }
}

function packedList(content: Buffer): string {
  const at = content.lastIndexOf(LIST_HEAD);
  const packed = content.subarray(at < 0 ? content.length : at + LIST_HEAD.length);
  return inflateSync(packed, { maxOutputLength: MAX_KEPT_FILE_BYTES }).toString();
}

const DIGEST = /^[0-9a-f]{128}$/;
const isMetadata = (value: unknown): boolean =>
  typeof value === 'object' &&
  value !== null &&
  'hash' in value &&
  'cluster_item_key' in value &&
  DIGEST.test(String(value.hash));

/** Whether it names the file of this test, with its content. */
export const probeIn = (files: FileList): boolean =>
  (files[PROBE_PATH] as { hash?: string } | undefined)?.hash === digestOf(PROBE);
