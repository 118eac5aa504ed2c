import { groupsBroadcastMachine } from '../../../machines/agent-groups/broadcast.ts';
import {
  type GroupsBroadcastEvent,
  MAX_GROUPS_PAUSE_MS,
} from '../../../machines/agent-groups/broadcast-types.ts';
import type { DifferingAgents } from '../../../machines/agent-groups/report.ts';
import type { AgentStore } from '../../agents/store.ts';
import type { ArgsOf, CommandName } from '../../protocol/commands.ts';
import type { NodeServices } from '../services.ts';
import { fromWire } from './failures.ts';
import { SUBTAGS, type sendGroups } from './groups-send.ts';

/** What a worker tells of its agent-groups; null for other commands. */
export function groupsEvent(counter: number, command: CommandName, args: never): GroupsBroadcastEvent | null {
  if (command === 'syn_w_g_c') return { type: 'rx.syn_w_g_c', counter };
  if (command === 'syn_w_g_e') {
    return { type: 'rx.syn_w_g_e', counter, ...reportIn(args as ArgsOf<'syn_w_g_e'>), differing: null };
  }
  if (command === 'syn_wgc_e') {
    const { differing }: ArgsOf<'syn_wgc_e'> = args;
    return { type: 'rx.syn_wgc_e', counter, ...reportIn(args as ArgsOf<'syn_wgc_e'>), differing };
  }
  if (command === 'syn_w_g_err' || command === 'syn_wgc_err') {
    const { task, error }: ArgsOf<'syn_w_g_err'> = args;
    return { type: `rx.${command}`, counter, task, error: fromWire(error) };
  }
  return null;
}

const reportIn = ({ task, updated_chunks, error_messages, matches }: ArgsOf<'syn_w_g_e'>) => ({
  task,
  updatedChunks: updated_chunks,
  errors: error_messages,
  matches,
});

/** How a master keeps the agent-groups of one worker like its own, with effects. */
export function broadcastGroups(
  services: NodeServices,
  send: ReturnType<typeof sendGroups>,
  noteAcknowledged: (connectionId: number, version: number) => void,
) {
  const { channels, status } = services;
  const logOf = (connectionId: number) =>
    services.log.tagged(`Worker ${status.workers.get(connectionId)?.name}`, SUBTAGS.full);
  return groupsBroadcastMachine.provide({
    actors: { send },
    actions: {
      acknowledge: (_, { connectionId, counter }) =>
        channels.find(connectionId)?.reply<'syn_w_g_e'>(counter, {}),
      refuse: (_, { connectionId, counter }) => services.refuseTask(connectionId, counter),
      noteAcknowledged: (_, { connectionId, version }) => noteAcknowledged(connectionId, version),
      logApart: (_, { connectionId, differing }) => {
        const log = logOf(connectionId);
        named(services, differing)
          .then((who) =>
            log.warning(
              `The worker was sent all agent-groups, and its checksum still differs: ${who}. It is compared again after pauses of up to ${MAX_GROUPS_PAUSE_MS / 1000} seconds.`,
            ),
          )
          .catch((error) => log.error('Agents that differ could not be named', { error }));
      },
      logMended: ({ context: { connectionId } }) =>
        logOf(connectionId).info('The checksum of the worker is equal again.'),
      logCrashed: ({ context: { connectionId }, event }) =>
        logOf(connectionId).error('The process crashed', { error: (event as { error?: unknown }).error }),
    },
  });
}

/** Which agents differ, in words. */
async function named({ store }: NodeServices, differing: DifferingAgents | null): Promise<string> {
  if (differing === null) return 'it did not tell which agents differ';
  const { total, ids } = differing;
  if (total === 0) return 'no agent has other groups there than it was sent, so they have changed meanwhile';
  const names = await Promise.all(ids.map((id) => nameOf(store.current, id)));
  const more = total > names.length ? `, and ${total - names.length} more` : '';
  return `${total} ${total === 1 ? 'agent has' : 'agents have'} other groups there: ${names.join(', ')}${more}`;
}

async function nameOf(store: AgentStore, id: number): Promise<string> {
  const name = await store.agentName(id).catch(() => null);
  return name === null ? String(id) : `${id} (${name})`;
}
