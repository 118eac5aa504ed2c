import { setTimeout as pause } from 'node:timers/promises';
import { createLogUpdate } from 'log-update';
import type { ClusterClient } from '../local/cluster-client.ts';
import { statusReply } from '../local/status-reply.ts';
import { MusterError } from '../protocol/errors.ts';
import { MAX_NODES } from '../protocol/limits.ts';
import { withCluster } from './ask-cluster.ts';
import { fitted } from './fitted.ts';
import { nodesTable, type ShownNode } from './nodes-table.ts';
import { print } from './output.ts';

export interface WatchOptions {
  readonly intervalMs: number;
  readonly asJson: boolean;
  readonly signal: AbortSignal;
}

/** Nodes that do not answer in this time are shown as such. */
const LOOK_TIMEOUT_MS = 5_000;

interface View {
  readonly nodes: readonly ShownNode[];
  /** By status. */
  readonly agents: Readonly<Record<string, number>>;
}

/** Looks at the cluster until the signal ends it. Rejects if the first look fails; later failures are shown. */
export async function watchCluster(home: string, options: WatchOptions): Promise<void> {
  await withCluster(home, async (client) => {
    const isLive = process.stdout.isTTY && !options.asJson;
    const update = createLogUpdate(process.stdout);
    const show = isLive ? (text: string) => update(fitted(text)) : print;
    for (let isFirst = true; !options.signal.aborted; isFirst = false) {
      try {
        show(textOf(await look(client), options.asJson));
      } catch (error) {
        if (isFirst) throw error;
        show(failureText(MusterError.from(error), options.asJson));
      }
      // Whoever interrupts does not wait for it.
      await pause(options.intervalMs, undefined, { signal: options.signal }).catch(() => {});
    }
    if (isLive) update.done();
  });
}

async function look(client: ClusterClient): Promise<View> {
  const options = { timeoutMs: LOOK_TIMEOUT_MS };
  const [known, states, summary] = await Promise.all([
    client.request('cluster.nodes', { sort: 'type,name', limit: MAX_NODES }, options),
    client.request('node.status', {}, options),
    client.request('agents.summary_status', {}, options),
  ]);
  const told = new Map(
    states.items.map(({ name, status }) => [name, statusReply.safeParse(status).data ?? null]),
  );
  const nodes = known.items.map(({ name = '—', type = '—' }) => {
    const state = told.get(name) ?? null;
    return { name, role: type, pid: state?.pid ?? null, state, silence: 'no answer' };
  });
  return { nodes, agents: summary.connection };
}

function textOf({ nodes, agents }: View, asJson: boolean): string {
  const at = new Date().toISOString();
  if (asJson) {
    return JSON.stringify({
      at,
      nodes: nodes.map(({ name, role, state }) => ({ name, role, state })),
      agents,
    });
  }
  const { total, ...byStatus } = agents;
  const counts = Object.entries(byStatus).map(([status, count]) => `${count} ${status.replace('_', ' ')}`);
  return `${nodesTable(nodes)}\n\n${total} agents: ${counts.join(', ')}\n${at}\n`;
}

function failureText(error: MusterError, asJson: boolean): string {
  const at = new Date().toISOString();
  return asJson ? JSON.stringify({ at, error: error.toWire() }) : `${at} ${error.toLog()}\n`;
}
