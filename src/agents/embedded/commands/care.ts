import { MAX_ANSWER_BYTES, MAX_SLEEP_MS } from '../../limits.ts';
import { CommandError, integerArgument, jsonArgument, wordsOf } from '../arguments.ts';
import { createBackup, listBackups, restoreBackup } from '../backup.ts';
import { type Answered, type Commands, DONE, ok } from '../command.ts';
import { type AgentDatabase, rowText } from '../database.ts';
import { checkedStatement, isDelete, isSelect } from '../sql-statement.ts';
import { checkPlan } from '../statement-plan.ts';

/** Statements of other programs, and care of the database. */
export const careCommands: Commands = {
  // Takes the transaction itself, where it writes.
  sql: { args: 'required', access: 'read', run: sql },
  backup: { args: 'required', access: 'alone', run: backup },
  vacuum: { args: 'none', access: 'alone', run: vacuum },
  get_fragmentation: { args: 'none', access: 'alone', run: fragmentation },
  sleep: { args: 'required', access: 'read', run: sleep },
};

/** There is no control of the size: what is too long is cut, as the original does it. */
function sql(database: AgentDatabase, args: string): Answered {
  const statement = checkedStatement(args);
  database.withinBounds(() => checkPlan(database, statement));
  if (!isSelect(statement)) {
    database.beginWrite();
    database.forget();
    database.heldProfiles.clear();
    if (isDelete(statement)) database.registryRevision += 1;
  }
  return ok(`[${database.withinBounds(() => rowsOf(database, statement)).join(',')}]`);
}

function rowsOf(database: AgentDatabase, statement: string): string[] {
  const rows: string[] = [];
  let sizeBytes = 0;
  for (const row of database.prepareOnce(statement).iterate()) {
    const text = rowText(row);
    rows.push(text);
    sizeBytes += text.length;
    if (sizeBytes > MAX_ANSWER_BYTES) break;
  }
  return rows;
}

function backup(database: AgentDatabase, args: string): Answered {
  const [verb, ...rest] = wordsOf(args);
  if (verb === 'create') return ok(JSON.stringify([createBackup(database)]));
  if (verb === 'get') return ok(JSON.stringify(listBackups(database.home)));
  if (verb !== 'restore') throw new CommandError(`Invalid backup action: ${verb ?? ''}`);
  const options = rest.length === 0 ? {} : (jsonArgument(rest.join(' ')) as Record<string, unknown> | null);
  const snapshot = options?.snapshot;
  restoreBackup(database, {
    snapshot: typeof snapshot === 'string' ? snapshot : null,
    savePresent: options?.save_pre_restore_state === true,
  });
  return DONE;
}

function vacuum(database: AgentDatabase): Answered {
  database.prepareOnce('VACUUM').run();
  return ok(JSON.stringify({ fragmentation_after_vacuum: freePercent(database) }));
}

function fragmentation(database: AgentDatabase): Answered {
  return ok(
    JSON.stringify({ fragmentation: freePercent(database), free_pages_percentage: freePercent(database) }),
  );
}

const PERCENT = 100;

/** Pages that hold nothing. */
function freePercent(database: AgentDatabase): number {
  const pages = Number(database.prepareOnce('PRAGMA page_count').get()?.page_count ?? 0);
  const free = Number(database.prepareOnce('PRAGMA freelist_count').get()?.freelist_count ?? 0);
  return pages === 0 ? 0 : Math.floor((free * PERCENT) / pages);
}

/** Keeps the store busy; a means to try out what happens then. */
function sleep(_: AgentDatabase, args: string): Answered {
  const timeMs = Math.min(integerArgument(wordsOf(args)[0], 'time'), MAX_SLEEP_MS);
  Atomics.wait(
    new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)),
    0,
    0,
    Math.max(0, timeMs),
  );
  return ok('');
}
