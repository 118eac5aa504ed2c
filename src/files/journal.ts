import { createHash } from 'node:crypto';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { MusterError } from '../protocol/errors.ts';
import type { SyncFileSystem } from './ports.ts';

/** Where the journal stands while a set is being applied. */
export const JOURNAL_FILE = 'queue/cluster/.journal';
const JOURNAL_MODE = 0o600;

const journalShape = z.strictObject({
  version: z.literal(1),
  /** Directory of the verified contents, below the home. */
  staging: z.string(),
  puts: z.array(
    z.strictObject({ path: z.string(), hash: z.string(), mode: z.int(), merged: z.string().nullable() }),
  ),
  deletes: z.array(z.strictObject({ path: z.string(), item: z.string() })),
});

/** Everything that applying a set does, decided and verified before its first step. */
export type Journal = z.infer<typeof journalShape>;

const checksum = (text: string) => createHash('sha256').update(text).digest('hex');

/** From this moment the new set will be: whatever happens, the journal is completed. */
export function writeJournal(fs: SyncFileSystem, home: string, journal: Journal): void {
  const path = join(home, JOURNAL_FILE);
  const text = JSON.stringify(journal);
  fs.writeDurably(`${path}.tmp`, Buffer.from(`${checksum(text)}\n${text}`), JOURNAL_MODE);
  fs.rename(`${path}.tmp`, path);
  fs.syncDirectory(dirname(path));
}

/** The journal of a set that was not completed; null if there is none. Throws 3121 for one that cannot be trusted. */
export function readJournal(fs: SyncFileSystem, home: string): Journal | null {
  const path = join(home, JOURNAL_FILE);
  if (fs.lstat(path) === null) return null;
  const text = Buffer.from(fs.read(path)).toString('utf8');
  const end = text.indexOf('\n');
  const body = text.slice(end + 1);
  try {
    if (checksum(body) !== text.slice(0, end)) throw new Error('its checksum is wrong');
    return journalShape.parse(JSON.parse(body));
  } catch (error) {
    throw new MusterError(3121, `${path}: ${(error as Error).message.slice(0, 200)}`, { cause: error });
  }
}

/** The set is complete. */
export function dropJournal(fs: SyncFileSystem, home: string): void {
  fs.remove(join(home, JOURNAL_FILE));
}
