import { z } from 'zod';
import { MAX_NODE_NAME_CHARS, MAX_NODES } from '../../protocol/limits.ts';
import { MAX_NODE_SYNCS, MAX_SHOWN_CHARS, MAX_SYNC_NAMES } from '../limits.ts';
import type { LiveHistoryEntry, LiveSync } from './snapshot.ts';

/** Whatever a node says: all pages keep it, and are told of it. */
const text = z
  .string()
  .transform((text) => (text.length > MAX_SHOWN_CHARS ? `${text.slice(0, MAX_SHOWN_CHARS - 1)}…` : text));
const moment = z.string().max(MAX_SHOWN_CHARS);
const upTo = <T extends z.ZodType>(length: number, item: T) =>
  z
    .array(z.unknown())
    .transform((items) => items.slice(0, length))
    .pipe(z.array(item))
    .catch([]);

const failure = z.object({ code: z.number(), message: text }).nullable().catch(null);
const count = z.number().catch(0);
const names = upTo(MAX_SYNC_NAMES, text);
const ran = { startedAt: moment, durationSeconds: z.number(), failure };
const changed = { created: count, updated: count, deleted: count };
const round = z
  .object({ ...ran, ...changed, outcome: text.catch('') })
  .nullable()
  .catch(null);
const chunks = z
  .object({ ...ran, chunks: count })
  .nullable()
  .catch(null);
const recent = z.object({
  ...ran,
  ...changed,
  files: z.object({ created: names, updated: names, deleted: names }),
});
const scan = z.object(ran).nullable().catch(null);

/**
 * What `node.status` says of a node, as far as the page shows it. A newer daemon may say more, and what an older one does
 * not say is not shown. However much it says, no more is taken than a page can be told every second.
 */
export const nodeState = z.object({
  files: z.number().nullable().catch(null),
  lastCheck: round,
  lastSync: round,
  lastAgentInfo: chunks,
  lastGroups: chunks,
  lastAllGroups: chunks,
  lastLocalIntegrity: scan,
  recentSyncs: upTo(MAX_NODE_SYNCS, recent),
  workers: upTo(
    MAX_NODES,
    z.object({
      name: z.string().max(MAX_NODE_NAME_CHARS),
      isSyncing: z.boolean().catch(false),
      isSyncingAgents: z.boolean().catch(false),
    }),
  ),
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
