import { fromCallback, fromPromise } from 'xstate';
import type { AgentInfoBatch, PostedString } from '../../../machines/agent-info/batch.ts';
import { type AgentInfoSendEvent, agentInfoSendMachine } from '../../../machines/agent-info/send.ts';
import { type Failure, UNKNOWN } from '../../../machines/failure.ts';
import { MAX_REQUEST_BYTES } from '../../agents/limits.ts';
import type { AgentInfoRow, ProfilesRead } from '../../agents/store.ts';
import { faultPoint } from '../../fault-point.ts';
import type { ArgsOf, CommandName } from '../../protocol/commands.ts';
import { INTERNAL_ERROR, MusterError } from '../../protocol/errors.ts';
import type { Channel } from '../channel.ts';
import type { NodeServices } from '../services.ts';
import { Stopwatch } from '../stopwatch.ts';
import type { Transfers } from '../transfers/index.ts';
import { CLOCK_FIELD, encodeChunks, failureOfChunks } from './agent-chunks.ts';
import { fromWire, told } from './failures.ts';
import { PeerFailures } from './peer-failures.ts';
import { KNOWN_PROFILES } from './session.ts';

/** Agents that the log names because they are too long. */
export const MAX_NAMED = 1_000;

/** What a round holds beside its machine: its batch, and the string until it is sent. */
interface Workspace {
  rows: readonly AgentInfoRow[];
  chunks: readonly string[];
  outboxId: number | null;
  /** The log says once a round that it starts, and only if there is something to send. */
  isAnnounced: boolean;
}

/** What `confirm` is told. */
interface Confirm {
  connectionId: number;
  wanted: readonly number[] | null;
}

/** What the master tells a round; null for other commands. */
export function agentInfoEvent(
  counter: number,
  command: CommandName,
  args: never,
): AgentInfoSendEvent | null {
  if (command === 'syn_m_a_e') {
    const { updated_chunks: updatedChunks, error_messages: errors, wanted = [] }: ArgsOf<'syn_m_a_e'> = args;
    return { type: 'rx.syn_m_a_e', counter, updatedChunks, errors, wanted };
  }
  if (command === 'syn_m_a_err') {
    const { error }: ArgsOf<'syn_m_a_err'> = args;
    return { type: 'rx.syn_m_a_err', counter, error: fromWire(error) };
  }
  return null;
}

