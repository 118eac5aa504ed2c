import { storePath } from '../../../src/agents/paths.ts';
import type { AgentData } from '../../../src/agents/store.ts';
import { AGENTS } from '../agents/agent-homes.ts';
import { registered, reported } from '../agents/agent-rows.ts';
import { AgentsCluster } from '../agents/agents-cluster.ts';
import { load } from '../agents/wdb-load.ts';
import { loopDelays } from '../loop-delay.ts';
import { startProfiles, stopProfiles } from '../profiles.ts';
import type { RunContext, Sample, Scenario } from '../scenario.ts';

/** Room for agents in one request, which has at most 64 KiB. */
const CHUNK_CHARS = 64_000;
/** The original serves eight requests at a time. */
const BATCH_CONNECTIONS = 4;
const CONNECTIONS = 8;
const REPORTED_S = 1_700_000_000;

export const agentStore: Scenario = {
  name: 'agent-store',
  title: 'the embedded store of a master with 50,000 agents, at its socket',
  figures: [
    {
      key: 'batches',
      title: 'agents written, in requests of 64 KiB',
      unit: '/s',
      goal: { atLeast: 50_000 },
    },
    { key: 'keepalives', title: 'keepalives of one agent each', unit: '/s', goal: { atLeast: 20_000 } },
    { key: 'reads', title: 'rows of one agent each read', unit: '/s', goal: { atLeast: 20_000 } },
  ],
  isMusterAlone: true,
  run,
};

/** Every column of every agent changes; then each reports once more, and is read. */
async function run(context: RunContext): Promise<Sample> {
  const cluster = await AgentsCluster.start({ ...context, workers: 0 });
  try {
    const { master } = cluster;
    const socket = storePath(master.home, 'socket');
    const ids = Array.from({ length: AGENTS }, (_, i) => i + 1);
    await load(socket, chunks(ids, 1), BATCH_CONNECTIONS);
    await startProfiles(context, [master]);
    const fromMs = Date.now();
    const batches = await load(socket, chunks(ids, 2), BATCH_CONNECTIONS);
    const keepalives = await load(socket, ids.map(keepalive), CONNECTIONS);
    const reads = await load(
      socket,
      ids.map((id) => `global get-agent-info ${id}`),
      CONNECTIONS,
    );
    const loop = await loopDelays(cluster, fromMs, Date.now());
    await stopProfiles(context, [master]);
    return {
      values: { batches: AGENTS / batches, keepalives: AGENTS / keepalives, reads: AGENTS / reads },
      loop,
    };
  } finally {
    await cluster.close();
  }
}

const keepalive = (id: number) =>
  `global update-keepalive ${JSON.stringify({ id, connection_status: 'active', sync_status: 'syncreq' })}`;

/** Requests that write these agents as another node tells of them. */
function chunks(ids: readonly number[], round: number): string[] {
  const requests: string[] = [];
  let rows: string[] = [];
  let chars = 0;
  const flush = () => requests.push(`global sync-agent-info-set [${rows.join(',')}]`);
  for (const id of ids) {
    const row = JSON.stringify(infoOf(reported(id, 'worker1', round), round));
    if (chars + row.length > CHUNK_CHARS) {
      flush();
      rows = [];
      chars = 0;
    }
    rows.push(row);
    chars += row.length + 1;
  }
  flush();
  return requests;
}

function infoOf({ id, columns, ip, labels = {}, ...statuses }: AgentData, round: number) {
  return {
    id,
    name: registered(id).name,
    ip,
    ...columns,
    last_keepalive: REPORTED_S + round,
    connection_status: statuses.connectionStatus,
    disconnection_time: 0,
    group_config_status: statuses.groupConfigStatus,
    status_code: 0,
    labels: Object.entries(labels).map(([key, value]) => ({ id, key, value })),
  };
}
