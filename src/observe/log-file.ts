import {
  closeSync,
  createReadStream,
  createWriteStream,
  existsSync,
  fchmodSync,
  fstatSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { inHome } from '../config/home.ts';
import { fileSystemError, systemWords } from '../config/system-words.ts';
import { Sink } from './sink.ts';
import { WriteTrouble } from './write-trouble.ts';

const FILE_MODE = 0o660;
const ROTATED_DIRECTORY_MODE = 0o750;
const ROTATED_FILE_MODE = 0o640;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** Lines that the file did not take before it was closed. */
export interface Unwritten {
  readonly lines: readonly string[];
  /** The same, and those that were dropped before. */
  readonly count: number;
  readonly why: string;
}

/**
 * `logs/cluster.log`. With the first line of a new day (local time) the old day's file is put away as
 * `logs/cluster/<year>/<month>/cluster.log-<day>.gz`. `reopen` is for tools that move the file themselves.
 */
export class LogFile {
  readonly #path: string;
  readonly #rotated: string;
  readonly #rotates: boolean;
  readonly #sink: Sink;
  #day: string;
  #packing: Promise<void> = Promise.resolve();
  #rotationFailure: Error | null = null;
  readonly #trouble = new WriteTrouble();
  #lastFailure: Error | null = null;

  /** Rejects nothing later: failures are kept for `takeNotices`. Throws 3119 if the file cannot be opened. */
  constructor(home: string, options: { rotates: boolean; nowMs: number }) {
    this.#path = inHome(home, 'clusterLog');
    this.#rotated = inHome(home, 'rotatedLogs');
    this.#rotates = options.rotates;
    const { fd, modifiedMs } = open(this.#path);
    this.#sink = new Sink(fd, { patient: true });
    this.#day = dayOf(modifiedMs ?? options.nowMs);
  }

  write(line: string, timeMs: number): void {
    if (this.#rotates && dayOf(timeMs) > this.#day) this.#rotate(timeMs);
    this.#sink.write(line);
  }

  /** Closes the file and opens the path anew. What the one does not take the other is given. */
  reopen(): void {
    this.#sink.moveTo(open(this.#path).fd);
  }

  /** How many lines are missing above the next one; 0 as long as it is not known. Forgets them. */
  takeLostLines(): number {
    return this.#sink.takeLostLines();
  }

  /** What is to be told of it elsewhere, now that a line was written at this time. */
  takeNotices(timeMs: number): string[] {
    const failure = this.#sink.takeFailure();
    this.#lastFailure = failure ?? this.#lastFailure;
    const notices = [
      this.#rotationFailure?.message ?? null,
      this.#trouble.note(failure === null ? null : systemWords(failure), this.#sink.isCaughtUp, timeMs),
    ];
    this.#rotationFailure = null;
    return notices.filter((notice) => notice !== null);
  }

  /** Resolves when a rotated file, if there is one under way, is packed. Tells what the file did not take. */
  async close(): Promise<Unwritten | null> {
    const rest = this.#sink.close();
    const failure = this.#sink.takeFailure() ?? this.#lastFailure;
    await this.#packing;
    const lines = rest.split('\n').filter((line) => line !== '');
    const count = lines.length + this.#sink.lostLines;
    const why = failure === null ? 'it was not taken in time' : systemWords(failure);
    return count === 0 ? null : { lines, count, why };
  }

  /** A failure to rotate must not cost the line: the old file goes on, and the next day tries again. */
  #rotate(timeMs: number): void {
    const [year = '', month = '', day = ''] = this.#day.split('/');
    this.#day = dayOf(timeMs);
    try {
      const directory = join(this.#rotated, year, MONTHS[Number(month) - 1] ?? month);
      mkdirSync(directory, { recursive: true, mode: ROTATED_DIRECTORY_MODE });
      const target = freeName(join(directory, `cluster.log-${day}`));
      renameSync(this.#path, target);
      this.reopen();
      this.#packing = this.#packing.then(() => pack(target)).catch((error: Error) => this.#fail(error));
    } catch (error) {
      this.#fail(error as Error);
    }
  }

  #fail(error: Error): void {
    this.#rotationFailure = error;
  }
}

/** Opens for appending; the mode holds whatever the umask is. The time is that of the last line, null without one. */
function open(path: string): { fd: number; modifiedMs: number | null } {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o770 });
    const fd = openSync(path, 'a', FILE_MODE);
    const { size, mtimeMs, mode } = fstatSync(fd);
    try {
      if ((mode & 0o777) !== FILE_MODE) fchmodSync(fd, FILE_MODE);
    } catch (error) {
      closeSync(fd);
      throw error;
    }
    return { fd, modifiedMs: size > 0 ? mtimeMs : null };
  } catch (error) {
    throw fileSystemError(path, error);
  }
}

async function pack(path: string): Promise<void> {
  await pipeline(
    createReadStream(path),
    createGzip(),
    createWriteStream(`${path}.gz`, { mode: ROTATED_FILE_MODE, flags: 'wx' }),
  );
  rmSync(path);
}

/** A day can end twice where clocks are set back; nothing is overwritten. */
function freeName(path: string): string {
  let name = path;
  for (let n = 1; existsSync(name) || existsSync(`${name}.gz`); n += 1) name = `${path}.${n}`;
  return name;
}

/** `2026/11/23`: sorts as time does. */
function dayOf(timeMs: number): string {
  const at = new Date(timeMs);
  const parts = [at.getFullYear(), at.getMonth() + 1, at.getDate()];
  return parts.map((part) => String(part).padStart(2, '0')).join('/');
}
