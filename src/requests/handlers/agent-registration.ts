import type { AgentCondition } from '../../agents/agent-query.ts';
import { MusterError } from '../../protocol/errors.ts';
import { formatAgentId } from '../../registration/key-lines.ts';
import { agentQuery, spanS } from '../agent-list.ts';
import { askRegistration, registeredAgent } from '../ask-registration.ts';
import { Failures, itemsResult } from '../failures.ts';
import type { HandlerContext, Handlers } from '../handlers.ts';
import { forEachOf } from '../in-parts.ts';
import { changeableAgents } from '../known-agents.ts';
import type { agentMethods } from '../methods/agents.ts';
import type { MethodArgs } from '../methods.ts';

type Names = keyof typeof agentMethods & ('agents.add' | 'agents.remove' | 'agents.key');

/** Who is an agent: everything goes through the registration of the node, whoever keeps it. */
export const agentRegistrationHandlers: Handlers<Names> = {
  'agents.add': async ({ name, ip = 'any', id, key, groups, force }, { services, signal }) => {
    const wanted = {
      name,
      ip,
      ...(id !== undefined && { id }),
      ...(key !== undefined && { key }),
      ...(groups !== undefined && { groups: groups.join(',') }),
      force: forceRules(force),
    };
    const order = { function: 'add', arguments: wanted } as const;
    const { data, warning } = await askRegistration(services.registration(), order, signal);
    return { ...registeredAgent(data), ...(warning !== null && { warning: warning.toWire() }) };
  },

  'agents.remove': async (args, context) => {
    const { services, signal } = context;
    const { ids, failures } = await toBeRemoved(args, context);
    const registration = services.registration();
    const removed: string[] = [];
    await forEachOf(ids, context, {
      work: async (id) => {
        const order = { function: 'remove', arguments: { id, purge: args.purge ?? false } } as const;
        const { warning } = await askRegistration(registration, order, signal);
        if (warning === null) removed.push(id);
        else failures.add(id, warning);
      },
      failed: (id, error) => failures.add(id, error),
    });
    return itemsResult(removed.sort(), { noun: 'agent', failures, done: 'removed' });
  },

  'agents.key': async ({ agents }, context) => {
    const { services, signal } = context;
    const { rows, failures } = await changeableAgents(services.store(signal), agents, []);
    const keys: { id: string; key: string }[] = [];
    await forEachOf([...rows.keys()], context, {
      work: async (id) => {
        const order = { function: 'get', arguments: { id } } as const;
        const { data } = await askRegistration(services.registration(), order, signal);
        const agent = registeredAgent(data);
        const line = `${agent.id} ${agent.name} ${agent.ip} ${agent.key}`;
        keys.push({ id, key: Buffer.from(line).toString('base64') });
      },
      failed: (id, error) => failures.add(id, error),
    });
    return itemsResult(
      keys.sort((left, right) => Number(left.id) - Number(right.id)),
      { noun: 'agent', failures },
    );
  },
};

/** authd takes nothing for leave: who does not ask for it replaces nobody. */
function forceRules(force: MethodArgs<'agents.add'>['force']): object {
  const disconnected = force?.disconnected_for;
  return {
    enabled: force !== undefined,
    key_mismatch: false,
    disconnected_time: {
      enabled: disconnected !== undefined,
      value: disconnected === undefined ? 0 : spanS(disconnected),
    },
    after_registration_time: force?.registered_for === undefined ? 0 : spanS(force.registered_for),
  };
}

/** Those that are named and fit, or all that fit. */
async function toBeRemoved(
  { agents, purge: _purge, ...filters }: MethodArgs<'agents.remove'>,
  { services, signal }: HandlerContext,
) {
  const store = services.store(signal);
  const nowS = Math.floor(Date.now() / 1000);
  const hasFilter = Object.values(filters).some((value) => value !== undefined);
  if (agents === 'all' && !hasFilter) {
    throw new MusterError(3108, 'agents: `all` without a filter would remove every agent');
  }
  const { rows, failures } =
    agents === 'all' ? { rows: null, failures: new Failures() } : await changeableAgents(store, agents, []);
  if (rows !== null && !hasFilter) return { ids: [...rows.keys()], failures };
  const within: AgentCondition =
    rows === null ? { column: 'id', comparison: '>', value: 0 } : { ids: [...rows.keys()].map(Number) };
  const limit = rows?.size ?? MAX_REMOVED;
  const query = agentQuery({ ...filters, select: ['id'], limit: Math.max(1, limit) }, [within], nowS);
  const { rows: fitting } = await store.findAgents(query);
  const ids = fitting.map(({ id }) => formatAgentId(Number(id)));
  const fits = new Set(ids.map(Number));
  for (const id of rows?.keys() ?? []) if (!fits.has(Number(id))) failures.add(id, new MusterError(1731));
  return { ids, failures };
}

/** Agents that one request without names removes. */
const MAX_REMOVED = 100_000;
