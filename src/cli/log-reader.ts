import { type FileHandle, open, stat } from 'node:fs/promises';
import { StringDecoder } from 'node:string_decoder';
import { setTimeout as pause } from 'node:timers/promises';
import { inHome } from '../config/home.ts';
import { homeTrouble } from '../config/home-trouble.ts';
import { fileSystemError } from '../config/system-words.ts';
import { MusterError } from '../protocol/errors.ts';

const POLL_MS = 250;
const PART_BYTES = 65_536;
/** Bytes that are looked at for the last lines; a line beyond that is cut. */
const MAX_TAIL_BYTES = 67_108_864;
const LINE_FEED = 10;

/** Reads the log of a home: its end, and what comes. Rejects with 3119. */
export class LogReader {
  readonly #home: string;
  readonly #path: string;
  #file: FileHandle | null = null;
  #at = 0;
  #decoder = new StringDecoder('utf8');
  /** The beginning of a line that has no end yet. */
  #rest = '';

  constructor(home: string) {
    this.#home = home;
    this.#path = inHome(home, 'clusterLog');
  }

  /** The last lines that are whole; `follow` goes on behind them. */
  async last(count: number): Promise<string[]> {
    try {
      this.#file = await open(this.#path, 'r');
      const { size } = await this.#file.stat();
      let [start, text] = [size, Buffer.alloc(0)];
      // One line feed more than lines: the one before the first of them.
      while (start > 0 && countLineFeeds(text) <= count && size - start < MAX_TAIL_BYTES) {
        const length = Math.min(PART_BYTES, start);
        start -= length;
        const part = Buffer.alloc(length);
        await this.#file.read(part, 0, length, start);
        text = Buffer.concat([part, text]);
      }
      const end = text.lastIndexOf(LINE_FEED) + 1;
      this.#at = start + end;
      const lines = text.toString('utf8', 0, end).split('\n').slice(0, -1);
      return count === 0 ? [] : lines.slice(-count);
    } catch (error) {
      throw await this.#absent(error);
    }
  }

  /** Tells each line as it comes, until `signal` aborts. */
  async follow(tell: (line: string) => void, signal: AbortSignal): Promise<void> {
    try {
      while (!signal.aborted) {
        await this.#read(tell);
        if (await this.#isReplaced()) await this.#reopen(tell);
        // Whoever interrupts does not wait for it.
        await pause(POLL_MS, undefined, { signal }).catch(() => {});
      }
    } catch (error) {
      throw fileSystemError(this.#path, error);
    } finally {
      await this.#file?.close();
    }
  }

  async #absent(cause: unknown): Promise<MusterError> {
    const trouble = await homeTrouble(this.#home);
    if (trouble !== null) return new MusterError(3119, trouble, { cause });
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') return fileSystemError(this.#path, cause);
    const words = `${this.#path} is not there: no node has run on this home yet`;
    return new MusterError(3119, words, { cause });
  }

  async #read(tell: (line: string) => void): Promise<void> {
    const part = Buffer.alloc(PART_BYTES);
    for (;;) {
      const { bytesRead = 0 } = (await this.#file?.read(part, 0, PART_BYTES, this.#at)) ?? {};
      if (bytesRead === 0) return;
      this.#at += bytesRead;
      const lines = (this.#rest + this.#decoder.write(part.subarray(0, bytesRead))).split('\n');
      this.#rest = lines.pop() ?? '';
      for (const line of lines) tell(line);
    }
  }

  /** Another file stands at the path, or this one was emptied. */
  async #isReplaced(): Promise<boolean> {
    const there = await stat(this.#path).catch(() => null); // it may just be put away
    const own = await this.#file?.stat();
    return there !== null && (there.ino !== own?.ino || there.size < this.#at);
  }

  /** What was written into the old one before it was put away is told before. */
  async #reopen(tell: (line: string) => void): Promise<void> {
    await this.#read(tell);
    await this.#file?.close();
    this.#file = await open(this.#path, 'r');
    this.#at = 0;
    this.#rest = '';
    this.#decoder = new StringDecoder('utf8');
  }
}

function countLineFeeds(text: Buffer): number {
  let count = 0;
  for (const byte of text) if (byte === LINE_FEED) count += 1;
  return count;
}
