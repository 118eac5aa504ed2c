import { itemsResult } from '../failures.ts';
import type { Handlers } from '../handlers.ts';
import { mapInSlices } from '../in-slices.ts';
import { type AgentRow, knownAgents } from '../known-agents.ts';
import type { syscollectorMethods } from '../methods/syscollector.ts';

const COLUMNS = [
  'os_name',
  'os_version',
  'os_major',
  'os_minor',
  'os_codename',
  'os_build',
  'os_platform',
  'os_uname',
  'os_arch',
] as const;

/** What this node knows of the machines of its agents. */
export const syscollectorHandlers: Handlers<keyof typeof syscollectorMethods> = {
  'syscollector.os': async ({ agents }, { services, signal }) => {
    const { rows, failures } = await knownAgents(services.store(signal), agents, COLUMNS);
    const items = await mapInSlices([...rows], ([id, row]) => osOf(id, row, services.config.nodeName));
    return itemsResult(items, { noun: 'agent', failures });
  },
};

function osOf(id: string, row: AgentRow, nodeName: string) {
  // `Linux |web-01 |5.15.0-generic |#1 SMP |x86_64`
  const [sysname, hostname, release, version] = (textOf(row.os_uname) ?? '')
    .split('|')
    .map((part) => part.trim());
  const known = {
    architecture: textOf(row.os_arch),
    sysname: sysname || undefined,
    hostname,
    release,
    version,
  };
  const os = {
    name: textOf(row.os_name),
    version: textOf(row.os_version),
    major: textOf(row.os_major),
    minor: textOf(row.os_minor),
    codename: textOf(row.os_codename),
    build: textOf(row.os_build),
    platform: textOf(row.os_platform),
  };
  return { agent_id: id, node_name: nodeName, ...present(known), os: present(os) };
}

const textOf = (value: unknown) => (value === undefined ? undefined : String(value));

/** Without what is not known. */
function present<T extends object>(fields: T): { [Name in keyof T]?: string } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;
}
