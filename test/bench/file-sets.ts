import { createHash, randomFillSync } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const KIB = 1024;
const MIB = 1024 * KIB;
/** Where the files of a set are. */
export const DIRECTORY = 'etc/rules';

const LINE =
  'A rule-like line that compresses as rules do: <rule id="100001" level="5"><match>denied</match></rule>\n';

/** Files that a master has and its workers lack. */
export interface FileSet {
  readonly title: string;
  readonly files: number;
  readonly fileBytes: number;
  readonly isRandom: boolean;
}

export const small = (files: number): FileSet => ({
  title: `${files.toLocaleString('en')} files of 4 KiB`,
  files,
  fileBytes: 4 * KIB,
  isRandom: false,
});

export const large: FileSet = {
  title: '20 files of 20 MiB, random',
  files: 20,
  fileBytes: 20 * MIB,
  isRandom: true,
};

/** Writes the set into a home. */
export function writeSet(home: string, set: FileSet): void {
  mkdirSync(join(home, DIRECTORY), { recursive: true });
  const bytes = Buffer.alloc(set.fileBytes, LINE);
  for (let i = 0; i < set.files; i += 1) {
    if (set.isRandom) randomFillSync(bytes);
    else bytes.write(`<!-- ${i} -->\n`);
    writeFileSync(join(home, pathOf(i)), bytes);
  }
}

/** Of all files where those of a set are: what names and contents are. */
export function digestOfSet(home: string): string {
  const hash = createHash('sha256');
  const directory = join(home, DIRECTORY);
  for (const name of readdirSync(directory).sort())
    hash.update(name).update(readFileSync(join(directory, name)));
  return hash.digest('hex');
}

/** Path of the i-th file below the home. */
export const pathOf = (i: number): string => `${DIRECTORY}/f${i}.xml`;
