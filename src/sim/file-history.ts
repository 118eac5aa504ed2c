import type { FileState } from './excuses.ts';
import type { Tree } from './tree.ts';

/** What each file ever was in the sets of a master. */
export class FileHistory {
  readonly #states = new Map<string, Set<FileState>>();
  #last: Tree | null = null;

  add(set: Tree): void {
    for (const path of this.#last?.keys() ?? []) if (!set.has(path)) this.#states.get(path)?.add(null);
    for (const [path, digest] of set) this.#statesOf(path).add(digest);
    this.#last = set;
  }

  has(path: string, state: FileState): boolean {
    return this.#states.get(path)?.has(state) ?? state === null;
  }

  #statesOf(path: string): Set<FileState> {
    let states = this.#states.get(path);
    if (states === undefined) {
      // It was not there before, unless it was from the beginning.
      states = new Set(this.#last === null ? [] : [null]);
      this.#states.set(path, states);
    }
    return states;
  }
}
