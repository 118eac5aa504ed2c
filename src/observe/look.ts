import type { LogLevel } from '../config/node-config.ts';

/** One line of the log, as pino wrote it. */
export interface LogRecord {
  level: LogLevel;
  /** Milliseconds since the epoch. */
  time: number;
  tag: string;
  subtag: string;
  msg: string;
  /** Only at level debug2. */
  stack?: string;
}

const COLOURS: Record<LogLevel, string> = {
  error: '\u001B[31m',
  warning: '\u001B[33m',
  info: '\u001B[32m',
  debug: '\u001B[36m',
  debug2: '\u001B[90m',
};
const PLAIN = '\u001B[39m';

/**
 * The look of the specification's Troubleshooting section, in local time:
 * `2021/03/29 07:05:26 INFO: [Master] [Local integrity] Starting.` A stack follows on lines of its own.
 */
export function formatLine(record: LogRecord, coloured: boolean): string {
  const name = record.level.toUpperCase();
  const level = coloured ? `${COLOURS[record.level]}${name}${PLAIN}` : name;
  const tags = `[${oneLine(record.tag)}] [${oneLine(record.subtag)}]`;
  const stack = record.stack === undefined ? '' : `${record.stack.split('\n').map(oneLine).join('\n')}\n`;
  return `${localTime(record.time)} ${level}: ${tags} ${oneLine(record.msg)}\n${stack}`;
}

/** `2021/03/29 07:05:26` */
export function localTime(timeMs: number): string {
  const at = new Date(timeMs);
  const date = [at.getFullYear(), two(at.getMonth() + 1), two(at.getDate())].join('/');
  return `${date} ${[two(at.getHours()), two(at.getMinutes()), two(at.getSeconds())].join(':')}`;
}

const two = (value: number) => String(value).padStart(2, '0');

/** What a peer says may stand in a message; it must not be able to forge a line or to steer a terminal. */
function oneLine(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for.
  return text.replace(/[\u0000-\u001F\u007F-\u009F\u2028\u2029]/g, (found) =>
    found === '\n' ? '\\n' : `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
