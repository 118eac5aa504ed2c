import { hash } from 'node:crypto';
import type { FileItem, FilesConfig } from '../config/node-config.ts';
import { contentOf, type Inode } from './disk.ts';
import { files } from './file-system.ts';

/** The set of a node as it lies on its disk: digests by path. */
export type Tree = ReadonlyMap<string, string>;

const digests = new WeakMap<Inode, { version: number; digest: string }>();

function digestOfInode(inode: Inode): string {
  const known = digests.get(inode);
  if (known?.version === inode.version) return known.digest;
  const digest = hash('blake2b512', contentOf(inode));
  digests.set(inode, { version: inode.version, digest });
  return digest;
}

/** The digest of the file at this path of a home; null if there is none. */
export function digestAt(home: string, path: string): string | null {
  const inode = files.findOrNull(`${home}/${path}`);
  return inode === null || inode.names !== null ? null : digestOfInode(inode);
}

/** What a sync writes beside its targets while it replaces them. */
const TEMPORARY = /^\.muster-.*\.tmp$/s;

/** Whether a file of this name in a directory of this item is synchronised (Integrity: the files that are taken). */
function isTaken(name: string, { files: wanted }: FileItem, config: FilesConfig): boolean {
  const isNamed = wanted.some((one) => one === 'all' || one === name);
  const isLeftOut =
    config.excludedFiles.some((one) => one === name) ||
    config.excludedExtensions.some((end) => name.slice(-end.length) === end);
  return isNamed && !isLeftOut && !TEMPORARY.test(name);
}

/**
 * What a scan of this home finds, by rules written down once more, so that the scan is not compared with itself. Tells
 * of everything that it depends on: what it finds, and the directories on the way.
 */
function walk(home: string, config: FilesConfig, passed: (inode: Inode) => void): Tree {
  const tree = new Map<string, string>();
  // Where two items could claim a file, the one whose directory lies further inside has it.
  const items = [...config.items].sort((a, b) => b.key.split('/').length - a.key.split('/').length);
  for (const item of items) {
    const directory = files.follow(`${home}/${item.key}`, passed);
    if (directory !== null) descend(directory, item.key);
    function descend(inode: Inode, path: string): void {
      for (const [name, child] of inode.names ?? []) {
        if (child.names !== null) {
          if (!item.recursive) continue;
          passed(child);
          descend(child, `${path}${name}/`);
        } else if (!tree.has(path + name) && isTaken(name, item, config)) {
          passed(child);
          tree.set(path + name, digestOfInode(child));
        }
      }
    }
  }
  return tree;
}

/** What the tree depends on, as it was. */
interface Passed {
  readonly inode: Inode;
  readonly version: number;
}

/** The set of one home, looked at over and over. */
export class TreeWatch {
  readonly #home: string;
  #passed: Passed[] = [];
  #config: FilesConfig | null = null;

  constructor(home: string) {
    this.#home = home;
  }

  /** The tree, if it may have changed since this was asked last; else null. */
  changed(config: FilesConfig): Tree | null {
    const isSame = ({ inode, version }: Passed) => inode.version === version;
    if (config === this.#config && this.#passed.every(isSame)) return null;
    this.#config = config;
    this.#passed = [];
    return walk(this.#home, config, (inode) => this.#passed.push({ inode, version: inode.version }));
  }
}

export const treeOf = (home: string, config: FilesConfig): Tree => walk(home, config, () => {});

/** BLAKE2b-512, hex, over `path NUL digest LF` of every file, in the order of the bytes of the paths (design: the root digest). */
export function digestOfTree(tree: Tree): string {
  const lines = [...tree].map(([path, digest]) => ({
    name: Buffer.from(path),
    text: `${path}\0${digest}\n`,
  }));
  lines.sort((a, b) => Buffer.compare(a.name, b.name));
  return hash('blake2b512', lines.map(({ text }) => text).join(''));
}

/** Paths in which two trees differ. */
export function differences(one: Tree, other: Tree): string[] {
  const paths = new Set([...one.keys(), ...other.keys()]);
  return [...paths].filter((path) => one.get(path) !== other.get(path));
}
