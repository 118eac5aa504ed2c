export interface LogLine {
  /** Milliseconds since the epoch. */
  readonly timeMs: number;
  /** `[subtag] message`. */
  readonly text: string;
}

interface Waiter {
  readonly pattern: RegExp;
  resolve(line: LogLine): void;
  reject(error: Error): void;
}

const DEADLINE_MS = 180_000;
/** What of the output stands in the message of a failure. */
const TAIL_LINES = 20;

/** Makes a line of the log of what a node printed; null of what is none. */
export type ReadLine = (text: string) => LogLine | null;

/** JSON, which carries milliseconds. */
export function jsonLine(text: string): LogLine | null {
  if (!text.startsWith('{')) return null;
  const { time, subtag, msg } = JSON.parse(text) as { time: number; subtag: string; msg: string };
  return { timeMs: time, text: `[${subtag}] ${msg}` };
}

/** The lines of a node, as they come. */
export class LogLines {
  readonly all: LogLine[] = [];
  readonly #name: string;
  readonly #read: ReadLine;
  #rest = '';
  #errors = '';
  #waiters: Waiter[] = [];
  #ended: string | null = null;

  constructor(name: string, read: ReadLine) {
    this.#name = name;
    this.#read = read;
  }

  /**
   * The first line, of those that have come or will come, that fits and is not older than `sinceMs`. Resolves in the turn
   * in which the line is read, so that what is sampled then belongs to it. Rejects when the node ends or the deadline
   * passes.
   */
  first(pattern: RegExp, sinceMs = 0): Promise<LogLine> {
    const found = this.all.find(({ timeMs, text }) => timeMs >= sinceMs && pattern.test(text));
    return found !== undefined ? Promise.resolve(found) : this.next(pattern);
  }

  /** The next line to come that fits. */
  next(pattern: RegExp): Promise<LogLine> {
    if (this.#ended !== null) return Promise.reject(this.#failure(this.#ended));
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => reject(this.#failure(`${this.#name} did not say ${pattern} within ${DEADLINE_MS} ms`)),
        DEADLINE_MS,
      );
      const settle =
        <Value>(end: (value: Value) => void) =>
        (value: Value) => {
          clearTimeout(timer);
          end(value);
        };
      this.#waiters.push({ pattern, resolve: settle(resolve), reject: settle(reject) });
    });
  }

  /** Those that fit, of what has come. */
  matching(pattern: RegExp): LogLine[] {
    return this.all.filter(({ text }) => pattern.test(text));
  }

  push(text: string): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.#take(line);
  }

  pushError(text: string): void {
    this.#errors += text;
  }

  end(why: string): void {
    this.#ended = why;
    for (const waiter of this.#waiters.splice(0)) waiter.reject(this.#failure(why));
  }

  #take(text: string): void {
    const line = this.#read(text);
    if (line === null) return;
    this.all.push(line);
    this.#waiters = this.#waiters.filter((waiter) => {
      if (!waiter.pattern.test(line.text)) return true;
      waiter.resolve(line);
      return false;
    });
  }

  #failure(why: string): Error {
    const tail = this.all.slice(-TAIL_LINES).map(({ text }) => text);
    return new Error([why, ...tail, this.#errors].join('\n'));
  }
}
