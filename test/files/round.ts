import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ApplyOrder, type ApplyReport, applyManifest } from '../../src/files/apply.ts';
import { digestOf } from '../../src/files/digest.ts';
import { STAGING_DIRECTORY } from '../../src/files/journal.ts';
import type { SyncFileSystem } from '../../src/files/ports.ts';
import { stageFile, stagePackage } from '../../src/files/stage.ts';
import { writeZip } from '../../src/files/zip.ts';
import { type Contents, filesConfig, type Home } from './fixture.ts';

export const STAGING = `${STAGING_DIRECTORY}/t`;
const CLUSTER = 'queue/cluster';
/** Where nobody says otherwise, a content of this size is a large file. */
const LARGE_CHARS = 64;

export const hashOf = (content: string): string => digestOf(Buffer.from(content));

/** One round of a worker, to be played on any home that holds the set that it leads away from. */
export interface Round {
  order: Omit<ApplyOrder, 'home' | 'staged'>;
  /** A package as it arrives; null if all files are large. */
  package: Buffer | null;
  large: string[];
}

/** The round that leads from one set to another. */
export async function roundBetween(
  before: Contents,
  after: Contents,
  largeChars = LARGE_CHARS,
): Promise<Round> {
  const missing = Object.keys(after).filter((path) => !(path in before));
  const shared = Object.keys(after).filter((path) => path in before && before[path] !== after[path]);
  const contents = new Map([...missing, ...shared].map((path) => [after[path] ?? '', path]));
  const small = [...contents].filter(([content]) => content.length < largeChars);
  const column = (paths: string[]) => ({ paths, hashes: paths.map((path) => hashOf(after[path] ?? '')) });
  return {
    order: {
      config: filesConfig,
      staging: STAGING,
      missing: column(missing),
      shared: column(shared),
      extra: Object.keys(before).filter((path) => !(path in after)),
    },
    package: small.length === 0 ? null : await packageOf(small.map(([content, path]) => ({ path, content }))),
    large: [...contents.keys()].filter((content) => content.length >= largeChars),
  };
}

function packageOf(files: { path: string; content: string }[]): Promise<Buffer> {
  const list = files.map(({ path, content }) => ({ path, size: content.length, hash: hashOf(content) }));
  return writeZip([
    {
      name: 'files_metadata.json',
      content: Buffer.from(JSON.stringify({ version: 1, encoding: 'identity', files: list })),
    },
    { name: 'content', content: Buffer.from(files.map(({ content }) => content).join('')) },
  ]);
}

/** Everything that a worker does with what arrived, on one thread: verify, stage, apply. */
export function play({ order, package: bytes, large }: Round, home: Home, fs: SyncFileSystem): ApplyReport {
  const directory = join(home.path, STAGING);
  mkdirSync(directory, { recursive: true });
  const arrived = (name: string) => join(home.path, CLUSTER, name);
  if (bytes !== null) writeFileSync(arrived('p.zip'), bytes);
  for (const [i, content] of large.entries()) writeFileSync(arrived(`${i}.bin`), content);
  const [file, part] = [arrived('p.zip'), arrived('p.part')];
  const { config } = order;
  const staged = bytes === null ? new Map() : stagePackage({ file, directory, part, config }, fs);
  for (const [i, content] of large.entries()) {
    const hash = hashOf(content);
    staged.set(hash, stageFile({ file: arrived(`${i}.bin`), directory, hash, verified: [] }, fs));
  }
  return applyManifest({ home: home.path, ...order, staged }, fs);
}

/** What a process that lives on does after any end of a round. */
export function discard(home: Home): void {
  rmSync(join(home.path, STAGING), { recursive: true, force: true });
}
