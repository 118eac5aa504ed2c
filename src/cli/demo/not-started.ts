import { existsSync } from 'node:fs';
import { inHome } from '../../config/home.ts';
import { RefusedError } from '../exit-code.ts';
import { printable } from '../output.ts';
import { lastProblems } from './last-problems.ts';

/** A node of the demonstration did not start: what it said, the last problems that it has logged, and where its log is. */
export class NotStarted extends RefusedError {
  static async of({ name, home }: { name: string; home: string }, why: string): Promise<NotStarted> {
    return new NotStarted([`${name} did not start: ${why}`, ...(await logOf(home))].join('\n'));
  }
}

async function logOf(home: string): Promise<string[]> {
  const path = inHome(home, 'clusterLog');
  if (!existsSync(path)) return [`It has no log yet; ${path} is where it would be.`];
  const problems = await lastProblems(home);
  if (problems.length === 0) return [`Its log has no warnings and errors: ${path}`];
  return [
    `The last warnings and errors of its log, ${path}:`,
    ...problems.map((line) => `  ${printable(line)}`),
  ];
}
