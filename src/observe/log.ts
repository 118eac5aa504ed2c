import { writeSync } from 'node:fs';
import { isatty } from 'node:tty';
import { pino } from 'pino';
import type { LogLevel } from '../config/node-config.ts';
import { MusterError } from '../protocol/errors.ts';
import { CENSORED } from '../secret-names.ts';
import { LogFile, type Unwritten } from './log-file.ts';
import { formatLine, type LogRecord } from './look.ts';
import { Redactor, SECRET_FIELDS } from './redact.ts';
import { Sink } from './sink.ts';

/** What a line may carry beside its text. Fields stand in JSON only; `error` is also added to the text. */
export type LogFields = { error?: unknown } & Record<string, unknown>;

type Write = (message: string, fields?: LogFields) => void;

/** A log whose lines carry a fixed tag and subtag: `[Worker worker1] [Integrity check]`. */
export interface TaggedLog {
  /** Whether anybody reads what `debug` writes: long lists are not made for nobody. */
  readonly isDebug: boolean;
  readonly debug2: Write;
  readonly debug: Write;
  readonly info: Write;
  readonly warning: Write;
  readonly error: Write;
}

export interface Logger {
  /** Lines of one component. Tags and subtags: the specification's Troubleshooting section and its examples. */
  tagged(tag: string, subtag: string): TaggedLog;
  /** Tells of texts that must never stand in the log: the cluster key above all. */
  addSecrets(secrets: readonly string[]): void;
  /** A text without these, for whatever else shows what the node does. */
  redact(text: string): string;
  /** Opens logs/cluster.log anew; SIGHUP does it too. */
  reopen(): void;
  /** Writes what waits. */
  flush(): void;
  /** Writes what waits and closes the file. Lines logged later go nowhere. */
  close(): Promise<void>;
}

export interface LoggerOptions {
  level: LogLevel;
  /** Where logs/cluster.log is written; null writes no file. */
  home: string | null;
  /** What standard output gets: `look` (the specification's), `json`, `none`; `auto` is the look on a terminal and JSON elsewhere. */
  terminal: 'auto' | 'look' | 'json' | 'none';
  secrets?: readonly string[];
  /** Whether the file is put away when the day changes. */
  rotates?: boolean;
  /** Where standard output is; for tests. */
  fd?: number;
  /** Milliseconds since the epoch; for tests. */
  now?: () => number;
}

const STDERR_FD = 2;
/** Of the lines that could not be written; the last ones say why the node ends. */
const MAX_TOLD_LINES = 10;

/** The five levels of existing installations, in pino's manner. */
const LEVEL_VALUES: Record<LogLevel, number> = { debug2: 10, debug: 20, info: 30, warning: 40, error: 50 };

/** Makes the log of a process. Throws 3119 if the file cannot be opened. */
export function createLogger(options: LoggerOptions): Logger {
  const now = options.now ?? Date.now;
  const redactor = new Redactor();
  redactor.add(options.secrets ?? []);
  const outputs = new Outputs(options, now());
  const root = pino(
    {
      level: options.level,
      customLevels: LEVEL_VALUES,
      useOnlyCustomLevels: true,
      base: null,
      redact: { paths: [...SECRET_FIELDS], censor: CENSORED },
      formatters: { level: (label) => ({ level: label }) },
      timestamp: () => `,"time":${now()}`,
    },
    { write: (line: string) => outputs.write(redactor.redact(line)) },
  );
  const withStack = options.level === 'debug2';
  const reopen = () => outputs.reopen();
  if (options.home !== null) process.on('SIGHUP', reopen);
  return {
    tagged: (tag, subtag) => {
      const child = root.child({ tag, subtag });
      const at = (level: LogLevel): Write => {
        return (message, fields) => child[level](...record(message, fields, withStack));
      };
      return {
        isDebug: child.isLevelEnabled('debug'),
        debug2: at('debug2'),
        debug: at('debug'),
        info: at('info'),
        warning: at('warning'),
        error: at('error'),
      };
    },
    addSecrets: (secrets) => redactor.add(secrets),
    redact: (text) => redactor.redact(text),
    reopen,
    flush: () => outputs.flush(),
    close: () => {
      process.off('SIGHUP', reopen);
      return outputs.close();
    },
  };
}

