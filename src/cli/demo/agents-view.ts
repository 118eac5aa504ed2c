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
  /** Between the last report that the node has heard and the last of its reports that the master has. */
  readonly behindS: number | null;
  readonly groupsChecksum: string | null;
}

/** By node; null for one that does not answer. */
export async function viewAgents(
  master: NodeProcess,
  workers: readonly NodeProcess[],
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
      const { heardS, ...rest } = own;
      const there = known && (known.get(node.name) ?? { active: 0, heardS: null });
      const masterKnows = there ? there.active : null;
      const behindS = there && heardS !== null ? Math.max(0, heardS - (there.heardS ?? 0)) : null;
      return [node, { ...rest, masterKnows, behindS }];
    }),
  );
}

interface Counted {
  readonly registered: number;
  readonly active: number;
  readonly unsynced: number;
  readonly heardS: number | null;
  readonly groupsChecksum: string | null;
}

async function count({ name, store }: NodeProcess): Promise<Counted> {
  const own = `node_name='${name}'`;
  const sql = `select count(*) as registered, total(connection_status='active' and ${own}) as active, total(sync_status='syncreq') as unsynced, max(case when ${own} then last_keepalive end) as heard from agent where id>0`;
  const [[row], groupsChecksum] = await Promise.all([rows(store, sql), store.groupsHash()]);
  return {
    registered: Number(row?.registered ?? 0),
    active: Number(row?.active ?? 0),
    unsynced: Number(row?.unsynced ?? 0),
    heardS: row?.heard ?? null,
    groupsChecksum,
  };
}

async function byNode({ store }: NodeProcess): Promise<Map<string, Pick<Counted, 'active' | 'heardS'>>> {
  const sql =
    "select node_name as node, total(connection_status='active') as active, max(last_keepalive) as heard from agent where id>0 group by node_name";
  const found = await rows(store, sql);
  return new Map(
    found.map(({ node, active, heard }) => [String(node), { active: Number(active), heardS: heard ?? null }]),
  );
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
