import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { shared } from './shared.ts';

/** Counts how often this thread opens a file below the directory, by every way that Node has for it. */
export function countOpens(directory: string): void {
  const note = (path: unknown) => {
    if (typeof path === 'string' && path.startsWith(directory)) shared.increment('opens');
  };
  for (const name of ['openSync', 'open', 'readFileSync', 'readFile', 'createReadStream'] as const) {
    wrap(fs, name, note);
  }
  for (const name of ['open', 'readFile'] as const) wrap(fs.promises, name, note);
  syncBuiltinESMExports();
}

function wrap<Name extends string>(
  holder: Record<Name, unknown> | object,
  name: Name,
  note: (path: unknown) => void,
): void {
  const functions = holder as Record<Name, (...args: unknown[]) => unknown>;
  const original = functions[name];
  functions[name] = (...args: unknown[]) => {
    note(args[0]);
    return original(...args);
  };
}
