import type { FilesConfig } from '../config/node-config.ts';
import { digestOf } from '../files/digest.ts';
import { innermostFirst, isWanted } from '../files/paths.ts';
import { rootDigest } from '../files/root-digest.ts';
import { contentOf, type Inode } from './disk.ts';
import { files } from './file-system.ts';

/** The set of a node as it lies on its disk: digests by path. */
export type Tree = ReadonlyMap<string, string>;

const digests = new WeakMap<Inode, { version: number; digest: string }>();

function digestOfInode(inode: Inode): string {
  const known = digests.get(inode);
  if (known?.version === inode.version) return known.digest;
  const digest = digestOf(contentOf(inode));
  digests.set(inode, { version: inode.version, digest });
  return digest;
}

/**
 * What a scan of this home finds, by rules written down once more, so that the scan is not compared with itself. Tells
 * of everything that it depends on: what it finds, and the directories on the way.
 */
function walk(home: string, config: FilesConfig, passed: (inode: Inode) => void): Tree {
  const tree = new Map<string, string>();
  for (const item of innermostFirst(config)) {
    const directory = files.follow(`${home}/${item.key}`, passed);
    if (directory !== null) descend(directory, item.key);
    function descend(inode: Inode, path: string): void {
      for (const [name, child] of inode.names ?? []) {
        if (child.names !== null) {
          if (!item.recursive) continue;
          passed(child);
          descend(child, `${path}${name}/`);
        } else if (!tree.has(path + name) && isWanted(name, item, config)) {
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

export const digestOfTree = (tree: Tree): string => rootDigest(tree);

/** Paths in which two trees differ. */
export function differences(one: Tree, other: Tree): string[] {
  const paths = new Set([...one.keys(), ...other.keys()]);
  return [...paths].filter((path) => one.get(path) !== other.get(path));
}
