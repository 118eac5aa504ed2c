import type { JsonObject } from '../../protocol/dialects/wazuh4/objects.ts';
import { dateOf, isoOf } from './results.ts';

/** Fields of an agent that are dates. */
const DATES = ['dateAdd', 'lastKeepAlive', 'disconnection_time'];
const AGENT = [
  'id',
  'name',
  'ip',
  'registerIP',
  'status',
  'status_code',
  'version',
  'group',
  'manager',
  'node_name',
  'dateAdd',
  'lastKeepAlive',
  'disconnection_time',
  'configSum',
  'mergedSum',
  'group_config_status',
  'os',
];
const OS = ['name', 'version', 'major', 'minor', 'codename', 'build', 'platform', 'uname', 'arch'];
const SYSTEM_OS = ['name', 'version', 'major', 'minor', 'codename', 'build', 'platform'];
const SYSTEM = ['agent_id', 'architecture', 'hostname', 'sysname', 'release', 'version'];

/** Fields of a system that may be selected; whose it is is always told. */
export const SYSTEM_FIELDS: readonly string[] = [
  ...SYSTEM.filter((field) => field !== 'agent_id'),
  ...SYSTEM_OS.map((field) => `os.${field}`),
];

/** Of an object the keys that both sides know, as far as they are there. */
export const knownKeys = (object: JsonObject, keys: readonly string[]): JsonObject =>
  Object.fromEntries(
    keys.filter((key) => object[key] !== undefined && object[key] !== null).map((key) => [key, object[key]]),
  );

/** An agent of ours as the original tells of it. */
export const item4OfAgent = (agent: JsonObject): JsonObject =>
  Object.fromEntries(
    Object.entries(agent).map(([key, value]) => [
      key,
      DATES.includes(key) && typeof value === 'string' ? dateOf(value) : value,
    ]),
  );

/** An agent of the original in our terms. */
export function agentOf(agent: JsonObject): JsonObject {
  const known = knownKeys(agent, AGENT);
  return {
    ...Object.fromEntries(Object.entries(known).map(([key, value]) => [key, isoOf(value)])),
    ...(known.os === undefined ? {} : { os: knownKeys(known.os as JsonObject, OS) }),
  };
}

/** The operating system of an agent, as the original's node of this name tells of it. */
export function osOf(item: JsonObject, node: string): JsonObject {
  const { os } = item as { os?: JsonObject };
  return { ...knownKeys(item, SYSTEM), node_name: node, os: knownKeys(os ?? {}, SYSTEM_OS) };
}

/** The same as the original tells of it, which does not say the node; of the fields those that are selected. */
export function system4Of(
  { node_name: _node, ...system }: JsonObject,
  select: readonly string[] | null,
): JsonObject {
  if (select === null) return system;
  const os = select.filter((field) => field.startsWith('os.')).map((field) => field.slice('os.'.length));
  return {
    ...knownKeys(system, ['agent_id', ...select]),
    ...(os.length === 0 ? {} : { os: knownKeys((system.os ?? {}) as JsonObject, os) }),
  };
}
