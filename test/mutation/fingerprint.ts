import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { AnyStateMachine } from 'xstate';

/** What a result belongs to: a log that was written of another chart, or by other tests, says nothing of this one. */
export function fingerprintOf(machine: AnyStateMachine, testFiles: readonly string[]): string {
  const hash = createHash('sha256');
  const { guards, actions, delays } = machine.implementations;
  hash.update(JSON.stringify([machine.config, guards, actions, delays], functionsAsText));
  for (const file of testFiles) hash.update(`\n${file}\n${readFileSync(file, 'utf8')}`);
  return hash.digest('hex');
}

/** Machines that a chart names are charts of their own. */
const functionsAsText = (key: string, value: unknown): unknown => {
  if (typeof value === 'function') return `${value}`;
  return key === 'src' && typeof value === 'object' ? null : value;
};
