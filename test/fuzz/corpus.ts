import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('./corpus/', import.meta.url));
const NAME_CHARS = 16;

/** Inputs that once failed, by their names: they are tried first, for ever. */
export function regressions(target: string): [name: string, input: Uint8Array][] {
  const directory = `${ROOT}${target}`;
  if (!existsSync(directory)) return [];
  return readdirSync(directory)
    .toSorted()
    .map((name) => [name, readFileSync(`${directory}/${name}`)]);
}

/** Keeps a failing input as a regression test. Returns its path. */
export function keep(target: string, input: Uint8Array): string {
  const directory = `${ROOT}${target}`;
  mkdirSync(directory, { recursive: true });
  const name = createHash('sha256').update(input).digest('hex').slice(0, NAME_CHARS);
  const path = `${directory}/${name}.bin`;
  writeFileSync(path, input);
  return path;
}
