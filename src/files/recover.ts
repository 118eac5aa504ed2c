import { join } from 'node:path';
import type { FilesConfig } from '../config/node-config.ts';
import { faultPoint } from '../fault-point.ts';
import { MusterError } from '../protocol/errors.ts';
import { asidesLeft, carryOut } from './carry-out.ts';
import {
  dropJournal,
  dropUndo,
  isSetLeft,
  JOURNAL_FILE,
  type Journal,
  type Put,
  readJournal,
  STAGING_DIRECTORY,
  stagedNames,
  UNDO_FILE,
} from './journal.ts';
import { naming } from './naming.ts';
import { PathRules } from './paths.ts';
import { realFileSystem, type SyncFileSystem, systemMessage } from './ports.ts';
import { problemText } from './step.ts';
import { turnBack, undo } from './undo.ts';
import type { Problem } from './walk.ts';

/** What an earlier life of the node had left unfinished, and what became of it. */
export interface RecoveryReport {
  /** A set that was being applied is complete now. */
  completed: boolean;
  /** Contents of a set that was not complete, or a journal that could not be trusted, were dropped. */
  discarded: boolean;
  message: string;
}

/**
 * To be called before a node starts. A journal is completed: afterwards the set is the one that was being applied. If
 * that is not possible, or was found to be so before, it is undone, and the set is the one before. Without a journal
 * what was staged is dropped: the set is the one before. A journal that cannot be trusted (3121) is put aside, and
 * nothing else is touched: the next round finds what is wrong. Rejects with 3128 if a set can neither be completed nor
 * undone now, and with 3119; it may be called again then, as often as it takes.
 *
 * After a loss of power the journal is whole, but staged contents may be lost. They are verified here; what was already
 * in its place and lost there is found by the next scan, which reads everything.
 */
export async function recover(
  home: string,
  config: FilesConfig,
  fs: SyncFileSystem = realFileSystem,
): Promise<RecoveryReport> {
  try {
    faultPoint('recover.begun');
    const left = undoLeft(fs, home, config);
    if (left !== null) {
      fs.removeTree(join(home, STAGING_DIRECTORY));
      return left;
    }
    const journal = trustedJournal(fs, home, config);
    if (journal instanceof MusterError) {
      const report = putAside(fs, home, journal);
      fs.removeTree(join(home, STAGING_DIRECTORY));
      return report;
    }
    return journal === null ? dropStaged(fs, home) : complete(fs, home, config, journal);
  } catch (error) {
    throw asRefusal(fs, home, error);
  }
}

function asRefusal(fs: SyncFileSystem, home: string, error: unknown): MusterError {
  const detail = error instanceof MusterError ? error.detail : systemMessage(home, error);
  return new MusterError(mayBeLeft(fs, home) ? 3128 : 3119, detail, { cause: error });
}

/** Where nobody can tell, it may be so. */
function mayBeLeft(fs: SyncFileSystem, home: string): boolean {
  try {
    return isSetLeft(fs, home);
  } catch {
    return true;
  }
}

/** Ends the undoing of a set that could not be applied; null if there is none. Throws 3128. */
function undoLeft(fs: SyncFileSystem, home: string, config: FilesConfig): RecoveryReport | null {
  const journal = trustedJournal(fs, home, config, UNDO_FILE);
  if (journal === null) return null;
  if (journal instanceof MusterError) return putAside(fs, home, journal, UNDO_FILE);
  const staging = join(home, journal.staging);
  // What is kept goes last. A journal without it is over.
  if (fs.lstat(staging) === null) dropUndo(fs, home);
  else undo(fs, home, journal);
  fs.removeTree(staging);
  return undone('it could not be applied');
}

