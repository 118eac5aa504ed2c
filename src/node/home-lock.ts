import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { MusterError } from '../protocol/errors.ts';

const LOCK_FILE = 'var/run/muster.lock';
/** Somebody else may remove a stale lock at the same moment; after so many tries something else is wrong. */
const MAX_TRIES = 5;

/** Who holds a home: its process, and when that process started, since process numbers are used again. */
interface Holder {
  pid: number;
  startTicks: string;
}

/** Takes a home for this process. Throws 3117 if a living process has it, 3119. Returns what gives it back. */
export function lockHome(home: string): () => void {
  const path = join(home, LOCK_FILE);
  const me: Holder = { pid: process.pid, startTicks: startTicksOf(process.pid) ?? '' };
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    if (create(path, me)) return () => rmSync(path, { force: true });
    const holder = read(path);
    if (holder !== null && startTicksOf(holder.pid) === holder.startTicks) {
      throw new MusterError(3117, `${home} is served by process ${holder.pid}`);
    }
    rmSync(path, { force: true });
  }
  throw new MusterError(3119, `${path}: cannot be taken`);
}

function create(path: string, holder: Holder): boolean {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o770 });
    const file = openSync(path, 'wx', 0o640);
    writeFileSync(file, JSON.stringify(holder));
    closeSync(file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw new MusterError(3119, `${path}: ${(error as Error).message}`, { cause: error });
  }
}

function read(path: string): Holder | null {
  try {
    const { pid, startTicks } = JSON.parse(readFileSync(path, 'utf8')) as Partial<Holder>;
    return typeof pid === 'number' && typeof startTicks === 'string' ? { pid, startTicks } : null;
  } catch {
    return null; // written halfway by a process that died, or removed just now
  }
}

/** When a process started, in the kernel's ticks; null if it does not live. */
function startTicksOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
  } catch {
    return null; // no such process
  }
}
