import type { ArgsOf, ReplyOf } from '../../protocol/commands.ts';
import type { NodeServices } from '../services.ts';
import type { ChunksRecord, SyncRecord, WorkerStatus } from '../status.ts';

export type HealthArgs = ArgsOf<'get_health'>;
type NodeHealth = ReplyOf<'get_health'>['nodes'][string];

/** What stands for a date of something that has not happened on this connection. */
const NEVER = 'n/a';

/** What each connected node did last. Unknown names are left out. Specification: Local protocol, `get_health`. */
export async function health(services: NodeServices, { nodes }: HealthArgs): Promise<ReplyOf<'get_health'>> {
  const { config, version, status } = services;
  const isWanted = (name: string) => nodes === null || nodes.includes(name);
  const workers = [...status.workers.values()].filter(({ name }) => isWanted(name));
  const names = [config.nodeName, ...workers.map(({ name }) => name)].filter(isWanted);
  const activeAgents = await countActiveAgents(services, names);
  const answer: Record<string, NodeHealth> = Object.fromEntries(
    workers.map((worker) => [worker.name, workerHealth(worker, activeAgents?.get(worker.name) ?? null)]),
  );
  if (isWanted(config.nodeName)) {
    answer[config.nodeName] = {
      info: {
        name: config.nodeName,
        type: 'master',
        version,
        ip: config.nodes[0] ?? config.bindAddress,
        n_active_agents: activeAgents?.get(config.nodeName) ?? null,
      },
    };
  }
  return { n_connected_nodes: workers.length, nodes: answer };
}

/** Null while the store does not answer: what else is known is told all the same. */
async function countActiveAgents(
  services: NodeServices,
  names: readonly string[],
): Promise<ReadonlyMap<string, number> | null> {
  try {
    return await services.store.forRequests().countActiveAgents(names);
  } catch (error) {
    const level = services.store.levelOf(error, 'warning');
    services.log.tagged('Cluster', 'Agents')[level]('Active agents could not be counted', { error });
    return null;
  }
}

function workerHealth(worker: WorkerStatus, activeAgents: number | null): NodeHealth {
  return {
    info: {
      name: worker.name,
      type: 'worker',
      version: worker.version,
      ip: worker.address.replace(/:\d+$/, ''),
      n_active_agents: activeAgents,
    },
    status: {
      sync_integrity_free: !worker.isSyncing,
      last_check_integrity: dates(worker.lastCheck),
      last_sync_integrity: {
        ...dates(worker.lastSync),
        total_files: {
          missing: worker.lastSync?.created ?? 0,
          shared: worker.lastSync?.updated ?? 0,
          extra: worker.lastSync?.deleted ?? 0,
        },
      },
      sync_agent_info_free: !worker.isSyncingAgents,
      last_sync_agentinfo: {
        ...dates(worker.lastAgentInfo),
        n_synced_chunks: worker.lastAgentInfo?.chunks ?? 0,
      },
      last_sync_agentgroup: groupsDates(worker.lastGroups),
      last_sync_full_agentgroup: groupsDates(worker.lastAllGroups),
      last_keep_alive: worker.lastKeepalive,
    },
  };
}

function groupsDates(record: ChunksRecord | null) {
  const { date_start_master: date_start, date_end_master: date_end } = dates(record);
  return { date_start, date_end, n_synced_chunks: record?.chunks ?? 0 };
}

function dates(record: SyncRecord | ChunksRecord | null) {
  if (record === null) return { date_start_master: NEVER, date_end_master: NEVER };
  const endMs = Date.parse(record.startedAt) + record.durationSeconds * 1000;
  return { date_start_master: record.startedAt, date_end_master: new Date(endMs).toISOString() };
}
