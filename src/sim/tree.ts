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

type Visit = (path: string, inode: Inode) => void;

/** Visits what a scan of this home finds, by rules written down once more, so that the scan is not compared with itself. */
function visit(home: string, config: FilesConfig, each: Visit): void {
  const met = new Set<string>();
  for (const item of innermostFirst(config)) {
    const directory = files.findOrNull(`${home}/${item.key}`, 'scandir');
    if (directory !== null) descend(directory, item.key);
    function descend(inode: Inode, path: string): void {
      for (const [name, child] of inode.names ?? []) {
        if (child.names !== null) {
          if (item.recursive) descend(child, `${path}${name}/`);
        } else if (isWanted(name, item, config) && !met.has(path + name)) {
          met.add(path + name);
          each(path + name, child);
        }
      }
    }
  }
}

export function treeOf(home: string, config: FilesConfig): Tree {
  const tree = new Map<string, string>();
  visit(home, config, (path, inode) => tree.set(path, digestOfInode(inode)));
  return tree;
}

/** Changes whenever the tree does. */
export function signatureOf(home: string, config: FilesConfig): string {
  let signature = '';
  visit(home, config, (path, inode) => {
    signature += `${path}:${inode.ino}.${inode.version} `;
  });
  return signature;
}

export const digestOfTree = (tree: Tree): string => rootDigest(tree);

/** Paths in which two trees differ. */
export function differences(one: Tree, other: Tree): string[] {
  const paths = new Set([...one.keys(), ...other.keys()]);
  return [...paths].filter((path) => one.get(path) !== other.get(path));
}
