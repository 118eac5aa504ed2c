import type { ArgsOf, ReplyOf } from '../../protocol/commands.ts';
import type { NodeServices } from '../services.ts';
import type { SyncRecord, WorkerStatus } from '../status.ts';

export type HealthArgs = ArgsOf<'get_health'>;
type NodeHealth = ReplyOf<'get_health'>['nodes'][string];

/** What stands for a date of something that has not happened on this connection. */
const NEVER = 'n/a';
const NO_CHUNKS = { n_synced_chunks: 0 };

/** What each connected node did last. Unknown names are left out. Specification: Local protocol, `get_health`. */
export function health(services: NodeServices, { nodes }: HealthArgs): ReplyOf<'get_health'> {
  const { config, version, status } = services;
  const isWanted = (name: string) => nodes === null || nodes.includes(name);
  const workers = [...status.workers.values()].filter(({ name }) => isWanted(name));
  const answer: Record<string, NodeHealth> = Object.fromEntries(
    workers.map((worker) => [worker.name, workerHealth(worker)]),
  );
  if (isWanted(config.nodeName)) {
    answer[config.nodeName] = {
      info: {
        name: config.nodeName,
        type: 'master',
        version,
        ip: config.nodes[0] ?? config.bindAddress,
        n_active_agents: null,
      },
    };
  }
  return { n_connected_nodes: workers.length, nodes: answer };
}

function workerHealth(worker: WorkerStatus): NodeHealth {
  return {
    info: {
      name: worker.name,
      type: 'worker',
      version: worker.version,
      ip: worker.address.replace(/:\d+$/, ''),
      n_active_agents: null,
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
      sync_agent_info_free: true,
      last_sync_agentinfo: { ...dates(null), ...NO_CHUNKS },
      last_sync_agentgroup: { date_start: NEVER, date_end: NEVER, ...NO_CHUNKS },
      last_sync_full_agentgroup: { date_start: NEVER, date_end: NEVER, ...NO_CHUNKS },
      last_keep_alive: worker.lastKeepalive,
    },
  };
}

function dates(record: SyncRecord | null) {
  if (record === null) return { date_start_master: NEVER, date_end_master: NEVER };
  const endMs = Date.parse(record.startedAt) + record.durationSeconds * 1000;
  return { date_start_master: record.startedAt, date_end_master: new Date(endMs).toISOString() };
}
