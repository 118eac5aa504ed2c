import type { NodeProcess } from './node-process.ts';

/** The agents of a node, as far as its own store and the master's tell. */
export interface AgentsView {
  readonly registered: number;
  /** Active agents that report to this node, as its own store has them. */
  readonly active: number;
  /** Rows that the master has still to be told. */
  readonly unsynced: number;
  /** Active agents of this node as the master's store has them; null while that does not answer. */
  readonly masterKnows: number | null;
  /** How long the oldest news of the node has waited for the master to confirm it; 0 if there is none. */
  readonly behindS: number;
  readonly groupsChecksum: string | null;
}

/** By node; null for one that does not answer. */
export async function viewAgents(
  master: NodeProcess,
  workers: readonly NodeProcess[],
  nowS = Date.now() / 1000,
): Promise<Map<NodeProcess, AgentsView | null>> {
  const nodes = [master, ...workers];
  const [known, ...counted] = await Promise.all([
    orNull(byNode(master)),
    ...nodes.map((node) => orNull(count(node))),
  ]);
  return new Map(
    nodes.map((node, index) => {
      const own = counted[index];
      if (!own) return [node, null];
      const { oldestS, ...rest } = own;
      const behindS = oldestS === null ? 0 : Math.max(0, Math.floor(nowS) - oldestS);
      return [node, { ...rest, masterKnows: known && (known.get(node.name) ?? 0), behindS }];
    }),
  );
}

interface Counted {
  readonly registered: number;
  readonly active: number;
  readonly unsynced: number;
  /** When the oldest of what is unsynced was reported. */
  readonly oldestS: number | null;
  readonly groupsChecksum: string | null;
}

async function count({ name, store }: NodeProcess): Promise<Counted> {
  const own = `node_name='${name}'`;
  const sql = `select count(*) as registered, total(connection_status='active' and ${own}) as active, total(sync_status='syncreq') as unsynced, min(case when sync_status='syncreq' then max(ifnull(last_keepalive,0),ifnull(disconnection_time,0)) end) as oldest from agent where id>0`;
  const [[row], groupsChecksum] = await Promise.all([rows(store, sql), store.groupsHash()]);
  return {
    registered: Number(row?.registered ?? 0),
    active: Number(row?.active ?? 0),
    unsynced: Number(row?.unsynced ?? 0),
    oldestS: row?.oldest ?? null,
    groupsChecksum,
  };
}

/** Active agents of each node. */
async function byNode({ store }: NodeProcess): Promise<Map<string, number>> {
  const sql =
    "select node_name as node, total(connection_status='active') as active from agent where id>0 group by node_name";
  return new Map((await rows(store, sql)).map(({ node, active }) => [String(node), Number(active)]));
}

type SqlRow = Readonly<Record<string, number>>;

async function rows(store: NodeProcess['store'], sql: string): Promise<SqlRow[]> {
  const { status, payload } = await store.query(`global sql ${sql}`);
  if (status !== 'ok') throw new Error(payload);
  return JSON.parse(payload) as SqlRow[];
}

/** A node that starts, ends or was killed has no answer; whoever looks sees that. */
async function orNull<T>(value: Promise<T>): Promise<T | null> {
  return value.catch(() => null);
}
