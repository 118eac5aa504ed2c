import { shortDigest, table } from '../output.ts';
import type { AgentsView } from './agents-view.ts';
import type { NodeProcess } from './node-process.ts';

export type ViewedNode = Pick<NodeProcess, 'name' | 'role'>;

const UNKNOWN = '—';
const AGENTS_HEAD = ['NODE', 'AGENTS', 'ACTIVE', 'MASTER KNOWS', 'NOT SYNCED', 'BEHIND', 'GROUPS', 'IN STEP'];

/** Agents by node, and how far the master is behind; the master is the first. */
export function agentsTable(views: ReadonlyMap<ViewedNode, AgentsView | null>): string {
  const [master = null] = views.values();
  const rows = [...views].map(([node, view]) => agentsRow(node, view, master));
  return table(AGENTS_HEAD, [...rows, sumRow([...views.values()].filter((view) => view !== null))]);
}

function agentsRow({ name, role }: ViewedNode, view: AgentsView | null, master: AgentsView | null): string[] {
  if (view === null) return [name, ...AGENTS_HEAD.slice(1).map((head) => UNKNOWN.padStart(head.length))];
  const { registered, active, masterKnows, unsynced, behindS, groupsChecksum } = view;
  const isMaster = role === 'master';
  const inStep = groupsChecksum === master?.groupsChecksum ? 'yes' : 'no';
  const facts = isMaster
    ? [registered, active, UNKNOWN, UNKNOWN, UNKNOWN]
    : [registered, active, masterKnows ?? UNKNOWN, unsynced, `${behindS}s`];
  return [name, ...numbers(facts), shortDigest(groupsChecksum), isMaster || !master ? UNKNOWN : inStep];
}

/** Agents report to one node each, so what nodes have of their own adds up. */
function sumRow(views: readonly AgentsView[]): string[] {
  const sum = (of: (view: AgentsView) => number) => views.reduce((total, view) => total + of(view), 0);
  const [active, known] = [sum((view) => view.active), sum((view) => view.masterKnows ?? 0)];
  const registered = Math.max(0, ...views.map((view) => view.registered));
  return ['all', ...numbers([registered, active, known, sum((view) => view.unsynced)])];
}

/** Below their heads, to the right. */
const numbers = (values: readonly (number | string)[]) =>
  values.map((value, index) => String(value).padStart(AGENTS_HEAD[index + 1]?.length ?? 0));

/** The same in one line. */
export function describeAgents(views: ReadonlyMap<ViewedNode, AgentsView | null>): string {
  const words = [...views].map(([{ name, role }, view]) => {
    if (view === null) return `${name} does not answer`;
    const { active, masterKnows, unsynced } = view;
    if (role === 'master') return `${name} ${active}`;
    return `${name} ${active} (the master knows ${masterKnows ?? 'nothing'}, ${unsynced} not synced)`;
  });
  return words.join(', ');
}
