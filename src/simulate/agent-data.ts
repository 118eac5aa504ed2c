import { createHash } from 'node:crypto';
import type { AgentData, ReportedColumn, SyncStatus } from '../agents/store.ts';
import type { AgentState } from './agent-state.ts';
import { type Release, type System, systems } from './systems.ts';

/** The node that an agent reports to. */
export interface Reporter {
  readonly nodeName: string;
  readonly managerHost: string;
  readonly syncStatus: SyncStatus;
}

const AGENT_VERSION = 'Wazuh v4.7.5';
const SITES = ['berlin', 'denver', 'osaka'];

/** What an agent tells of itself when it connects, and when it has changed. */
export function agentData(agent: AgentState, { nodeName, managerHost, syncStatus }: Reporter): AgentData {
  return {
    id: agent.id,
    connectionStatus: 'active',
    groupConfigStatus: 'synced',
    syncStatus,
    ip: `10.${(agent.id >> 16) & 255}.${(agent.id >> 8) & 255}.${agent.id & 255}`,
    labels: { site: SITES[agent.id % SITES.length] ?? '', owner: `team-${agent.id % 7}` },
    columns: {
      ...systemColumns(agent),
      version: AGENT_VERSION,
      config_sum: sum(`${agent.name} ${agent.release}`),
      merged_sum: sum(agent.groups.join()),
      manager_host: managerHost,
      node_name: nodeName,
    },
  };
}

function systemColumns({ name, ...agent }: AgentState): Partial<Record<ReportedColumn, string>> {
  const system = systems[agent.system];
  const release = system?.releases[agent.release];
  if (system === undefined || release === undefined) return {};
  return {
    os_name: system.name,
    os_version: release.version,
    os_major: release.major,
    os_minor: release.minor,
    ...(release.codename && { os_codename: release.codename }),
    ...(system.kernel === 'Windows' && { os_build: release.build }),
    os_platform: system.platform,
    os_arch: system.arch,
    os_uname: unameOf(name, system, release),
  };
}

function unameOf(name: string, { name: systemName, kernel, arch }: System, release: Release): string {
  if (kernel === 'Windows') return `${systemName} ${release.version}`;
  return `${kernel} |${name} |${release.build} |#1 SMP |${arch}`;
}

/** As long as the MD5 sums that agents tell. */
const SUM_CHARS = 32;
const sum = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, SUM_CHARS);
