import { MusterError } from '../protocol/errors.ts';
import { inHome } from './home.ts';
import type { LogLevel } from './node-config.ts';
import { readText } from './read-text.ts';

const OPTION = 'wazuh_clusterd.debug';
const LEVELS: Readonly<Record<string, LogLevel>> = { '0': 'info', '1': 'debug', '2': 'debug2' };

/** The log level that an installation asks for, and from which file; `info` if none does. Throws 3004. */
export async function readLogLevel(home: string): Promise<{ level: LogLevel; source: string | null }> {
  let answer: { level: LogLevel; source: string | null } = { level: 'info', source: null };
  for (const name of ['internalOptions', 'localInternalOptions'] as const) {
    const path = inHome(home, name);
    const value = optionValue(await readOptions(path));
    if (value === undefined) continue;
    const level = LEVELS[value];
    if (level === undefined) {
      throw new MusterError(
        3004,
        `${path}: ${OPTION} is '${value}'; allowed: 0 (info), 1 (debug) or 2 (debug2)`,
      );
    }
    answer = { level, source: path };
  }
  return answer;
}

async function readOptions(path: string): Promise<string> {
  try {
    return (await readText(path)) ?? '';
  } catch (error) {
    throw new MusterError(3006, `${path}: ${(error as Error).message}`, { cause: error });
  }
}

/** The last line counts, as usual in such files. */
function optionValue(text: string): string | undefined {
  return text
    .split('\n')
    .map((line) => line.replace(/#.*/, '').trim())
    .filter((line) => line.startsWith(`${OPTION}=`))
    .map((line) => line.slice(OPTION.length + 1).trim())
    .at(-1);
}
