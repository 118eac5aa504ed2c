import type { JsonObject } from '../../protocol/dialects/wazuh4/objects.ts';

/** What an action is about, beside which the original may name everything. */
const RESOURCES: Readonly<Record<string, readonly string[]>> = {
  'agent:read': ['agent:id:*'],
  'syscollector:read': ['agent:id:*'],
  'group:read': ['group:id:*'],
  'cluster:read': ['node:id:*'],
};
const EVERYTHING = '*:*:*';

/**
 * Whether whoever asks may be told all that an action can be about. The original gives those who may know a part that part;
 * we do not take its permissions apart, and give them nothing. No permissions at all are those of the nodes themselves.
 */
export function mayKnowAll(action: string, permissions: JsonObject | null | undefined): boolean {
  if (permissions === null || permissions === undefined || Object.keys(permissions).length === 0) return true;
  const { rbac_mode: mode, ...actions } = permissions;
  const effects = Object.hasOwn(actions, action) ? actions[action] : undefined;
  const said = typeof effects === 'object' && effects !== null ? Object.entries(effects) : [];
  if (said.some(([, effect]) => effect !== 'allow')) return false;
  if (mode === 'black') return true;
  const whole = [EVERYTHING, ...(RESOURCES[action] ?? [])];
  return said.some(([resource]) => whole.includes(resource));
}
