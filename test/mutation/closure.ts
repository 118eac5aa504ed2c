import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path/posix';
import { specifiersOf } from '../house/imports.ts';

/** Sources can name files; of whatever else is read only its own text counts. */
const SOURCE = /\.(?:ts|js)$/;
/** How a source names a file or folder beside it that it does not import: what it starts as a process, what it reads. */
const BESIDE = /\bimport\.meta\.dirname,\s*(['"])([^'"\n]+)\1/g;
/** Of these each machine has its own. */
export const TABLES = 'test/model/behaviour';

/**
 * These files, and all of the repository that they name: what they import, however, what they start, and folders of tests
 * that they read. Sorted; paths as the given ones are, from the root of the repository.
 */
export function closureOf(files: readonly string[]): string[] {
  const found = new Set(files);
  // What is added while the set is gone through is gone through too.
  for (const file of found) for (const named of namedBy(file)) found.add(named);
  return [...found].sort();
}

const known = new Map<string, readonly string[]>();

function namedBy(file: string): readonly string[] {
  const names = known.get(file) ?? (SOURCE.test(file) ? namesIn(file) : []);
  known.set(file, names);
  return names;
}

function namesIn(file: string): string[] {
  const source = readFileSync(file, 'utf8');
  const imported = specifiersOf(source).filter((specifier) => specifier.startsWith('.'));
  const beside = [...source.matchAll(BESIDE)].map(([, , name = '']) => name);
  return [...imported, ...beside].flatMap((name) => filesAt(join(dirname(file), name)));
}

/** A file, or those of a folder: of one of tests, since others, as the root, are named to say where something is. */
function filesAt(path: string): string[] {
  if (!existsSync(path)) return [];
  if (statSync(path).isFile()) return [path];
  if (!path.startsWith('test/') || path.replace(/\/$/, '') === TABLES) return [];
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
}
