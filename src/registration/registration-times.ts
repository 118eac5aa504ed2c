import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemWords } from '../config/system-words.ts';
import { MusterError } from '../protocol/errors.ts';
import { type ClientKey, formatAgentId } from './key-lines.ts';
import { replaceFile } from './replace-file.ts';

/** Existing installations note there when each agent was registered: `001 web-01 any 2024-01-31 12:00:00`. */
const FILE = 'queue/agents-timestamp';
const FILE_MODE = 0o640;
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

/**
 * Notes when these agents were registered: by the seconds since the epoch where they are new, and as it stood there for the
 * others. Throws 3119; what stood there stays then.
 */
export function writeRegistrationTimes(
  home: string,
  agents: readonly ClientKey[],
  added: ReadonlyMap<number, number>,
): void {
  const path = join(home, FILE);
  const lines = linesById(path);
  for (const { id, name, ip } of agents) {
    const timeS = added.get(id);
    if (timeS !== undefined) lines.set(id, `${formatAgentId(id)} ${name} ${ip} ${localTime(timeS)}`);
  }
  const kept = agents.flatMap(({ id }) => lines.get(id) ?? []);
  replaceFile(path, Buffer.from(kept.map((line) => `${line}\n`).join('')), FILE_MODE);
}

/** `2024-01-31 12:00:00`, in the zone of the machine. */
function localTime(timeS: number): string {
  const time = new Date(timeS * 1000);
  const day = [time.getFullYear(), time.getMonth() + 1, time.getDate()].map(twoDigits).join('-');
  return `${day} ${[time.getHours(), time.getMinutes(), time.getSeconds()].map(twoDigits).join(':')}`;
}

const twoDigits = (value: number) => String(value).padStart(2, '0');

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
