import { z } from 'zod';
import type { JsonObject } from '../../protocol/dialects/wazuh4/objects.ts';
import { MusterError } from '../../protocol/errors.ts';
import { selectedFields } from '../list-query.ts';
import { SYSTEM_FIELDS } from './agents.ts';
import { filters, filtersOf, kwargsOf, listArgsOf, listKwargs } from './lists.ts';

const systems = z.strictObject({
  agent_list: z.array(z.string()).min(1),
  element_type: z.literal('os'),
  ...listKwargs,
  filters: filters.nullish(),
  array: z.boolean().nullish(),
  nested: z.boolean().nullish(),
});

/** Whose systems are asked for. There is one for each agent, in the order of these: any other list is refused (3108), as are unknown fields (1724). */
export function agentsOfSystems(kwargs: JsonObject): readonly string[] {
  const asked = kwargsOf(systems, kwargs, 'get_item_agent');
  const { agent_list, limit, select, filters: given4, offset, sort, search, q, distinct } = asked;
  const { limit: _limit, ...others } = listArgsOf({ offset, sort, search, q, distinct });
  const [unknown] = Object.keys({ ...others, ...filtersOf(given4) });
  const isCut = typeof limit === 'number' && limit < agent_list.length;
  if (unknown !== undefined || isCut)
    throw new MusterError(3108, `get_item_agent: ${unknown ?? 'limit'} is not understood`);
  selectedFields(select ?? undefined, SYSTEM_FIELDS);
  return agent_list;
}
