import type { AgentColumn } from '../agents/agent-query.ts';
import type { RequestStore } from '../agents/request-store.ts';
import { MusterError } from '../protocol/errors.ts';
import { Failures } from './failures.ts';

export type AgentRow = Readonly<Record<string, unknown>>;

/** The ids of agents as they were given: `001` and `0001` are one agent. What is no id stands for itself. */
export function byNumber<Id extends string | number>(ids: readonly Id[]): Map<Id | number, Id> {
  const agents = new Map<Id | number, Id>();
  for (const id of ids) {
    const number = Number.isSafeInteger(Number(id)) ? Number(id) : id;
    if (!agents.has(number)) agents.set(number, id);
  }
  return agents;
}

/** The rows of those of these agents that there are, by their ids as they were given; the others fail with 1701. */
export async function knownAgents(
  store: RequestStore,
  ids: readonly string[],
  columns: readonly AgentColumn[],
): Promise<{ rows: Map<string, AgentRow>; failures: Failures }> {
  const asGiven = [...byNumber(ids).values()];
  const numbers = asGiven.map(Number);
  const { rows: present } = await store.findAgents({
    where: { ids: numbers },
    columns: ['id', ...columns],
    order: [],
    offset: 0,
    limit: numbers.length,
    isDistinct: false,
  });
  const found = new Map(present.map((row) => [Number(row.id), row]));
  const failures = new Failures();
  const rows = new Map<string, AgentRow>();
  for (const id of asGiven) {
    const row = found.get(Number(id));
    if (row === undefined) failures.add(id, new MusterError(1701));
    else rows.set(id, row);
  }
  return { rows, failures };
}

const MANAGER_ID = 0;

/** The same without the manager itself, which fails with 1703: it cannot be changed. */
export async function changeableAgents(...args: Parameters<typeof knownAgents>) {
  const { rows, failures } = await knownAgents(...args);
  for (const id of [...rows.keys()]) {
    if (Number(id) !== MANAGER_ID) continue;
    rows.delete(id);
    failures.add(id, new MusterError(1703));
  }
  return { rows, failures };
}
