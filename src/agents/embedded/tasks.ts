import { type AgentQuery, rowsSql, totalSql } from '../agent-query.ts';
import { complaintAboutGroups, complaintText } from '../group-names.ts';
import { parseGroupsChunk } from '../groups-chunk.ts';
import { ChunkBuilder, parseInfoChunk } from '../info-chunk.ts';
import { MAX_PIECE_ROWS } from '../limits.ts';
import type {
  AgentGroups,
  AgentInfoPage,
  AgentInfoRow,
  AgentInfoWritten,
  GroupsChunkWritten,
  GroupsComplaint,
  ProfilesRead,
  SetAgentGroups,
} from '../store.ts';
import {
  assignGroups,
  complaintAboutAssignment,
  groupId,
  insertGroup,
  markGroupsIfSame,
} from './agent-groups.ts';
import { type Alike, alikeAmong, overrideTogether } from './alike.ts';
import { type AgentDatabase, rowText } from './database.ts';
import { markIfSame, unsyncedToTell } from './info-reading.ts';
import { type InfoOutcome, writeTold } from './info-rows.ts';
import { METADATA } from './schema.ts';
import { isConstraint } from './sqlite-errors.ts';

interface UnsyncedTask {
  readonly afterId: number;
  readonly profiles: ProfilesRead;
}

interface ConfirmTask {
  readonly rows: readonly AgentInfoRow[];
  readonly wanted: readonly number[] | null;
}

interface SetGroupsTask extends Omit<SetAgentGroups, 'agents'> {
  readonly agents: string;
}

/** Assigns groups to one agent. What was wrong, or nothing. */
function assigned(
  database: AgentDatabase,
  agent: AgentGroups,
  order: Omit<SetAgentGroups, 'agents'>,
): GroupsComplaint | [] {
  const complaint =
    complaintAboutGroups(agent) ??
    (assignGroups(database, { id: agent.id, names: agent.groups, ...order })
      ? null
      : complaintAboutAssignment(database, agent));
  return complaint === null ? [] : { ids: [agent.id], complaint };
}

/** Those of agents that cannot have them are left to whoever complains. */
function makeGroups(database: AgentDatabase, alike: readonly Alike[]): void {
  const wanted = alike.filter(({ agents: [first] }) => first && complaintAboutGroups(first) === null);
  for (const name of new Set(wanted.flatMap(({ groups }) => groups))) {
    if (groupId(database, name) === null) insertGroup(database, name);
  }
}

/**
 * What the node itself asks of its store beyond the protocol, where the protocol would lose rows, or need several requests
 * between which something may change.
 */
