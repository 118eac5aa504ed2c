import { basename, dirname, join, posix } from 'node:path';
import type { FileItem, FilesConfig } from '../config/node-config.ts';
import { MusterError } from '../protocol/errors.ts';
import { dropJournal, type Journal, writeJournal } from './journal.ts';
import type { Manifest } from './manifest.ts';
import { mergedFields, parseMerged } from './merged.ts';
import { checkPath } from './paths.ts';
import { realFileSystem, type SyncFileSystem } from './ports.ts';

/** What applying a set did. */
export interface ApplyReport {
  created: string[];
  updated: string[];
  deleted: string[];
  problems: { path: string; message: string }[];
}

/** Mode of directories that a sync creates. */
const DIRECTORY_MODE = 0o770;
const MERGED_MODE = 0o660;

/**
 * Applies a manifest whose contents are staged: checks everything, writes the journal, and carries it out. Before the
 * journal stands nothing has changed; after it the new set will be, also if this process dies. Throws 3114, 3112, 3119.
 */
export function applyManifest(
  {
    home,
    config,
    directory,
    manifest,
  }: { home: string; config: FilesConfig; directory: string; manifest: Manifest },
  fs: SyncFileSystem = realFileSystem,
): ApplyReport {
  const journal = plan(fs, home, config, directory, manifest);
  writeJournal(fs, home, journal);
  const problems = applyJournal(fs, home, config, journal);
  const failed = new Set(problems.map(({ path }) => path));
  const done = (paths: Iterable<string>) => [...paths].filter((path) => !failed.has(path));
  return {
    created: done(manifest.missing.keys()),
    updated: done(manifest.shared.keys()),
    deleted: done(manifest.extra.keys()),
    problems,
  };
}

/** Everything that will be done; throws before anything is, if any of it must not be. */
function plan(
  fs: SyncFileSystem,
  home: string,
  config: FilesConfig,
  directory: string,
  manifest: Manifest,
): Journal {
  const directories = new Map<string, boolean>();
  const staged = (hash: string, path: string, size: number) => {
    const found = fs.lstat(join(home, directory, hash));
    if (found === null || !found.isFile) throw new MusterError(3112, `the content of ${path} did not arrive`);
    if (found.size !== size) throw new MusterError(3112, `${path} has ${found.size} bytes, not ${size}`);
  };
  const puts = [...manifest.missing, ...manifest.shared].map(([path, { hash, size, cluster_item_key }]) => {
    const item = checkPath(path, cluster_item_key, config);
    staged(hash, path, size);
    refuseLinks(fs, home, path, directories);
    const { merge_type: merged = null } = mergedFields(path);
    return { path, hash, mode: item.permissions, merged };
  });
  const deletes = [...manifest.extra].map(([path, { cluster_item_key }]) => {
    checkPath(path, cluster_item_key, config);
    refuseLinks(fs, home, path, directories);
    return { path, item: cluster_item_key };
  });
  const paths = new Set([...puts, ...deletes].map(({ path }) => path));
  if (paths.size < puts.length + deletes.length) throw new MusterError(3114, 'two entries of one path');
  for (const path of paths) {
    for (let parent = posix.dirname(path); parent !== '.'; parent = posix.dirname(parent)) {
      if (paths.has(parent) && puts.some((put) => put.path === parent)) {
        throw new MusterError(3114, `${JSON.stringify(parent)} is both a file and a directory`);
      }
    }
  }
  return { version: 1, staging: directory, puts, deletes };
}

/** No directory on the way to a path may be a link, and the path itself no directory. */
function refuseLinks(fs: SyncFileSystem, home: string, path: string, known: Map<string, boolean>): void {
  for (
    let parent = posix.dirname(path);
    parent !== '.' && !known.has(parent);
    parent = posix.dirname(parent)
  ) {
    const found = fs.lstat(join(home, parent));
    if (found !== null && !found.isDirectory) {
      throw new MusterError(3114, `${JSON.stringify(parent)} is no directory, links are not followed`);
    }
    known.set(parent, true);
  }
  if (fs.lstat(join(home, path))?.isDirectory === true) {
    throw new MusterError(3114, `${JSON.stringify(path)} is a directory`);
  }
}

/**
 * Carries a journal out, from wherever it was left: every step may be done twice. A step that fails is reported, and
 * the others are done; the next round finds what is still wrong.
 */
