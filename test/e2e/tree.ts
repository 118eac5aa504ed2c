import { type BigIntStats, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';

/** Directories of the integrity set, as in the default `files` section. */
const SYNCED = ['etc/client.keys', 'etc/shared', 'etc/rules', 'etc/decoders', 'etc/lists', 'var/multigroups'];
const EXCLUDED = new Set(['ar.conf', 'ossec.conf']);
/** What reading a tree meets where a file goes, or a file and a directory change places, meanwhile. */
export const CHANGING: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR', 'EISDIR']);
/** Two changes of a file within a tick of the system's clock leave the same times: what is as young as this is read anew. */
const YOUNG_MS = 100n;

interface Known {
  readonly stamp: string;
  readonly content: string;
}

/** What was read last of each home: tests look at the same trees over and over. */
const known = new Map<string, ReadonlyMap<string, Known>>();

/** The integrity set of a home as it stands on disk: path to content in base64 (or nothing for what is not there). */
export function treeOf(home: string): Map<string, string> {
  const tree = new Map<string, string>();
  const before = known.get(home);
  const after = new Map<string, Known>();
  const walk = (path: string) => {
    const stats = statSync(path, { throwIfNoEntry: false, bigint: true });
    if (stats === undefined) return;
    if (!stats.isFile()) {
      for (const name of readdirSync(path).sort()) if (!EXCLUDED.has(name)) walk(join(path, name));
      return;
    }
    const stamp = stampOf(stats);
    const last = before?.get(path);
    const isSame = last !== undefined && last.stamp === stamp;
    const content = isSame ? last.content : readFileSync(path).toString('base64');
    if (isSame || isOld(stats)) after.set(path, { stamp, content });
    tree.set(relative(home, path), content);
  };
  for (const path of SYNCED) walk(join(home, path));
  known.set(home, after);
  return tree;
}

const stampOf = ({ ino, size, mtimeNs, ctimeNs }: BigIntStats) => `${ino} ${size} ${mtimeNs} ${ctimeNs}`;

const isOld = ({ ctimeMs }: BigIntStats) => BigInt(Date.now()) - ctimeMs > YOUNG_MS;

/** False as well while one of them changes so that it cannot be read. */
export function haveSameTree(left: string, right: string): boolean {
  try {
    return sameTree(treeOf(left), treeOf(right));
  } catch (error) {
    if (CHANGING.has((error as NodeJS.ErrnoException).code ?? '')) return false;
    throw error;
  }
}

export function sameTree(left: Map<string, string>, right: Map<string, string>): boolean {
  return left.size === right.size && [...left].every(([path, content]) => right.get(path) === content);
}