/** The journal, if all that it does is within what is configured now; otherwise why it is not trusted (3121). */
function trustedJournal(
  fs: SyncFileSystem,
  home: string,
  config: FilesConfig,
  name = JOURNAL_FILE,
): Journal | MusterError | null {
  const rules = new PathRules(config);
  try {
    const journal = readJournal(fs, home, name);
    if (journal === null) return null;
    for (const [path] of journal.puts) rules.check(path);
    for (const path of [...journal.early, ...journal.deletes]) rules.check(path);
    for (const directory of journal.emptied) rules.checkDirectory(directory);
    return journal;
  } catch (error) {
    if (!(error instanceof MusterError) || error.code === 3119) throw error;
    return error.code === 3121 ? error : new MusterError(3121, error.message, { cause: error });
  }
}

function complete(fs: SyncFileSystem, home: string, config: FilesConfig, journal: Journal): RecoveryReport {
  faultPoint('recover.trusted');
  // Staged contents go last. A journal without them is over, or never began, and must not delete anything any more.
  if (fs.lstat(join(home, journal.staging)) === null) {
    dropJournal(fs, home);
    const message = 'A journal without the contents that it was for was dropped.';
    return { completed: false, discarded: true, message };
  }
  const { lost, isUntouched } = verifyStaged(fs, home, journal);
  faultPoint('recover.verified');
  if (lost.length > 0 && isUntouched && journal.early.length === 0) {
    dropJournal(fs, home);
    fs.removeTree(join(home, STAGING_DIRECTORY));
    const message = 'A set that was being applied was dropped: its contents were lost before its first step.';
    return { completed: false, discarded: true, message };
  }
  if (lost[0] !== undefined && journal.replaced !== undefined) {
    turnBack(fs, home, journal, null);
    fs.removeTree(join(home, STAGING_DIRECTORY));
    return undone(problemText(lost[0]));
  }
  const options = { isReplay: true, asides: asidesLeft(fs, home, journal) };
  const { refusal, problems: failures } = carryOut(fs, home, config, journal, options);
  faultPoint('recover.completed');
  fs.removeTree(join(home, STAGING_DIRECTORY));
  if (refusal !== null) return undone(refusal.message);
  const problems = [...lost, ...failures];
  const done = `A set that was being applied was completed: ${journal.puts.length} files written, ${journal.early.length + journal.deletes.length} deleted.`;
  const failed = problems.map(({ path, message }) => `${path}: ${message}`).join('; ');
  return { completed: true, discarded: false, message: `${done} ${failed}`.trim() };
}

/** Removes staged contents that are not what they are called; `isUntouched` if no file was put in place yet. */
function verifyStaged(
  fs: SyncFileSystem,
  home: string,
  { staging, puts }: Journal,
): { lost: Problem[]; isUntouched: boolean } {
  const lost: Problem[] = [];
  let isUntouched = true;
  for (const [i, name] of stagedNames(puts).entries()) {
    const [path, hash] = puts[i] as Put;
    const file = join(home, staging, name);
    const found = fs.lstat(file);
    if (found === null) isUntouched = false;
    else if (!found.isFile || naming(path, () => fs.digest(file).digest) !== hash) {
      fs.removeTree(file);
      lost.push({ path, message: 'its content was lost; the next sync brings it again' });
    }
  }
  return { lost, isUntouched };
}

function dropStaged(fs: SyncFileSystem, home: string): RecoveryReport {
  const staging = join(home, STAGING_DIRECTORY);
  const hadStaging = fs.lstat(staging)?.isDirectory === true && fs.list(staging).length > 0;
  faultPoint('recover.dropping');
  fs.removeTree(staging);
  fs.unlink(join(home, `${JOURNAL_FILE}.tmp`));
  const message = hadStaging ? 'A sync that was cut off was dropped.' : '';
  return { completed: false, discarded: hadStaging, message };
}

const undone = (why: string): RecoveryReport => ({
  completed: false,
  discarded: true,
  message: `A set that was being applied was undone: ${why}`,
});

function putAside(fs: SyncFileSystem, home: string, error: MusterError, name = JOURNAL_FILE): RecoveryReport {
  const path = join(home, name);
  fs.rename(path, `${path}.corrupt`);
  const where = `It was put aside as ${path}.corrupt; the next round finds what is missing.`;
  return { completed: false, discarded: true, message: `${error.toLog()}. ${where}` };
}
