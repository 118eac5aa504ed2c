import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeWazuh4Manifest, encodeWazuh4Metadata } from '../../src/files/wazuh4/list.ts';
import { type ContentSink, readWazuh4Package } from '../../src/files/wazuh4/reader.ts';
import { temporaryHome } from '../config/temporary-home.ts';
import { LIST, metadataOf, packageOf, zlib } from '../files/wazuh4/packages.ts';
import type { Original } from './original.ts';

/** The package that a worker with these files sends. */
export const listPackage = (files: Record<string, string>): Buffer =>
  packageOf([
    LIST,
    zlib(
      encodeWazuh4Metadata(
        new Map(
          Object.entries(files).map(([path, content]) => [
            path,
            { ...metadataOf(content), cluster_item_key: keyOf(path) },
          ]),
        ),
      ),
    ),
  ]);

const keyOf = (path: string) => `${path.split('/').slice(0, 2).join('/')}/`;

/** What a package brings. */
export interface Unpacked {
  readonly files: Record<string, string>;
  readonly missing: readonly string[];
  readonly shared: readonly string[];
  readonly extra: readonly string[];
}

export async function unpacked(bytes: Uint8Array): Promise<Unpacked> {
  const home = temporaryHome();
  const file = join(home, 'p.zip');
  mkdirSync(home, { recursive: true });
  writeFileSync(file, bytes);
  const files: Record<string, string> = {};
  const list = await readWazuh4Package(file, {
    whole: (path, content) => {
      files[path] = content.toString();
    },
    begin: (path): ContentSink => {
      const pieces: Buffer[] = [];
      return {
        write: (piece) => pieces.push(Buffer.from(piece)),
        end: () => {
          files[path] = Buffer.concat(pieces).toString();
        },
      };
    },
  });
  const { missing, shared, extra } = decodeWazuh4Manifest(list);
  return { files, missing: [...missing.keys()], shared: [...shared.keys()], extra: [...extra.keys()] };
}

/** The name that these workers give their part of a round. */
export const WORKER_TASK = 'b2f3f6e2-8e83-4b8a-9f39-31c6d9c2f7d1';

/** Begins a round of a worker that has these files: asks, and sends its list. Resolves to the master's task. */
export const sendList = (worker: Original, files: Record<string, string>): Promise<string> =>
  sendListPackage(worker, listPackage(files));

/** The same with a package that is there already. */
export async function sendListPackage(
  worker: Original,
  content: Uint8Array,
  pieceBytes?: number,
): Promise<string> {
  let granted = false;
  while (!granted) ({ granted } = await worker.ask('syn_i_w_m_p', {}));
  const { task } = await worker.ask('syn_i_w_m', {});
  const path = 'queue/cluster/worker1/worker1-1795423724.04-00.zip';
  worker.answers.syn_m_c_ok = () => ({});
  worker.answers.syn_m_c ??= () => ({ task: WORKER_TASK });
  worker.answers.syn_m_c_e = () => ({});
  await worker.sendFile(path, content, { pieceBytes });
  await worker.ask('syn_i_w_m_e', { task, path });
  return task;
}

/** A round of a worker of Wazuh 4.x that has these files: resolves to the package that it is sent, null if it is in step. */
export async function roundOf(
  worker: Original,
  files: Record<string, string>,
  { explain = () => '' }: { explain?: () => string } = {},
): Promise<Unpacked | null> {
  const before = worker.heard.length;
  await sendList(worker, files);
  const verdict = await worker.hearsOneOf(['syn_m_c_ok', 'syn_m_c_e'], before, explain);
  if (verdict.command === 'syn_m_c_ok') return null;
  const arrived = verdict.text.split(' ')[1] ?? '';
  return await unpacked(worker.files.get(arrived) ?? Buffer.alloc(0));
}