/** The worker's agent-info rounds with their effects. Specification: Agent info thread. */
export function workerAgentInfo(services: NodeServices, transfers: Transfers) {
  const { channels, config, clock } = services;
  const log = services.log.tagged(`Worker ${config.nodeName}`, 'Agent-info sync');
  const watch = new Stopwatch(clock);
  const workspaces = new Map<number, Workspace>();
  const requestTimeoutMs = config.intervals.communication.timeoutClusterRequestMs;
  const progressTimeoutMs = config.intervals.communication.timeoutReceivingFileMs;
  const workspaceOf = (connectionId: number): Workspace => {
    const workspace = workspaces.get(connectionId);
    if (workspace === undefined) throw new MusterError(INTERNAL_ERROR, 'the agent-info round is over');
    return workspace;
  };
  /** Agents that the log has named because no chunk holds them: they are found again by every round. */
  const named = new Set<number>();
  const noteTooLong = (ids: readonly number[]) => {
    for (const id of ids.filter((one) => !named.has(one))) {
      if (named.size >= MAX_NAMED) return;
      named.add(id);
      log.error(
        `Agent ${id} cannot be told to the master: what is known of it, its labels included, is too long for a request of ${MAX_REQUEST_BYTES} bytes.`,
      );
      if (named.size === MAX_NAMED) log.error('Further agents of which too much is known are not named.');
    }
  };
  const peers = new PeerFailures();
  /** Masters that were told of an agent: what an earlier connection has told another may not have. */
  const acquainted = new WeakSet<Channel>();
  /** Connections whose master has, or is told, all that agents have reported here. */
  const level = new WeakSet<Channel>();
  const tellAgain = async (channel: Channel | undefined) => {
    if (!channel || channel.agentStoreId === null || level.has(channel)) return;
    const marked = await services.store.current.tellAgainTo(channel.agentStoreId);
    level.add(channel);
    if (marked > 0)
      log.info(`The master has another agent store than before: it is told all ${marked} agents.`);
  };
  const profilesFor = (connectionId: number): ProfilesRead => {
    const channel = channels.find(connectionId);
    if (!channel?.features.includes(KNOWN_PROFILES)) return 'none';
    const isFirst = !acquainted.has(channel);
    acquainted.add(channel);
    return isFirst ? 'anew' : 'known';
  };
  const note = (round: object, chunks: number, failure: Failure | null) => {
    services.status.lastAgentInfo = { ...watch.lap(round), chunks, failure };
  };

  return agentInfoSendMachine.provide({
    actors: {
      workspace: fromCallback<{ type: 'none' }, { connectionId: number }>(({ input }) => {
        const workspace: Workspace = { rows: [], chunks: [], outboxId: null, isAnnounced: false };
        workspaces.set(input.connectionId, workspace);
        return () => {
          workspaces.delete(input.connectionId);
          transfers.outbox.withdraw(workspace.outboxId);
        };
      }),
      read: fromPromise<AgentInfoBatch, { connectionId: number; afterId: number; maxChunks: number }>(
        async ({ input, signal }) => {
          const rows: AgentInfoRow[] = [];
          const chunks: string[] = [];
          let lastId = input.afterId;
          let isLast = false;
          await tellAgain(channels.find(input.connectionId));
          signal.throwIfAborted();
          for (let pages = 0; pages < input.maxChunks && !isLast; pages += 1) {
            const profiles = profilesFor(input.connectionId);
            const page = await services.store.current.unsyncedAgentInfo(lastId, profiles);
            signal.throwIfAborted();
            ({ lastId, isLast } = page);
            noteTooLong(page.tooLong);
            if (page.rows.length === 0) continue;
            rows.push(...page.rows);
            chunks.push(page.chunk);
          }
          if (rows.length > 0) faultPoint('agents.read');
          Object.assign(workspaceOf(input.connectionId), { rows, chunks });
          return { rows: rows.length, chunks: chunks.length, lastId, isLast };
        },
      ),
      askPermission: fromPromise<{ granted: boolean }, { connectionId: number }>(({ input, signal }) =>
        channels.get(input.connectionId).request('syn_a_w_m_p', {}, { timeoutMs: requestTimeoutMs, signal }),
      ),
      pack: fromPromise<PostedString, { connectionId: number }>(async ({ input, signal }) => {
        const workspace = workspaceOf(input.connectionId);
        const { chunks } = workspace;
        const tellsClock = channels.find(input.connectionId)?.traits.comparesClocks ?? false;
        // The rows are what is confirmed; the chunks have done their part.
        workspace.chunks = [];
        const posted = await transfers.outbox.post(
          await encodeChunks({
            set_data_command: 'global sync-agent-info-set',
            // Keepalives are times of this clock, which may differ from the master's.
            payload: tellsClock ? { [CLOCK_FIELD]: Math.floor(clock.now() / 1000) } : {},
            chunks,
          }),
        );
        if (signal.aborted) transfers.outbox.withdraw(posted.outboxId);
        signal.throwIfAborted();
        workspace.outboxId = posted.outboxId;
        faultPoint('agents.packed');
        return { ...posted, progressTimeoutMs };
      }),
      stringSend: transfers.stringSend,
      begin: fromPromise<void, { connectionId: number; handle: number }>(async ({ input, signal }) => {
        await channels
          .get(input.connectionId)
          .request('syn_a_w_m', { handle: input.handle }, { timeoutMs: requestTimeoutMs, signal });
        faultPoint('agents.sent');
      }),
      confirm: fromPromise<{ rows: number }, Confirm>(async ({ input: { connectionId, wanted } }) => {
        const rows = await services.store.current.confirmAgentInfo(workspaceOf(connectionId).rows, wanted);
        faultPoint('agents.confirmed');
        return { rows };
      }),
    },
    actions: {
      acknowledge: (_, { connectionId, counter }) =>
        channels.find(connectionId)?.reply<'syn_m_a_e'>(counter, {}),
      refuse: (_, { connectionId, counter }) => services.refuseTask(connectionId, counter),
      noteStart: ({ self }) => watch.start(self),
      logSending: ({ context: { connectionId, batch } }) => {
        const workspace = workspaceOf(connectionId);
        if (!workspace.isAnnounced) log.info('Starting.');
        workspace.isAnnounced = true;
        log.debug(`Sending ${batch.chunks} chunks with ${batch.rows} agents.`);
      },
      logUnchanged: ({ self }) => log.debug(`Finished in ${watch.told(self)} (nothing changed).`),
      logRefused: () => log.debug('The master is busy with agents of this node. The next round sends them.'),
      logNarrowed: () => log.debug('The master could not write all chunks. They are sent again, one by one.'),
      logFinished: ({ self, context: { connectionId, updatedChunks, confirmedRows } }) => {
        peers.forget(channels.find(connectionId));
        note(self, updatedChunks, null);
        log.info(`Finished in ${watch.told(self)} (${updatedChunks} chunks sent).`);
        log.debug(`${confirmedRows} agents are synced.`);
      },
      logIncomplete: ({ self, context: { updatedChunks, failedChunks, errors } }) => {
        note(self, updatedChunks, failureOfChunks(errors));
        log.error(
          `Finished in ${watch.told(self)} (${updatedChunks} chunks sent). The master could not write ${failedChunks} others: ${errors.join('; ')}`,
        );
      },
      logFailed: ({ self, context: { connectionId, updatedChunks, failure } }) => {
        note(self, updatedChunks, failure ?? UNKNOWN);
        const level = services.store.levelOf(
          failure,
          peers.levelOf(channels.find(connectionId), failure ?? UNKNOWN),
        );
        log[level](`Failed after ${watch.told(self)}: ${told(failure ?? UNKNOWN)}`);
      },
    },
  });
}
