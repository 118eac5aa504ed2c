import { randomUUID } from 'node:crypto';
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { gunzipSync, gzipSync } from 'node:zlib';
import { CommandError } from './arguments.ts';
import type { AgentDatabase } from './database.ts';
import { openDatabase } from './open-database.ts';

const DIRECTORY = 'backup/db';
const PREFIX = 'global.db-backup-';
const SUFFIX = '.gz';
/** Beside the date, for what a restore replaces. */
const BEFORE_RESTORE = '-pre_restore';
const DIRECTORY_MODE = 0o750;
const FILE_MODE = 0o640;
const SLICE_BYTES = 4_194_304;
const ZLIB_LEVEL = 1;

/** Writes a compressed copy; it appears under its name when it is whole. Returns its path below the home. */
export function createBackup(database: AgentDatabase, addition = ''): string {
  const directory = join(database.home, DIRECTORY);
  mkdirSync(directory, { recursive: true, mode: DIRECTORY_MODE });
  const copy = join(directory, `.copy-${randomUUID()}`);
  const packed = `${copy}${SUFFIX}`;
  const date = new Date(database.nowMs).toISOString().slice(0, 19).replace('T', '-');
  const path = `${DIRECTORY}/${PREFIX}${date}${addition}${SUFFIX}`;
  try {
    database.prepareOnce('VACUUM INTO ?').run(copy);
    compress(copy, packed);
    renameSync(packed, join(database.home, path));
    return path;
  } finally {
    rmSync(copy, { force: true });
    rmSync(packed, { force: true });
  }
}

/** Slice by slice: what zlib reads one after the other is one content. */
function compress(from: string, to: string): void {
  const source = openSync(from, 'r');
  const target = openSync(to, 'wx', FILE_MODE);
  try {
    const slice = Buffer.allocUnsafe(SLICE_BYTES);
    for (;;) {
      const sizeBytes = readSync(source, slice);
      if (sizeBytes === 0) return;
      const packed = gzipSync(slice.subarray(0, sizeBytes), { level: ZLIB_LEVEL });
      for (let at = 0; at < packed.length; ) at += writeSync(target, packed, at);
    }
  } finally {
    closeSync(source);
    closeSync(target);
  }
}

/** Names of the back-ups, the oldest first. */
export function listBackups(home: string): string[] {
  const directory = join(home, DIRECTORY);
  if (!existsSync(directory)) return [];
  const isBackup = (name: string) => name.startsWith(PREFIX) && name.endsWith(SUFFIX);
  return readdirSync(directory).filter(isBackup).sort();
}

/** Puts a back-up in the place of the database, the newest unless one is named. It is looked at before. */
export function restoreBackup(
  database: AgentDatabase,
  { snapshot, savePresent }: { snapshot: string | null; savePresent: boolean },
): void {
  const names = listBackups(database.home);
  const name = snapshot ?? names.at(-1);
  if (name === undefined || !names.includes(name))
    throw new CommandError('Unable to find a snapshot to restore');
  const copy = `${database.path}.restore-${randomUUID()}`;
  try {
    writeFileSync(copy, gunzipSync(readFileSync(join(database.home, DIRECTORY, name))), { mode: FILE_MODE });
    if (!isWhole(copy)) throw new CommandError(`The snapshot ${name} is corrupt`);
    // Opened as a database of its own: an older version is brought to this one, a newer one is refused.
    openDatabase({ file: copy, now: () => database.nowMs }).close();
    if (savePresent) createBackup(database, BEFORE_RESTORE);
    database.replaceRows(copy);
  } finally {
    for (const made of madeFor(copy)) rmSync(made, { force: true });
  }
}

/** The copy, and what SQLite and a migration put beside it. */
function madeFor(copy: string): string[] {
  const names = readdirSync(dirname(copy)).filter((name) => name.startsWith(basename(copy)));
  return names.map((name) => join(dirname(copy), name));
}

function isWhole(file: string): boolean {
  const database = new DatabaseSync(file, { readOnly: true });
  try {
    const [verdict] = database.prepare('PRAGMA quick_check(1)').all();
    database.prepare('SELECT count(*) FROM agent').get();
    return verdict?.quick_check === 'ok';
  } catch {
    return false;
  } finally {
    database.close();
  }
}
