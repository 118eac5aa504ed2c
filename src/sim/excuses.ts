import type { Inode } from './disk.ts';

/** What the master says of a file that it leaves out of what it sends to a worker. */
const LEFT_OUT = /^\S+ master warning \[Worker (\S+)\] \[Integrity sync\] (\S+) is left to the next round: /;
/** What the master says when it has compared what a worker has with its own files. */
const COMPARED = /^\S+ master info \[Worker (\S+)\] \[Integrity check\] Finished in /;
/** What a worker says when a set is in place. */
const IN_PLACE = /^\S+ (\S+) info \[Worker \1\] \[Integrity sync\] Finished in /;

export type News =
  | { readonly worker: string; readonly what: 'left out'; readonly path: string }
  | { readonly worker: string; readonly what: 'compared' | 'in place' };

/** What a line of the trace says of the round of a worker, if it says anything. */
export function newsOf(line: string): News | null {
  if (!line.includes('[Integrity ')) return null;
  const [, worker, path] = LEFT_OUT.exec(line) ?? [];
  if (worker !== undefined && path !== undefined) return { worker, what: 'left out', path };
  const compared = COMPARED.exec(line)?.[1];
  if (compared !== undefined) return { worker: compared, what: 'compared' };
  const done = IN_PLACE.exec(line)?.[1];
  return done === undefined ? null : { worker: done, what: 'in place' };
}

/** What a file is: the digest of its content, or that there is none. */
export type FileState = string | null;

/** Why the set of one worker may be none that its master has published, until it is in step again. */
export class Excuses {
  /** Files that somebody changed here, with all that they were made. */
  readonly #tampered = new Map<string, Set<FileState>>();
  /** Files that the master left out of rounds, and whether such a round is in place. */
  readonly #leftOut = new Map<string, 'announced' | 'in place'>();
  #hasHadSet = false;
  /** Files whose contents were lost with the power, as what is left of them. */
  readonly #damaged = new Map<Inode, number>();

  /** Before its first set it may have nothing but what somebody put there. */
  get hasHadSet(): boolean {
    return this.#hasHadSet;
  }

  /**
   * Whether the file may be what it is here, and not what it is in a set of the master: something that the master had too, in
   * one set or another, or that somebody made of it.
   */
  hasFor(path: string, state: FileState, isMasters: (path: string, state: FileState) => boolean): boolean {
    const made = this.#tampered.get(path);
    if (made?.has(state)) return true;
    return (made !== undefined || this.#leftOut.has(path)) && isMasters(path, state);
  }

  tampered(path: string, state: FileState): void {
    const made = this.#tampered.get(path) ?? new Set();
    this.#tampered.set(path, made.add(state));
  }

  damaged(files: readonly Inode[]): void {
    for (const file of files) this.#damaged.set(file, file.version);
  }

  /** Whether this file is still what a loss of power has left of it. */
  isDamaged(file: Inode | null): boolean {
    return file !== null && this.#damaged.get(file) === file.version;
  }

  heard(news: News): void {
    if (news.what === 'left out') this.#leftOut.set(news.path, 'announced');
    else if (news.what === 'in place')
      for (const path of this.#leftOut.keys()) this.#leftOut.set(path, 'in place');
  }

  /**
   * Its set is one of the master's. Only a round that was announced and is not in place yet may bring another file. What
   * somebody changed here may by chance have made it one that the master had before: only the newest says that it is mended.
   */
  inStep({ isNewest }: { isNewest: boolean }): void {
    if (isNewest) this.#tampered.clear();
    for (const [path, state] of this.#leftOut) if (state === 'in place') this.#leftOut.delete(path);
    this.#hasHadSet = true;
    this.#damaged.clear();
  }
}
