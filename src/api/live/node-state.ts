import { z } from 'zod';
import type { LiveHistoryEntry, LiveSync } from './snapshot.ts';

const failure = z.looseObject({ code: z.number(), message: z.string() }).nullable().catch(null);
const count = z.number().catch(0);
const names = z.array(z.string()).catch([]);
const ran = { startedAt: z.string(), durationSeconds: z.number(), failure };
const round = z
  .looseObject({ ...ran, outcome: z.string().catch(''), created: count, updated: count, deleted: count })
  .nullable()
  .catch(null);
const chunks = z
  .looseObject({ ...ran, chunks: count })
  .nullable()
  .catch(null);
const recent = z.looseObject({
  ...ran,
  created: count,
  updated: count,
  deleted: count,
  files: z.looseObject({ created: names, updated: names, deleted: names }),
});
const scan = z.looseObject({ startedAt: z.string(), durationSeconds: z.number() }).nullable().catch(null);

/**
 * What `node.status` says of a node, as far as the page shows it. It is open: a newer daemon may say more, and what an
 * older one does not say is not shown.
 */
export const nodeState = z.looseObject({
  files: z.number().nullable().catch(null),
  lastCheck: round,
  lastSync: round,
  lastAgentInfo: chunks,
  lastGroups: chunks,
  lastAllGroups: chunks,
  lastLocalIntegrity: scan,
  recentSyncs: z.array(recent).catch([]),
  workers: z
    .array(
      z.looseObject({
        name: z.string(),
        isSyncing: z.boolean().catch(false),
        isSyncingAgents: z.boolean().catch(false),
      }),
    )
    .catch([]),
});
export type NodeState = z.output<typeof nodeState>;

const NEVER: LiveSync = { state: 'never', startedAt: null, durationMs: null, result: '' };
const MS = 1_000;

interface Ran {
  startedAt: string;
  durationSeconds: number;
  failure?: { message: string } | null;
}

/** How the syncs of a node are, from what it says and what its master says of it. */
export function syncsOf(state: NodeState | undefined, running: { files: boolean; agents: boolean }) {
  const groups = later(state?.lastGroups ?? null, state?.lastAllGroups ?? null);
  const scan = state?.lastLocalIntegrity ?? null;
  return {
    integrityCheck:
      scan === null
        ? sync(state?.lastCheck ?? null, false, ({ outcome }) =>
            outcome === 'in-step' ? 'in step' : 'not in step',
          )
        : sync(scan, false, () => 'own files looked at'),
    integritySync: sync(state?.lastSync ?? null, running.files, (round) => changes(round)),
    agentInfo: sync(state?.lastAgentInfo ?? null, running.agents, told),
    agentGroups: sync(groups, false, told),
  };
}

const told = ({ chunks }: { chunks: number }) => (chunks === 1 ? '1 chunk' : `${chunks} chunks`);

function sync<R extends Ran>(record: R | null, isRunning: boolean, result: (record: R) => string): LiveSync {
  if (record === null) return isRunning ? { ...NEVER, state: 'running' } : NEVER;
  const failure = record.failure ?? null;
  const ended = failure === null ? 'done' : 'failed';
  return {
    state: isRunning ? 'running' : ended,
    startedAt: record.startedAt,
    durationMs: record.durationSeconds * MS,
    result: failure === null ? result(record) : failure.message,
  };
}

export function changes(counts: { created: number; updated: number; deleted: number }): string {
  const parts = [
    [counts.created, 'created'],
    [counts.updated, 'updated'],
    [counts.deleted, 'deleted'],
  ].filter(([count]) => count !== 0);
  return parts.length === 0 ? 'nothing changed' : parts.map(([n, what]) => `${n} ${what}`).join(', ');
}

const later = <R extends { startedAt: string }>(a: R | null, b: R | null): R | null =>
  a === null || (b !== null && b.startedAt > a.startedAt) ? b : a;

/** The syncs of the past that a node remembers. */
export function historyOf(node: string, state: NodeState): LiveHistoryEntry[] {
  return state.recentSyncs.map(({ startedAt, durationSeconds, failure, files, ...counts }) => ({
    id: `${node} ${startedAt}`,
    node,
    startedAt,
    durationMs: durationSeconds * MS,
    failure: failure?.message ?? null,
    counts: { created: counts.created, updated: counts.updated, deleted: counts.deleted },
    files: { created: files.created, updated: files.updated, deleted: files.deleted },
  }));
}
