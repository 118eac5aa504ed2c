import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

/** Counts how often this thread opens each file, by every way that Node has for it. */
export class OpenCounts {
  readonly #counts = new Map<string, number>();

  constructor() {
    const count = (path: unknown) => {
      if (typeof path === 'string') this.#counts.set(path, (this.#counts.get(path) ?? 0) + 1);
    };
    for (const name of ['openSync', 'open', 'readFileSync', 'readFile', 'createReadStream'] as const) {
      wrap(fs, name, count);
    }
    for (const name of ['open', 'readFile'] as const) wrap(fs.promises, name, count);
    syncBuiltinESMExports();
  }

  clear(): void {
    this.#counts.clear();
  }

  get all(): ReadonlyMap<string, number> {
    return this.#counts;
  }
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