/** The fields and the text of a line. An error becomes plain data, so that no unknown object is walked. */
function record(message: string, fields: LogFields | undefined, withStack: boolean): [object, string] {
  if (fields?.error === undefined) return [fields ?? {}, message];
  const { error, ...others } = fields;
  const known = MusterError.from(error);
  const text = error instanceof MusterError ? known.toLog() : (known.detail ?? known.message);
  const stack = withStack && error instanceof Error ? { stack: stackOf(error) } : {};
  const plain = { code: known.code, message: known.message };
  return [{ ...others, error: plain, ...stack }, message === '' ? text : `${message}: ${text}`];
}

/** Causes one below the other, down to a depth that no honest error exceeds. */
function stackOf(error: Error): string {
  const stacks: string[] = [];
  let current: unknown = error;
  while (current instanceof Error && stacks.length < 5) {
    stacks.push(`${stacks.length === 0 ? '' : 'Caused by: '}${current.stack ?? current.message}`);
    current = current.cause;
  }
  return stacks.join('\n');
}

/** The places where a line goes. */
class Outputs {
  readonly #terminal: Sink | null;
  readonly #looks: boolean;
  readonly #coloured: boolean;
  readonly #file: LogFile | null;
  #open = true;

  constructor(options: LoggerOptions, nowMs: number) {
    const fd = options.fd ?? 1;
    const isTerminal = isatty(fd);
    this.#terminal = options.terminal === 'none' ? null : new Sink(fd, { patient: false });
    this.#looks = options.terminal === 'look' || (options.terminal === 'auto' && isTerminal);
    this.#coloured = isTerminal && process.env.NO_COLOR === undefined;
    this.#file =
      options.home === null ? null : new LogFile(options.home, { rotates: options.rotates ?? true, nowMs });
  }

  write(line: string): void {
    if (!this.#open) return;
    const parsed: LogRecord | null = this.#looks || this.#file !== null ? JSON.parse(line) : null;
    if (this.#terminal !== null) {
      const lost = this.#terminal.takeLostLines();
      if (lost > 0) this.#tell(`${lost} lines were lost here: the reader is too slow`);
      this.#terminal.write(this.#looks && parsed !== null ? formatLine(parsed, this.#coloured) : line);
    }
    if (parsed !== null) this.#writeFile(parsed);
  }

  #writeFile(record: LogRecord): void {
    const file = this.#file;
    if (file === null) return;
    const lost = file.takeLostLines();
    const notice = noticeOf(`${lost} lines were lost here: they had no room on the disk`, record.time);
    if (lost > 0) file.write(formatLine(notice, false), record.time);
    file.write(formatLine(record, false), record.time);
    for (const words of file.takeNotices(record.time)) this.#tell(`logs/cluster.log: ${words}`);
  }

  reopen(): void {
    try {
      this.#file?.reopen();
    } catch (error) {
      this.#tell((error as Error).message);
    }
  }

  flush(): void {
    this.#terminal?.flush();
  }

  async close(): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    // Written at once, the rest would overtake the line that is under way.
    await this.#terminal?.drained();
    this.#terminal?.flush();
    const unwritten = (await this.#file?.close()) ?? null;
    if (unwritten !== null) tellUnwritten(unwritten, this.#terminal !== null);
  }

  /** A line of the log about the log. */
  #tell(msg: string): void {
    const line = noticeOf(msg, Date.now());
    this.#terminal?.write(this.#looks ? formatLine(line, this.#coloured) : `${JSON.stringify(line)}\n`);
  }
}

const noticeOf = (msg: string, time: number): LogRecord => ({
  level: 'warning',
  time,
  tag: 'Cluster',
  subtag: 'Log',
  msg,
});

/** The log has an end, whatever its disk says. Those who read standard output have the lines themselves. */
function tellUnwritten({ lines, count, why }: Unwritten, isSeen: boolean): void {
  const last = isSeen ? [] : lines.slice(-MAX_TOLD_LINES);
  const what = count === 1 ? 'a line' : `${count} lines`;
  const head = `logs/cluster.log: ${what} could not be written: ${why}`;
  try {
    writeSync(STDERR_FD, `${[head, ...last].join('\n')}\n`);
  } catch {
    // There is nobody left to be told.
  }
}