export function applyJournal(
  fs: SyncFileSystem,
  home: string,
  config: FilesConfig,
  journal: Journal,
): { path: string; message: string }[] {
  const problems: { path: string; message: string }[] = [];
  const attempt = (path: string, step: () => void) => {
    try {
      step();
    } catch (error) {
      if (error instanceof CrashError) throw error;
      problems.push({ path, message: (error as Error).message });
    }
  };
  const uses = new Map<string, number>();
  for (const { hash } of journal.puts) uses.set(hash, (uses.get(hash) ?? 0) + 1);
  const made = new Set<string>();
  for (const put of journal.puts) {
    const left = (uses.get(put.hash) ?? 1) - 1;
    uses.set(put.hash, left);
    attempt(put.path, () => putFile(fs, home, journal.staging, put, left > 0, made));
  }
  for (const { path } of journal.deletes) attempt(path, () => fs.remove(join(home, path)));
  removeEmptied(fs, home, config, journal, attempt);
  dropJournal(fs, home);
  fs.remove(join(home, journal.staging));
  return problems;
}

/** Thrown by the file systems of tests where a process would die: nothing may go on after it. */
export class CrashError extends Error {}

function putFile(
  fs: SyncFileSystem,
  home: string,
  staging: string,
  { path, hash, mode, merged }: Journal['puts'][number],
  isNeededAgain: boolean,
  made: Set<string>,
): void {
  const staged = join(home, staging, hash);
  const target = join(home, path);
  // Gone from the staging directory: this step was done before.
  if (fs.lstat(staged) === null) return;
  makeParents(fs, home, dirname(path), made);
  if (merged !== null) splitMerged(fs, home, merged, fs.read(staged), made);
  if (isNeededAgain) {
    const copy = join(dirname(target), `.${basename(target).slice(0, 200)}.tmp`);
    fs.copy(staged, copy);
    fs.chmod(copy, mode);
    fs.rename(copy, target);
  } else {
    fs.chmod(staged, mode);
    moveOnto(fs, staged, target);
  }
}

/** Renames; where the target lies on another file system, copies beside it first, so that the change is atomic there too. */
function moveOnto(fs: SyncFileSystem, from: string, to: string): void {
  try {
    fs.rename(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EXDEV') throw error;
    const copy = join(dirname(to), `.${basename(to).slice(0, 200)}.tmp`);
    fs.copy(from, copy);
    fs.rename(copy, to);
    fs.remove(from);
  }
}

function makeParents(fs: SyncFileSystem, home: string, directory: string, made: Set<string>): void {
  if (directory === '.' || made.has(directory)) return;
  makeParents(fs, home, dirname(directory), made);
  const path = join(home, directory);
  if (fs.lstat(path) === null) {
    fs.mkdir(path, DIRECTORY_MODE);
    fs.chmod(path, DIRECTORY_MODE); // whatever the umask is
  }
  made.add(directory);
}

/** The parts of a merged file go into `queue/<merge type>/`, each under its own name. Specification: Integrity thread. */
function splitMerged(
  fs: SyncFileSystem,
  home: string,
  type: string,
  bytes: Uint8Array,
  made: Set<string>,
): void {
  const directory = `queue/${type}`;
  const parts = parseMerged(bytes);
  makeParents(fs, home, directory, made);
  for (const { name, content } of parts) {
    const target = join(home, directory, name);
    fs.write(`${target}.tmp`, content, MERGED_MODE);
    fs.rename(`${target}.tmp`, target);
  }
}

/** Directories that a deletion emptied go too, where their item says so; files that are never synchronised do not count. */
function removeEmptied(
  fs: SyncFileSystem,
  home: string,
  config: FilesConfig,
  journal: Journal,
  attempt: (path: string, step: () => void) => void,
): void {
  const itemOf = (key: string): FileItem | undefined => config.items.find((item) => item.key === key);
  const candidates = new Map<string, string>();
  for (const { path, item } of journal.deletes) {
    const directory = posix.dirname(path);
    if (itemOf(item)?.removeSubdirsIfEmpty === true && `${directory}/` !== item)
      candidates.set(directory, item);
  }
  for (const directory of candidates.keys()) {
    attempt(directory, () => {
      const path = join(home, directory);
      if (fs.lstat(path)?.isDirectory !== true) return;
      if (fs.list(path).every((name) => config.excludedFiles.includes(name))) fs.remove(path);
    });
  }
}
