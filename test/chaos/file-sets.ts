import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { JOURNAL_FILE, UNDO_FILE } from '../../src/files/journal.ts';
import { rootDigest } from '../../src/files/root-digest.ts';
import { CHANGING, sameTree, treeOf } from '../e2e/tree.ts';
import { waitFor } from '../harness/wait-for.ts';
import { randomBytesFrom, randomFrom } from './random.ts';

/** Path to content in base64, as `treeOf` gives it. */
export type Tree = ReadonlyMap<string, string>;

const SMALL_FILES = 12;
/** Six pieces: a transfer that can be cut in its middle. */
const LARGE_BYTES = 1_600_000;

/**
 * The set of one generation. From one to the next files are made, changed and removed, directories come and go, a file
 * and a directory change places, one content stands in two places, and two files are large enough to travel alone.
 */
export function fileSet(seed: number, generation: number): Tree {
  const random = randomFrom(seed * 7919 + generation);
  const tree = new Map<string, string>();
  const put = (path: string, bytes: Buffer) => tree.set(path, bytes.toString('base64'));
  for (let i = 0; i < SMALL_FILES; i += 1) put(`etc/rules/r${i}.xml`, randomBytesFrom(random, 300 + i));
  put('etc/rules/large-1.xml', randomBytesFrom(random, LARGE_BYTES));
  put('etc/rules/large-2.xml', randomBytesFrom(random, LARGE_BYTES));
  put('etc/lists/always', Buffer.from('the same in every generation\n'));
  const twice = randomBytesFrom(random, 100);
  for (const name of ['twin-a', 'twin-b']) put(`etc/lists/${name}`, twice);
  put(`etc/shared/group-${generation}/agent.conf`, randomBytesFrom(random, 50));
  put(generation % 2 === 0 ? 'etc/lists/swap' : 'etc/lists/swap/inside', randomBytesFrom(random, 80));
  return tree;
}

/** Makes the set of a home this one. */
export function writeSet(home: string, tree: Tree): void {
  for (const path of treeOf(home).keys()) if (!tree.has(path)) rmSync(join(home, path));
  rmSync(join(home, 'etc/lists/swap'), { recursive: true, force: true });
  for (const [path, content] of tree) {
    mkdirSync(dirname(join(home, path)), { recursive: true });
    writeFileSync(join(home, path), Buffer.from(content, 'base64'));
  }
}

/** The root digest that a node of this set publishes. */
export function digestOfTree(tree: Tree): string {
  const hash = (content: string) =>
    createHash('blake2b512').update(Buffer.from(content, 'base64')).digest('hex');
  return rootDigest([...tree].map(([path, content]) => [path, hash(content)] as const));
}

/** What is said of a set that is being applied, or undone. */
export function journalsOf(home: string): { applied: boolean; undone: boolean } {
  const stands = (name: string) => existsSync(join(home, name));
  return { applied: stands(JOURNAL_FILE), undone: stands(UNDO_FILE) };
}

const isAtRest = (home: string) => Object.values(journalsOf(home)).every((stands) => !stands);

/** The set of a home that somebody may be writing; null if it changed while it was read, or is being applied or undone. */
export function treeAtRest(home: string): Tree | null {
  if (!isAtRest(home)) return null;
  try {
    const first = treeOf(home);
    const second = treeOf(home);
    return isAtRest(home) && sameTree(first, second) ? second : null;
  } catch (error) {
    if (CHANGING.has((error as NodeJS.ErrnoException).code ?? '')) return null;
    throw error;
  }
}

/** The set of a home as soon as nothing is being applied there. */
export const settledTree = (home: string, timeoutMs = 60_000): Promise<Tree> =>
  waitFor(`no set to be applied in ${home}`, () => treeAtRest(home), timeoutMs);

/** Which of these sets it is; throws, with the files that are wrong in the nearest one, if it is none. */
export function whichOf(tree: Tree, sets: Readonly<Record<string, Tree>>): string {
  const found = Object.entries(sets).find(([, set]) => sameTree(new Map(tree), new Map(set)));
  if (found !== undefined) return found[0];
  const told = Object.entries(sets).map(
    ([name, set]) => `not ${name}: ${differencesOf(tree, set).join(', ')}`,
  );
  throw new Error(`a set that was never published\n${told.join('\n')}`);
}

function differencesOf(tree: Tree, set: Tree): string[] {
  const paths = [...new Set([...tree.keys(), ...set.keys()])].filter(
    (path) => tree.get(path) !== set.get(path),
  );
  return paths.map(
    (path) => `${path} ${!tree.has(path) ? 'lacks' : set.has(path) ? 'differs' : 'is too much'}`,
  );
}
