import { MusterError } from '../../protocol/errors.ts';
import { MAX_NODES } from '../../protocol/limits.ts';
import type { MethodResult } from '../../requests/methods.ts';
import type { ClusterPort } from '../cluster-port.ts';
import { GONE_NODE_SHOWN_MS, MAX_GONE_NODES, MAX_HISTORY_ENTRIES } from '../limits.ts';
import { historyOf, type NodeState, nodeState, syncsOf } from './node-state.ts';
import type { LiveHistoryEntry, LiveNode, LiveRequests, LiveSnapshot } from './snapshot.ts';

/** A look that takes longer shows what it has. */
const LOOK_TIMEOUT_MS = 5_000;

type Nodes = MethodResult<'cluster.nodes'>['items'];

/** Looks at the cluster, and remembers what the cluster itself does not: who was there, and since when one lags. */
export class Collector {
  readonly #cluster: ClusterPort;
  readonly #requests: () => LiveRequests;
  readonly #now: () => number;
  #own: LiveSnapshot['own'] = null;
  #nodes = new Map<string, LiveNode>();
  #states = new Map<string, NodeState>();
  #agents: LiveSnapshot['agents'] = null;
  #history: readonly LiveHistoryEntry[] = [];
  readonly #behindSinceMs = new Map<string, number>();

  constructor(cluster: ClusterPort, requests: () => LiveRequests, now: () => number = Date.now) {
    this.#cluster = cluster;
    this.#requests = requests;
    this.#now = now;
  }

  /** Never rejects: what could not be had is told as trouble, beside what was known before. */
  async look(): Promise<LiveSnapshot> {
    const ask = { timeoutMs: LOOK_TIMEOUT_MS };
    const [own, nodes, states, health, agents] = await Promise.allSettled([
      this.#cluster.request('cluster.local_info', {}, ask),
      this.#cluster.request('cluster.nodes', { limit: MAX_NODES }, ask),
      this.#cluster.request('node.status', {}, ask),
      this.#cluster.request('cluster.health', {}, ask),
      this.#cluster.request('agents.summary_status', {}, ask),
    ]);
    if (own.status === 'fulfilled') this.#own = pick(own.value);
    if (states.status === 'fulfilled') this.#takeStates(states.value.items);
    if (nodes.status === 'fulfilled') {
      const active = new Map(
        health.status === 'fulfilled'
          ? health.value.items.map(({ info }) => [info.name, info.n_active_agents])
          : [],
      );
      this.#takeNodes(nodes.value.items, active);
    }
    if (agents.status === 'fulfilled') {
      const { total: _, ...byStatus } = agents.value.connection;
      this.#agents = byStatus;
    }
    const failed = [own, nodes, states, health, agents].find(({ status }) => status === 'rejected');
    const trouble = failed?.status === 'rejected' ? MusterError.from(failed.reason) : null;
    return this.#snapshot(own.status === 'fulfilled', trouble);
  }

  #snapshot(isUp: boolean, trouble: MusterError | null): LiveSnapshot {
    return {
      at: new Date(this.#now()).toISOString(),
      own: this.#own,
      isUp,
      trouble: trouble && { code: trouble.code, message: trouble.message },
      nodes: [...this.#nodes.values()],
      agents: this.#agents,
      requests: this.#requests(),
      history: this.#history,
    };
  }

  #takeStates(items: MethodResult<'node.status'>['items']): void {
    this.#states = new Map(items.map(({ name, status }) => [name, nodeState.parse(status)]));
    const known = new Map(this.#history.map((entry) => [entry.id, entry]));
    for (const [name, state] of this.#states) {
      for (const entry of historyOf(name, state)) known.set(entry.id, entry);
    }
    this.#history = [...known.values()]
      .sort((a, b) => (a.startedAt < b.startedAt ? 1 : -1))
      .slice(0, MAX_HISTORY_ENTRIES);
  }

  #takeNodes(items: Nodes, active: ReadonlyMap<string, number | null>): void {
    const workers = new Map(
      [...this.#states.values()].flatMap(({ workers }) => workers).map((worker) => [worker.name, worker]),
    );
    const nodes = new Map<string, LiveNode>();
    for (const item of items) {
      const { name = '', type = 'worker' } = item;
      const state = this.#states.get(name);
      const running = workers.get(name);
      nodes.set(name, {
        name,
        type,
        version: item.version ?? '',
        address: item.ip ?? '',
        isConnected: true,
        connectedAt: item.connectedAt ?? null,
        lastKeepaliveAt: item.lastKeepaliveAt ?? null,
        lastSeenAt: new Date(this.#now()).toISOString(),
        files: state?.files ?? null,
        inStep: item.inStep ?? null,
        behindMs: this.#behindMs(name, item.inStep ?? null),
        activeAgents: active.get(name) ?? null,
        ...syncsOf(state, {
          files: running?.isSyncing ?? false,
          agents: running?.isSyncingAgents ?? false,
        }),
      });
    }
    this.#nodes = inOrder(nodes, this.#gone(nodes));
  }

  /** Those that were there and are no more, the ones that went last first. */
  #gone(present: ReadonlyMap<string, LiveNode>): LiveNode[] {
    return [...this.#nodes.values()]
      .filter(({ name }) => !present.has(name))
      .filter(({ lastSeenAt }) => this.#now() - Date.parse(lastSeenAt) < GONE_NODE_SHOWN_MS)
      .sort((a, b) => (a.lastSeenAt < b.lastSeenAt ? 1 : -1))
      .slice(0, MAX_GONE_NODES)
      .map((node) => {
        this.#behindSinceMs.delete(node.name);
        return { ...node, isConnected: false, inStep: null, behindMs: null, activeAgents: null };
      });
  }

  #behindMs(name: string, inStep: boolean | null): number | null {
    if (inStep !== false) {
      this.#behindSinceMs.delete(name);
      return null;
    }
    const sinceMs = this.#behindSinceMs.get(name) ?? this.#now();
    this.#behindSinceMs.set(name, sinceMs);
    return this.#now() - sinceMs;
  }
}

/** The master first, the others by name, whether they are there or not: rows do not jump. */
function inOrder(present: ReadonlyMap<string, LiveNode>, gone: readonly LiveNode[]): Map<string, LiveNode> {
  const all = [...present.values(), ...gone].sort(
    (a, b) => Number(b.type === 'master') - Number(a.type === 'master') || a.name.localeCompare(b.name),
  );
  return new Map(all.map((node) => [node.name, node]));
}

const pick = ({ node, type, cluster }: MethodResult<'cluster.local_info'>) => ({ name: node, type, cluster });
