import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path/posix';
import { closureOf, TABLES } from './closure.ts';

/** A machine, by the id that it has while it runs, and by its file. */
interface Tried {
  readonly id: string;
  readonly file: string;
}

/**
 * What a result belongs to: a log that was written of another chart, or by other tests, says nothing of this one. That is
 * the text of the machine, of the tests, of all that these two name, and of the tables of what the machine does.
 */
export function fingerprintOf({ id, file }: Tried, testFiles: readonly string[]): string {
  const hash = createHash('sha256');
  for (const path of [...closureOf([file, ...testFiles]), ...tablesOf(id)])
    hash.update(`\n${path}\n`).update(readFileSync(path));
  return hash.digest('hex');
}

/** One by its name, others by that and what they are about: `conformHello-dialects.txt`. */
function tablesOf(id: string): string[] {
  return readdirSync(TABLES)
    .filter((name) => name === `${id}.txt` || name.startsWith(`${id}-`))
    .map((name) => join(TABLES, name))
    .sort();
}
