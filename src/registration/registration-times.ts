import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemWords } from '../config/system-words.ts';
import { MusterError } from '../protocol/errors.ts';

/** Existing installations note there when each agent was registered: `001 web-01 any 2024-01-31 12:00:00`. */
const FILE = 'queue/agents-timestamp';
const TIME = /(\d{4}-\d{2}-\d{2}) (\d{2}:\d{2}:\d{2})$/;

/** When agents were registered, as far as `queue/agents-timestamp` of a home tells it; read when it is first asked. */
export class RegistrationTimes {
  readonly #path: string;
  #lines: ReadonlyMap<number, string> | null = null;

  constructor(home: string) {
    this.#path = join(home, FILE);
  }

  /** Seconds since the epoch; null if it is not known. Throws 3119. */
  of(id: number): number | null {
    this.#lines ??= linesById(this.#path);
    const [, day, time] = TIME.exec(this.#lines.get(id) ?? '') ?? [];
    const timeMs = new Date(`${day}T${time}`).getTime(); // in the zone of the machine, as it was written
    return Number.isNaN(timeMs) ? null : Math.floor(timeMs / 1000);
  }
}

function linesById(path: string): Map<number, string> {
  const lines = new Map<number, string>();
  for (const line of textOf(path).split('\n')) lines.set(Number(line.slice(0, line.indexOf(' '))), line);
  return lines;
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw new MusterError(3119, `${path}: ${systemWords(error)}`, { cause: error });
  }
}
