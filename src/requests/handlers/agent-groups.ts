import type { RequestStore } from '../../agents/request-store.ts';
import type { GroupsMode } from '../../agents/store.ts';
import { MusterError } from '../../protocol/errors.ts';
import { MAX_PAGE_ITEMS } from '../../protocol/limits.ts';
import { isGroupName } from '../../registration/group-name.ts';
import { formatAgentId } from '../../registration/key-lines.ts';
import { MAX_GROUPS_PER_AGENT } from '../../registration/limits.ts';
import { type Failures, itemsResult } from '../failures.ts';
import type { Handlers } from '../handlers.ts';
import { type AgentRow, changeableAgents } from '../known-agents.ts';
import type { agentMethods } from '../methods/agents.ts';

type Names = keyof typeof agentMethods & ('agents.assign_group' | 'agents.remove_from_group');

/** Which agents are in which groups; the workers are told by the broadcast of the master. */
export const agentGroupHandlers: Handlers<Names> = {
  'agents.assign_group': async ({ agents, group, force_single_group }, { services, signal }) => {
    const store = services.store(signal);
    await checkGroups(store, [group]);
    const { rows, failures } = await changeableAgents(store, agents, ['group']);
    const isAlone = force_single_group ?? false;
    const wanted = [...rows].filter(([id, row]) => {
      const present = groupsIn(row);
      if (isAlone || present.includes(group) || present.length < MAX_GROUPS_PER_AGENT) return true;
      failures.add(id, new MusterError(1737));
      return false;
    });
    const changed = wanted.filter(([, row]) => isAlone || !groupsIn(row).includes(group)).map(([id]) => id);
    const refused = await assign(
      store,
      isAlone ? 'override' : 'append',
      changed.map((id) => ({ id, groups: [group] })),
      failures,
    );
    return itemsResult(
      wanted.map(([id]) => id).filter((id) => !refused.has(id)),
      { noun: 'agent', failures, done: `in ${group}` },
    );
  },

  'agents.remove_from_group': async ({ agents, groups }, { services, signal }) => {
    const store = services.store(signal);
    if (groups !== undefined) await checkGroups(store, groups);
    const members = agents === 'all' ? await idsOfMembers(store, groups) : agents;
    const { rows, failures } = await changeableAgents(store, members, ['group']);
    const leaving = [...rows].flatMap(([id, row]) => {
      const gone = leavable(id, { present: groupsIn(row), groups, isAll: agents === 'all', failures });
      return gone.length === 0 ? [] : [{ id, gone }];
    });
    const refused = await assign(
      store,
      'remove',
      leaving.map(({ id, gone }) => ({ id, groups: gone })),
      failures,
    );
    return itemsResult(
      leaving.map(({ id }) => id).filter((id) => !refused.has(id)),
      { noun: 'agent', failures, done: 'changed' },
    );
  },
};

/** The groups that an agent leaves. One that is in none of them, or would only come back to `default`, fails with 1734. */
function leavable(
  id: string,
  {
    present,
    groups,
    isAll,
    failures,
  }: {
    present: readonly string[];
    groups: readonly string[] | undefined;
    isAll: boolean;
    failures: Failures;
  },
): readonly string[] {
  const gone = groups === undefined ? present : groups.filter((name) => present.includes(name));
  if (!isAll && groups !== undefined && gone.length < groups.length) {
    const missing = groups.filter((name) => !present.includes(name));
    failures.add(id, new MusterError(1734, missing.join(', ')));
    return [];
  }
  const isOnlyDefault = present.length === 1 && present[0] === DEFAULT_GROUP;
  if (gone.length === 0 || (isOnlyDefault && gone.includes(DEFAULT_GROUP))) {
    if (!isAll) failures.add(id, new MusterError(1734, `it is only in ${DEFAULT_GROUP}`));
    return [];
  }
  return gone;
}

const DEFAULT_GROUP = 'default';

function groupsIn(row: AgentRow): readonly string[] {
  return typeof row.group === 'string' && row.group !== '' ? row.group.split(',') : [];
}

async function idsOfMembers(store: RequestStore, groups: readonly string[] | undefined): Promise<string[]> {
  const { rows } = await store.findAgents({
    where: {
      all: [
        { column: 'id', comparison: '>', value: 0 },
        { any: groups?.map((group) => ({ group, isMember: true })) ?? [{ all: [] }] },
      ],
    },
    columns: ['id'],
    order: [],
    offset: 0,
    limit: MAX_PAGE_ITEMS,
    isDistinct: false,
  });
  return rows.map(({ id }) => formatAgentId(Number(id)));
}

/** Rejects with 1710, 1722. */
export async function checkGroups(store: RequestStore, names: readonly string[]): Promise<void> {
  for (const name of names) {
    if (!isGroupName(name)) throw new MusterError(1722, JSON.stringify(name));
    if ((await store.findGroup(name)) === null) throw new MusterError(1710, name);
  }
}

/**
 * The agents that the store refuses, though they were looked at before: agents or groups went meanwhile. They are among the
 * failures then, with 2003; the others are assigned.
 */
async function assign(
  store: RequestStore,
  mode: GroupsMode,
  agents: readonly { readonly id: string; readonly groups: readonly string[] }[],
  failures: Failures,
): Promise<ReadonlySet<string>> {
  const refused = new Set<string>();
  if (agents.length === 0) return refused;
  const { errors } = await store.setAgentGroups({
    mode,
    syncStatus: 'syncreq',
    agents: agents.map(({ id, groups }) => ({ id: Number(id), groups })),
  });
  for (const { ids, complaint } of errors) {
    const error = new MusterError(2003, complaint);
    for (const id of ids.map(formatAgentId)) {
      failures.add(id, error);
      refused.add(id);
    }
  }
  return refused;
}
