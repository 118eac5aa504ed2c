import { join } from 'node:path';
import type { FilesConfig } from '../config/node-config.ts';
import { MusterError } from '../protocol/errors.ts';
import { applyJournal } from './apply.ts';
import { JOURNAL_FILE, readJournal } from './journal.ts';
import { realFileSystem, type SyncFileSystem } from './ports.ts';
import { STAGING_DIRECTORY } from './staging.ts';

/** What an earlier life of the node had left unfinished, and what became of it. */
export interface RecoveryReport {
  /** A set that was being applied is complete now. */
  completed: boolean;
  /** Contents of a set that was not complete, or a journal that could not be trusted, were dropped. */
  discarded: boolean;
  message: string;
}

/** To be called before a node starts: afterwards its set is one that the master had published. Rejects with 3119. */
export async function recover(
  home: string,
  config: FilesConfig,
  fs: SyncFileSystem = realFileSystem,
): Promise<RecoveryReport> {
  const staging = join(home, STAGING_DIRECTORY);
  try {
    const journal = readJournal(fs, home);
    if (journal !== null) {
      const problems = applyJournal(fs, home, config, journal);
      fs.remove(staging);
      const failed = problems.map(({ path, message }) => `${path}: ${message}`).join('; ');
      const message = `A set that was being applied was completed: ${journal.puts.length} files written, ${journal.deletes.length} deleted. ${failed}`;
      return { completed: true, discarded: false, message: message.trim() };
    }
  } catch (error) {
    if (!(error instanceof MusterError) || error.code !== 3121) throw error;
    const path = join(home, JOURNAL_FILE);
    fs.rename(path, `${path}.corrupt`);
    fs.remove(staging);
    return {
      completed: false,
      discarded: true,
      message: `${error.toLog()}. It was put aside as ${path}.corrupt; the next round finds what is missing.`,
    };
  }
  const hadStaging = (fs.lstat(staging)?.isDirectory ?? false) && fs.list(staging).length > 0;
  fs.remove(staging);
  return {
    completed: false,
    discarded: hadStaging,
    message: hadStaging ? 'A sync that was cut off was dropped.' : '',
  };
}