export const storeTasks = {
  unsyncedInfo: (database: AgentDatabase, { afterId, profiles }: UnsyncedTask): AgentInfoPage => {
    if (profiles === 'anew') database.toldProfiles.clear();
    const chunk = new ChunkBuilder();
    const rows: AgentInfoRow[] = [];
    const tooLong: number[] = [];
    let lastId = afterId;
    for (const { row, told } of unsyncedToTell(database, afterId, profiles)) {
      if (chunk.add(told)) rows.push(row);
      else if (rows.length > 0) return { rows, chunk: chunk.toString(), tooLong, lastId, isLast: false };
      else tooLong.push(row.id);
      lastId = row.id;
    }
    return { rows, chunk: chunk.toString(), tooLong, lastId, isLast: true };
  },

  confirmInfo: (database: AgentDatabase, { rows, wanted }: ConfirmTask): number => {
    database.beginWrite();
    const left = new Set(wanted ?? rows.map(({ id }) => id));
    for (const id of left) database.toldProfiles.delete(id);
    const taken = rows.filter(({ id }) => !left.has(id));
    // Also of those that have changed since: the master has what it was told.
    for (const { id, profile } of taken) database.toldProfiles.set(id, profile);
    return taken.filter((row) => markIfSame(database, row)).length;
  },

  /** All that was reported here goes to a master whose rows are another set than those that were told. */
  tellAgain: (database: AgentDatabase, storeId: string): number => {
    if (database.metadata(METADATA.toldStoreId) === storeId) return 0;
    database.beginWrite();
    database.setMetadata(METADATA.toldStoreId, storeId);
    return database.run(
      "UPDATE agent SET sync_status = 'syncreq' WHERE id > 0 AND sync_status = 'synced' AND last_keepalive > 0",
    );
  },

  /** Agents with their groups as JSON, which crosses threads at a fraction of the cost of objects. */
  confirmGroups: (database: AgentDatabase, agents: string): number => {
    database.beginWrite();
    return markGroupsIfSame(database, JSON.parse(agents));
  },

  /** Agents with their groups as JSON, likewise. What could not be done, agent by agent. */
  setGroups: (
    database: AgentDatabase,
    { mode, syncStatus, agents }: SetGroupsTask,
  ): readonly GroupsComplaint[] => {
    database.beginWrite();
    const all = JSON.parse(agents) as AgentGroups[];
    const left = mode === 'override' ? overrideTogether(database, all, syncStatus) : all;
    return left.flatMap((agent) => assigned(database, agent, { mode, syncStatus }));
  },

  /** A chunk that a master sent, as it came. */
  writeGroups: (database: AgentDatabase, chunk: string): GroupsChunkWritten => {
    const { agents, errors, hash } = parseGroupsChunk(chunk);
    if (agents.length > 0) database.beginWrite();
    const alike = alikeAmong(agents);
    makeGroups(database, alike);
    const left = overrideTogether(database, agents, 'synced', alike);
    const order = { mode: 'override', syncStatus: 'synced' } as const;
    const wrong = left.flatMap((agent) => assigned(database, agent, order));
    return { errors: [...errors, ...wrong.map(complaintText)], wasUnderstood: errors.length === 0, hash };
  },

  /**
   * Lists of rows as JSON, likewise, so many in each that it is read in a moment. Both statements look at one state of the
   * file, and are made for this query alone.
   */
  findAgents: (database: AgentDatabase, query: AgentQuery): { pieces: string[]; total: number } => {
    database.beginRead();
    const count = totalSql(query);
    const total = Number(database.prepareOnce(count.sql).get(...count.values)?.total ?? 0);
    const { sql, values } = rowsSql(query);
    const page = database.prepareOnce(`${sql} limit ? offset ?`).all(...values, query.limit, query.offset);
    const pieces: string[] = [];
    for (let at = 0; at < page.length; at += MAX_PIECE_ROWS) {
      pieces.push(
        `[${page
          .slice(at, at + MAX_PIECE_ROWS)
          .map(rowText)
          .join(',')}]`,
      );
    }
    return { pieces, total };
  },

  writeInfo: (
    database: AgentDatabase,
    { chunk, behindS }: { chunk: string; behindS: number | null },
  ): AgentInfoWritten => {
    const parsed = parseInfoChunk(chunk, { nowS: database.nowS, behindS });
    const errors = [...parsed.errors];
    const counts: Record<InfoOutcome, number> = { updated: 0, stale: 0, unknown: 0, wanted: 0 };
    const wanted: number[] = [];
    if (parsed.agents.length > 0) {
      database.beginSyncedWrite();
      database.heldProfiles.lookForOthers(database);
    }
    for (const agent of parsed.agents) {
      try {
        const outcome = writeTold(database, agent, parsed.mostBehindS);
        counts[outcome] += 1;
        if (outcome === 'wanted') wanted.push(agent.id);
      } catch (error) {
        if (!isConstraint(error)) throw error;
        errors.push(`agent ${agent.id}: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
    return { ...counts, wanted, errors };
  },
};

export type TaskName = keyof typeof storeTasks;
export type TaskArgs<Name extends TaskName> = Parameters<(typeof storeTasks)[Name]>[1];
export type TaskResult<Name extends TaskName> = ReturnType<(typeof storeTasks)[Name]>;

/** A task in a transaction of its own. Throws what SQLite says. */
export function runTask(database: AgentDatabase, name: TaskName, args: never): unknown {
  let result: unknown;
  try {
    result = storeTasks[name](database, args);
  } catch (error) {
    endAfter(database, error);
    throw error;
  }
  database.end();
  return result;
}

/** What made a task fail is the reason; that the transaction fell with it only follows. */
function endAfter(database: AgentDatabase, reason: unknown): void {
  try {
    database.end();
  } catch (error) {
    if (reason instanceof Error && reason.cause === undefined) reason.cause = error;
  }
}
