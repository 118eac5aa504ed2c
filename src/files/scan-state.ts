import { type Dirent, lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { FileItem, FilesConfig } from '../config/node-config.ts';
import { MusterError } from '../protocol/errors.ts';
import { type Digester, type FileIdentity, identityOf, sameIdentity } from './digest.ts';
import type { HashedFile } from './hash-files.ts';
import { mergedFields } from './merged.ts';
import type { FileMetadata } from './metadata.ts';
import { isPlainPath, isSafeName, isWanted } from './paths.ts';
import { rootDigest } from './root-digest.ts';

/** A file that is left out of the set, and why. */
export interface Problem {
  path: string;
  message: string;
}

/** What a walk found: nothing at all, if nothing changed. */
export interface Walk {
  /** Files to read, with their sizes: new ones, and ones whose state differs from when they were read. */
  changed: { path: string; sizeBytes: number }[];
  hasRemoved: boolean;
  problems: Problem[];
  fileCount: number;
  digest: string;
  /** To be handed to `settle`. */
  round: number;
}

/** How the set differs from before. */
export interface Delta {
  digest: string;
  fileCount: number;
  set: [path: string, metadata: FileMetadata][];
  created: string[];
  updated: string[];
  deleted: string[];
  problems: Problem[];
}

interface Entry {
  item: string;
  /** State in which the file was read; null if it may have changed since without a trace. */
  identity: FileIdentity | null;
  metadata: FileMetadata;
}

/**
 * The files of a home as they were last read. Lives in one thread, so that a scan that finds nothing new costs its
 * caller one small message.
 */
export class ScanState {
  #entries = new Map<string, Entry>();
  /** What the walk under way has seen: item by path. */
  #seen = new Map<string, string>();
  #digest = rootDigest([], null);
  #round = 0;

  /** Compares the directories with what is known. Reads no file. */
  walk(home: string, config: FilesConfig): Walk {
    this.#round += 1;
    this.#seen = new Map();
    const changed: Walk['changed'] = [];
    const problems: Problem[] = [];
    for (const item of config.items) {
      if (!isPlainDirectory(home, item.key, problems)) continue;
      this.#walkDirectory(
        home,
        item.key,
        item,
        config,
        (path, identity) => {
          this.#seen.set(path, item.key);
          const known = this.#entries.get(path);
          if (known?.identity == null || !sameIdentity(known.identity, identity)) {
            changed.push({ path, sizeBytes: identity.size });
          }
        },
        problems,
      );
    }
    const hasRemoved = [...this.#entries.keys()].some((path) => !this.#seen.has(path));
    return {
      changed,
      hasRemoved,
      problems,
      fileCount: this.#entries.size,
      digest: this.#digest,
      round: this.#round,
    };
  }

  /**
   * Takes what was read of the changed files, and forgets what is gone. Throws 1000 if the walk was not done here: its
   * thread died since, and taking the files that it had seen for gone would spread to every node.
   */
  settle(round: number, hashed: readonly HashedFile[], digester: Digester): Delta {
    if (round !== this.#round) throw new MusterError(1000, 'the thread of a scan was replaced meanwhile');
    const delta: Delta = {
      digest: '',
      fileCount: 0,
      set: [],
      created: [],
      updated: [],
      deleted: [],
      problems: [],
    };
    for (const file of hashed) {
      if ('problem' in file) {
        if (file.problem !== null) delta.problems.push({ path: file.path, message: file.problem });
        this.#seen.delete(file.path);
      } else this.#take(file, delta);
    }
    for (const path of [...this.#entries.keys()]) {
      if (this.#seen.has(path)) continue;
      this.#entries.delete(path);
      delta.deleted.push(path);
    }
    if (delta.set.length + delta.deleted.length > 0) {
      const hashes = [...this.#entries].map(([path, { metadata }]) => [path, metadata.hash] as const);
      this.#digest = rootDigest(hashes, digester);
    }
    return { ...delta, digest: this.#digest, fileCount: this.#entries.size };
  }

  #take({ path, digest, identity, isSettled }: Extract<HashedFile, { digest: string }>, delta: Delta): void {
    const item = this.#seen.get(path) ?? '';
    const known = this.#entries.get(path);
    const metadata: FileMetadata = {
      mod_time: Number(identity.mtimeNs) / 1e9,
      cluster_item_key: item,
      ...mergedFields(path),
      hash: digest,
      size: identity.size,
    };
    this.#entries.set(path, { item, identity: isSettled ? identity : null, metadata });
    if (known === undefined) delta.created.push(path);
    else if (known.metadata.hash !== digest) delta.updated.push(path);
    else if (known.metadata.mod_time === metadata.mod_time) return;
    delta.set.push([path, metadata]);
  }

  #walkDirectory(
    home: string,
    directory: string,
    item: FileItem,
    config: FilesConfig,
    found: (path: string, identity: FileIdentity) => void,
    problems: Problem[],
  ): void {
    for (const entry of this.#list(home, directory, problems)) {
      const path = `${directory}${entry.name}`;
      if (entry.isDirectory()) {
        if (!item.recursive) continue;
        if (isSafeName(entry.name)) this.#walkDirectory(home, `${path}/`, item, config, found, problems);
        else problems.push({ path, message: 'the name of this directory cannot be carried to other nodes' });
      } else if (isWanted(entry.name, item, config)) {
        if (!isSafeName(entry.name))
          problems.push({ path, message: 'this name cannot be carried to other nodes' });
        else if (!entry.isFile())
          problems.push({ path, message: 'only plain files are synchronised, links are not followed' });
        else this.#stat(home, path, found, problems);
      }
    }
  }

  #list(home: string, directory: string, problems: Problem[]): Dirent[] {
    try {
      return readdirSync(join(home, directory), { withFileTypes: true });
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      // A directory that does not exist (yet, or any more) has no files; that is no news.
      if (code !== 'ENOENT') problems.push({ path: directory, message });
      return [];
    }
  }

  #stat(
    home: string,
    path: string,
    found: (path: string, identity: FileIdentity) => void,
    problems: Problem[],
  ): void {
    const stats = lstatSync(join(home, path), { bigint: true, throwIfNoEntry: false });
    if (stats === undefined) return; // it went while we looked: gone is gone
    if (!isPlainPath(path)) problems.push({ path, message: 'this path is too long for other nodes' });
    else if (stats.isFile()) found(path, identityOf(stats));
    else problems.push({ path, message: 'only plain files are synchronised, links are not followed' });
  }
}

/** False if a directory on the way is a link or the like: what lies behind it is not of this home. */
function isPlainDirectory(home: string, key: string, problems: Problem[]): boolean {
  let path = '';
  for (const name of key.split('/').filter((part) => part !== '')) {
    path = `${path}${name}/`;
    const stats = lstatSync(join(home, path.slice(0, -1)), { throwIfNoEntry: false });
    if (stats === undefined) return false;
    if (stats.isDirectory()) continue;
    problems.push({ path, message: 'it is no directory, links are not followed' });
    return false;
  }
  return true;
}
