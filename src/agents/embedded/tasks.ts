import { ChunkBuilder, parseInfoChunk } from '../info-chunk.ts';
import type { AgentInfoPage, AgentInfoRow, AgentInfoWritten } from '../store.ts';
import type { AgentDatabase } from './database.ts';
import { infoText, markSynced, SELECT_UNSYNCED, unsyncedText, writeInfo } from './info-rows.ts';

/**
 * What the node itself asks of its store beyond the protocol, where the protocol would lose rows, or need several requests
 * between which something may change.
 */
export const storeTasks = {
  unsyncedInfo: (database: AgentDatabase, afterId: number): AgentInfoPage => {
    const chunk = new ChunkBuilder();
    const rows: AgentInfoRow[] = [];
    let lastId = afterId;
    for (const row of database.statement(SELECT_UNSYNCED).iterate(afterId)) {
      const text = infoText(database, row);
      const id = Number(row.id);
      if (chunk.add(text)) rows.push({ id, text });
      else if (rows.length > 0) return { rows, chunk: chunk.toString(), lastId, isLast: false };
      lastId = id;
    }
    return { rows, chunk: chunk.toString(), lastId, isLast: true };
  },

  confirmInfo: (database: AgentDatabase, rows: readonly AgentInfoRow[]): number => {
    database.beginWrite();
    let marked = 0;
    for (const { id, text } of rows) {
      if (unsyncedText(database, id) !== text) continue;
      markSynced(database, id);
      marked += 1;
    }
    return marked;
  },

  writeInfo: (
    database: AgentDatabase,
    { chunk, behindS }: { chunk: string; behindS: number },
  ): AgentInfoWritten => {
    const parsed = parseInfoChunk(chunk, { nowS: database.nowS, behindS });
    const errors = [...parsed.errors];
    let updated = 0;
    let stale = 0;
    let unknown = 0;
    if (parsed.agents.length > 0) database.beginWrite();
    for (const agent of parsed.agents) {
      try {
        if (writeInfo(database, agent, { onlyIfNewer: true })) updated += 1;
        else if (database.get('SELECT 1 FROM agent WHERE id = ?', agent.id) === undefined) unknown += 1;
        else stale += 1;
      } catch (error) {
        errors.push(`agent ${agent.id}: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
    return { updated, stale, unknown, errors };
  },
};

export type TaskName = keyof typeof storeTasks;
export type TaskArgs<Name extends TaskName> = Parameters<(typeof storeTasks)[Name]>[1];
export type TaskResult<Name extends TaskName> = ReturnType<(typeof storeTasks)[Name]>;

/** A task in a transaction of its own. Throws what SQLite says. */
export function runTask(database: AgentDatabase, name: TaskName, args: never): unknown {
  try {
    return storeTasks[name](database, args);
  } finally {
    database.endWrite();
  }
}
