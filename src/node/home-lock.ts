import { createHash, randomUUID } from 'node:crypto';
import {
  closeSync,
  constants,
  fstatSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileSystemError } from '../config/system-words.ts';
import { MusterError } from '../protocol/errors.ts';

const LOCK_FILE = 'var/run/muster.lock';
/** A lock is shorter. */
const MAX_LOCK_BYTES = 4_096;
/** The lock may come and go while it is looked at; after so many tries something else is wrong. */
const MAX_TRIES = 5;
/** Processes that died, one after the other, while they took the same stale lock away. */
const MAX_DEAD_REMOVERS = 16;

/** Who holds a home: its process, and when that process started, since process numbers are used again. */
interface Holder {
  pid: number;
  startTicks: string;
}

/**
 * Takes a home for this process. Throws 3117 if a living process has it or is taking it, 3119. Returns what gives it back.
 *
 * Whoever wants the lock writes a file of its own and links it to the name of the lock: the lock is there whole or not
 * at all, and one of many gets it.
 */
export function lockHome(home: string): () => void {
  const path = join(home, LOCK_FILE);
  const own = `${path}.${randomUUID()}`;
  const text = JSON.stringify({
    pid: process.pid,
    startTicks: startTicksOf(process.pid) ?? '',
    lock: randomUUID(),
  });
  const unlock = () => {
    if (read(path) === text) rmSync(path, { force: true });
  };
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o770 });
    writeFileSync(own, text, { mode: 0o640, flag: 'wx' });
    for (let tries = 0; tries < MAX_TRIES; tries += 1) {
      if (link(own, path)) return unlock;
      const standing = read(path);
      if (standing === null) continue;
      refuseIfLives(standing, (pid) => `${home} is served by process ${pid}`);
      removeStale(path, standing, own);
    }
  } catch (error) {
    if (error instanceof MusterError) throw error;
    throw fileSystemError(path, error);
  } finally {
    rmSync(own, { force: true });
  }
  throw new MusterError(3119, `${path}: cannot be taken`);
}

/**
 * The process that serves a home; null if none does. A lock is believed if it belongs to the user as whom its process runs:
 * whoever can write below a home must not choose a process that root sends a signal to. Throws 3119.
 */
export function servingProcess(home: string): number | null {
  const path = join(home, LOCK_FILE);
  let file: number | null = null;
  try {
    file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    const found = fstatSync(file);
    const holder =
      found.isFile() && found.size <= MAX_LOCK_BYTES ? holderOf(readFileSync(file, 'utf8')) : null;
    if (holder === null || startTicksOf(holder.pid) !== holder.startTicks) return null;
    return userOf(holder.pid) === found.uid ? holder.pid : null;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // Whoever runs the node lays no link there.
    if (code === 'ENOENT' || code === 'ELOOP') return null;
    throw fileSystemError(path, error);
  } finally {
    if (file !== null) closeSync(file);
  }
}

/**
 * Removes the lock of a dead process. Two that see the same stale lock must not both remove: the second would remove the
 * new lock of the first. So the right to remove a lock of this content is itself taken by a link; that of a remover that
 * died passes on by the next number. Whoever has the right looks again: the lock may have been removed before.
 */
function removeStale(path: string, stale: string, own: string): void {
  const right = `${path}.stale-${createHash('sha256').update(stale).digest('hex').slice(0, 32)}`;
  for (let number = 0; number < MAX_DEAD_REMOVERS; number += 1) {
    if (link(own, `${right}-${number}`)) {
      if (read(path) === stale) rmSync(path, { force: true });
      for (let mine = number; mine >= 0; mine -= 1) rmSync(`${right}-${mine}`, { force: true });
      return;
    }
    const remover = read(`${right}-${number}`);
    if (remover === null) return; // done just now
    refuseIfLives(remover, (pid) => `process ${pid} is taking it`);
  }
  throw new MusterError(3119, `${path}: remove it and ${right}-*`);
}

/** Throws 3117 if the holder that a lock names lives. */
function refuseIfLives(text: string, words: (pid: number) => string): void {
  const holder = holderOf(text);
  if (holder !== null && startTicksOf(holder.pid) === holder.startTicks) {
    throw new MusterError(3117, words(holder.pid));
  }
}

/** Gives a file a second name; false if there is a file of that name. */
function link(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Null if there is no such file (any more). */
function read(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/** Null for a text that no node wrote, or that a machine which lost power kept halfway. */
function holderOf(text: string): Holder | null {
  try {
    const { pid, startTicks } = JSON.parse(text) as Partial<Holder>;
    return typeof pid === 'number' && typeof startTicks === 'string' ? { pid, startTicks } : null;
  } catch {
    return null; // not JSON: nobody who lives holds it
  }
}

/** States of /proc/<pid>/stat: zombie and dead. */
const DEAD: readonly string[] = ['Z', 'X', 'x'];

/** The user as whom a process acts; null if it does not live. */
function userOf(pid: number): number | null {
  try {
    const [, , effective] = /^Uid:\t(\d+)\t(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return effective === undefined ? null : Number(effective);
  } catch {
    return null; // no such process
  }
}

/** When a process started, in the kernel's ticks; null if it does not live. */
function startTicksOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // A process that is dead and has not been buried by its parent serves no home.
    return DEAD.includes(fields[0] ?? '') ? null : (fields[19] ?? null);
  } catch {
    return null; // no such process
  }
}
