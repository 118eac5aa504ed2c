import { printable } from '../output.ts';

/** Beside what a command shows: the end of a recording that a process was killed over is missing. */
export const tellCut = (file: string): void => {
  process.stderr.write(`${printable(`${file} is cut short: what came then is missing.`)}\n`);
};
