import { type FSWatcher, watch } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { FilesConfig } from '../config/node-config.ts';
import { MusterError } from '../protocol/errors.ts';
import { MAX_WATCHED_DIRECTORIES } from './limits.ts';

export interface WatchOptions {
  home: string;
  config: FilesConfig;
  /** Changes that follow each other so closely are told once. */
  debounceMs: number;
  /** Something below the synchronised directories may have changed. */
  onChange(): void;
  /** Some directories cannot be watched; changes there are found by the periodic scan. */
  onError(error: MusterError): void;
}

/**
 * Tells at once that files changed, so that nobody has to look for it. What changed is for a scan to find: a missed or
 * doubled event does no harm.
 */
export class FileWatcher {
  readonly #options: WatchOptions;
  readonly #watchers = new Map<string, FSWatcher>();
  #timer: NodeJS.Timeout | null = null;
  #refreshing: Promise<void> | null = null;
  #hasFailed = false;
  #isClosed = false;

  constructor(options: WatchOptions) {
    this.#options = options;
    void this.#refresh();
  }

  close(): void {
    this.#isClosed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    for (const watcher of this.#watchers.values()) watcher.close();
    this.#watchers.clear();
  }

  /** Resolves when all directories that exist now are watched. */
  async ready(): Promise<void> {
    await this.#refresh();
  }

  #changed(): void {
    if (this.#isClosed || this.#timer !== null) return;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#options.onChange();
      void this.#refresh().then((isNew) => {
        // What was written into a new directory before it was watched has told nobody.
        if (isNew) this.#changed();
      });
    }, this.#options.debounceMs);
  }

  /** Follows the directories that came and went. True if there are new ones. */
  async #refresh(): Promise<boolean> {
    await this.#refreshing;
    let isNew = false;
    this.#refreshing = (async () => {
      const wanted = await this.#directories();
      for (const [path, watcher] of this.#watchers) {
        if (wanted.has(path)) continue;
        watcher.close();
        this.#watchers.delete(path);
      }
      for (const path of wanted) {
        if (this.#watchers.has(path) || this.#isClosed) continue;
        isNew = this.#watch(path) || isNew;
      }
    })();
    await this.#refreshing;
    return isNew;
  }

  async #directories(): Promise<Set<string>> {
    const found = new Set<string>();
    for (const item of this.#options.config.items) {
      let path = join(this.#options.home, item.key);
      const isThere = await this.#collect(path, item.recursive, found);
      // Until the directory is made, its nearest parent tells of that.
      while (!isThere && path.length > this.#options.home.length) {
        path = dirname(path);
        if (await this.#collect(path, false, found)) break;
      }
    }
    return found;
  }

  async #collect(path: string, isRecursive: boolean, found: Set<string>): Promise<boolean> {
    if (found.size >= MAX_WATCHED_DIRECTORIES) {
      this.#failed(new MusterError(3113, `more than ${MAX_WATCHED_DIRECTORIES} directories`));
      return true;
    }
    const entries = await readdir(path, { withFileTypes: true }).catch(() => null);
    if (entries === null) return false;
    found.add(path);
    if (isRecursive) {
      for (const entry of entries)
        if (entry.isDirectory()) await this.#collect(join(path, entry.name), true, found);
    }
    return true;
  }

  #watch(path: string): boolean {
    try {
      const name = basename(path);
      const watcher = watch(path, { persistent: false }, (type, changed) => {
        // That is what the end of the directory itself looks like. If it was made again, another one is to be watched.
        if (type === 'rename' && changed === name) this.#forget(path, watcher);
        this.#changed();
      });
      watcher.on('error', (error) => {
        this.#forget(path, watcher);
        this.#failed(new MusterError(3119, `${path}: ${error.message}`, { cause: error }));
      });
      this.#watchers.set(path, watcher);
      return true;
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      if (code !== 'ENOENT') this.#failed(new MusterError(3119, `${path}: ${message}`, { cause: error }));
      return false;
    }
  }

  #forget(path: string, watcher: FSWatcher): void {
    watcher.close();
    if (this.#watchers.get(path) === watcher) this.#watchers.delete(path);
  }

  /** Told once: the reason is the same for all. */
  #failed(error: MusterError): void {
    if (this.#hasFailed || this.#isClosed) return;
    this.#hasFailed = true;
    this.#options.onError(error);
  }
}
