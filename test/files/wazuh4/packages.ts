import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import type { Comparison } from '../../../src/files/compare.ts';
import { realFileSystem, type SyncFileSystem } from '../../../src/files/ports.ts';
import { encodeWazuh4Manifest } from '../../../src/files/wazuh4/list.ts';
import { contentRoomBytes, stageWazuh4Package } from '../../../src/files/wazuh4/stage.ts';
import { filesConfig, type Home } from '../fixture.ts';
import { hashOf, STAGING } from '../round.ts';

/** The entries of a package, as they may come from anybody: stream and path are written as they are. */
export type Entry = readonly [path: string | Uint8Array, stream: Uint8Array];

export const LIST = 'files_metadata.json';
const PATH_END = Buffer.from('|//@@//|');
export const ENTRY_END = Buffer.from('|@@//@@|');

/** One piece after the other, with the separators of the original. */
export const packageOf = (...entries: readonly Entry[]): Buffer =>
  Buffer.concat(
    entries.flatMap(([path, stream], i) => [
      ...(i === 0 ? [] : [ENTRY_END]),
      Buffer.from(path as string),
      PATH_END,
      stream,
    ]),
  );

export const zlib = (content: string | Uint8Array, level = 1): Buffer =>
  deflateSync(Buffer.from(content as string), { level });

/** What a list tells of a file with this content. */
export const metadataOf = (content: string) => ({
  mod_time: 1_700_000_000.5,
  cluster_item_key: 'etc/rules/',
  merged: false,
  hash: hashOf(content),
  size: Buffer.byteLength(content),
});

const mapOf = (files: Record<string, string>) =>
  new Map(Object.entries(files).map(([path, content]) => [path, metadataOf(content)]));

/** What a worker that has some files has to do to have others. */
export function comparisonOf(parts: {
  missing?: Record<string, string>;
  shared?: Record<string, string>;
  extra?: Record<string, string>;
}): Comparison {
  const { missing = {}, shared = {}, extra = {} } = parts;
  return { missing: mapOf(missing), shared: mapOf(shared), extra: mapOf(extra) };
}

/** The last entry, for these files. */
export const listOf = (parts: Parameters<typeof comparisonOf>[0]): Entry => [
  LIST,
  zlib(encodeWazuh4Manifest(comparisonOf(parts))),
];

/** A package of files that a worker lacks, with the right list. */
export const rightPackage = (files: Record<string, string>): Buffer =>
  packageOf(
    ...Object.entries(files).map(([path, content]): Entry => [path, zlib(content)]),
    listOf({ missing: files }),
  );

/** Has a worker stage these bytes. */
export async function stage(
  home: Home,
  bytes: Uint8Array,
  maxContentBytes?: number,
  fs: SyncFileSystem = realFileSystem,
) {
  const directory = join(home.path, STAGING);
  mkdirSync(directory, { recursive: true });
  const file = join(home.path, 'queue/cluster/p.zip');
  writeFileSync(file, bytes);
  const roomBytesIn = maxContentBytes === undefined ? contentRoomBytes : () => maxContentBytes;
  return await stageWazuh4Package({ file, directory, config: filesConfig }, fs, roomBytesIn);
}
