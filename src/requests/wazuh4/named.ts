import type { JsonObject } from '../../protocol/dialects/wazuh4/objects.ts';

/** What the arguments of a function name, one or several; null where they name none, or all. */
function namesIn(kwargs: JsonObject, one: string, several: string): readonly string[] | null {
  const value = kwargs[several] ?? kwargs[one];
  if (typeof value === 'string') return value === '*' ? null : [value];
  const isList = Array.isArray(value) && value.length > 0 && value.every((name) => typeof name === 'string');
  return isList ? [...new Set(value as readonly string[])] : null;
}

export const namedNodes = (kwargs: JsonObject) => namesIn(kwargs, 'node_id', 'node_list');
export const namedAgents = (kwargs: JsonObject) => namesIn(kwargs, 'agent_id', 'agent_list');
