import type { StatusReply } from '../local/status-reply.ts';
import { shortDigest, table } from './output.ts';
import { describeRound, lastRound } from './status.ts';

/** A node as a table shows it; the state is null while it does not answer. */
export interface ShownNode {
  readonly name: string;
  readonly role: string;
  readonly pid: number | null;
  readonly state: StatusReply | null;
  /** What stands in the place of what is not known. */
  readonly silence: string;
}

const HEAD = ['NODE', 'ROLE', 'PROCESS', 'FILES', 'DIGEST', 'IN STEP', 'LAST SYNC'];

/** Nodes and what they have, the master first. */
export function nodesTable(nodes: readonly ShownNode[]): string {
  const masterDigest = nodes.find(({ role }) => role === 'master')?.state?.digest ?? null;
  return table(
    HEAD,
    nodes.map((node) => rowOf(node, masterDigest)),
  );
}

function rowOf({ name, role, pid, state, silence }: ShownNode, masterDigest: string | null): string[] {
  const process = String(pid ?? '—');
  if (state === null) return [name, role, process, '—', '—', silence, '—'];
  const inStep = role === 'master' || state.digest === masterDigest;
  const step = role === 'worker' && !state.connected ? 'not connected' : inStep ? 'yes' : 'no';
  return [
    name,
    role,
    process,
    String(state.files ?? '—'),
    shortDigest(state.digest),
    step,
    describeRound(lastRound(state)),
  ];
}
