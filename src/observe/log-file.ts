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
import { fileSystemError } from '../config/system-words.ts';
import { Sink } from './sink.ts';

const FILE_MODE = 0o660;
const ROTATED_DIRECTORY_MODE = 0o750;
const ROTATED_FILE_MODE = 0o640;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/**
 * `logs/cluster.log`. With the first line of a new day (local time) the old day's file is put away as
 * `logs/cluster/<year>/<month>/cluster.log-<day>.gz`. `reopen` is for tools that move the file themselves.
 */
export class LogFile {
  readonly #path: string;
  readonly #rotated: string;
  readonly #rotates: boolean;
  #sink: Sink;
  #day: string;
  #packing: Promise<void> = Promise.resolve();
  #failure: Error | null = null;

  /** Rejects nothing later: failures are kept for `takeFailure`. Throws 3119 if the file cannot be opened. */
  constructor(home: string, options: { rotates: boolean; nowMs: number }) {
    this.#path = inHome(home, 'clusterLog');
    this.#rotated = inHome(home, 'rotatedLogs');
    this.#rotates = options.rotates;
    const { sink, modifiedMs } = open(this.#path);
    this.#sink = sink;
    this.#day = dayOf(modifiedMs ?? options.nowMs);
  }

  write(line: string, timeMs: number): void {
    if (this.#rotates && dayOf(timeMs) > this.#day) this.#rotate(timeMs);
    this.#sink.write(line);
  }

  /** Closes the file and opens the path anew. */
  reopen(): void {
    const { sink } = open(this.#path);
    this.#sink.close();
    this.#sink = sink;
  }

  takeFailure(): Error | null {
    const failure = this.#failure ?? this.#sink.takeFailure();
    this.#failure = null;
    return failure;
  }

  /** Resolves when a rotated file, if there is one under way, is packed. */
  async close(): Promise<void> {
    this.#sink.close();
    await this.#packing;
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
    this.#failure = error;
  }
}

/** Opens for appending; the mode holds whatever the umask is. The time is that of the last line, null without one. */
function open(path: string): { sink: Sink; modifiedMs: number | null } {
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
    return { sink: new Sink(fd, { patient: true }), modifiedMs: size > 0 ? mtimeMs : null };
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
