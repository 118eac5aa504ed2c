import { diff } from 'node:util';

/** Below a command stands what follows from it. */
const RULE = '----';
/** Lines around a difference that are shown. */
const CONTEXT_LINES = 3;

/** What a command of a script comes to, in lines. */
export type Run = (command: string) => Promise<readonly string[]>;

/**
 * Plays a script: commands, each with a rule and then what follows from it up to the next empty line. Resolves to the
 * script with what followed now; comments and empty lines stay.
 */
export async function play(script: string, run: Run): Promise<string> {
  const lines = script.trimEnd().split('\n');
  const played: string[] = [];
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at] ?? '';
    played.push(line);
    if (line === '' || line.startsWith('#')) continue;
    if (lines[at + 1] === RULE) while (at + 1 < lines.length && lines[at + 1] !== '') at += 1;
    played.push(RULE, ...(await runNamed(run, line)));
    if (at + 1 < lines.length && lines[at + 1] !== '') played.push('');
  }
  return `${played.join('\n')}\n`;
}

async function runNamed(run: Run, command: string): Promise<readonly string[]> {
  try {
    return await run(command);
  } catch (error) {
    throw new Error(`${command}: ${(error as Error).message}`, { cause: error });
  }
}

/** The first comment says what a script is about. */
export const titleOf = (script: string): string =>
  /^# (.+)$/m.exec(script)?.[1] ?? 'a script without a title';

/** Where two texts differ, as a person reads it: `-` stood there, `+` stands there now. */
export function differences(before: string, now: string): string {
  const marked = diff(before.split('\n'), now.split('\n')).map(([kind, line]) => ({
    text: `${kind === 0 ? ' ' : kind > 0 ? '-' : '+'} ${line}`,
    isSame: kind === 0,
  }));
  const changed = marked.flatMap(({ isSame }, index) => (isSame ? [] : [index]));
  const isNear = (index: number) => changed.some((at) => Math.abs(at - index) <= CONTEXT_LINES);
  const shown = marked.map(({ text }, index) => (isNear(index) ? text : null));
  return shown
    .filter((text, index) => text !== null || shown[index - 1] !== null)
    .map((text) => text ?? '  …')
    .join('\n');
}
