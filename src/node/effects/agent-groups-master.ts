import { createHash } from 'node:crypto';
import { fromPromise, type SnapshotFrom } from 'xstate';
import {
  type GroupsBroadcastEvent,
  groupsBroadcastMachine,
} from '../../../machines/agent-groups/broadcast.ts';
import { type GroupsReading, groupsCollectMachine } from '../../../machines/agent-groups/collect.ts';
import {
  type GroupsKind,
  type GroupsPrepared,
  type GroupsSendInput,
  groupsSendMachine,
} from '../../../machines/agent-groups/send.ts';
import type { Failure } from '../../../machines/failure.ts';
import type { AgentGroups, AgentStore } from '../../agents/store.ts';
import { faultPoint } from '../../fault-point.ts';
import type { ArgsOf, CommandName } from '../../protocol/commands.ts';
import { INTERNAL_ERROR, MusterError } from '../../protocol/errors.ts';
import { MAX_NODES } from '../../protocol/limits.ts';
import type { NodeServices } from '../services.ts';
import { Stopwatch } from '../stopwatch.ts';
import type { Transfers } from '../transfers/index.ts';
import { encodeChunks, failureOfChunks } from './agent-chunks.ts';
import { fromWire, told } from './failures.ts';
import { groupsChunks } from './groups-chunks.ts';
import { type GroupsDifference, GroupsJournal, type GroupsVersion } from './groups-journal.ts';

type Prepare = Pick<GroupsSendInput, 'connectionId' | 'kind' | 'sinceVersion' | 'version'>;

const unknown: Failure = { code: INTERNAL_ERROR, message: 'unknown' };
const COMMANDS = { difference: 'syn_g_m_w', full: 'syn_g_m_w_c' } as const;
const SUBTAGS = { difference: 'Agent-groups send', full: 'Agent-groups send full' } as const;

/** What a worker tells of its agent-groups; null for other commands. */
export function groupsEvent(counter: number, command: CommandName, args: never): GroupsBroadcastEvent | null {
  if (command === 'syn_w_g_c') return { type: 'rx.syn_w_g_c', counter };
  if (command === 'syn_w_g_e' || command === 'syn_wgc_e') {
    const { updated_chunks: updatedChunks, error_messages: errors, matches }: ArgsOf<'syn_w_g_e'> = args;
    return { type: `rx.${command}`, counter, updatedChunks, errors, matches };
  }
  if (command === 'syn_w_g_err' || command === 'syn_wgc_err') {
    const { error }: ArgsOf<'syn_w_g_err'> = args;
    return { type: `rx.${command}`, counter, error: fromWire(error) };
  }
  return null;
}

/**
 * The master's agent-groups with their effects: `collect` once a node, `broadcast` once a connection. `publish` tells
 * all broadcasts of a version. Specification: Local agent-groups thread, Agent groups send thread.
 */
export function masterAgentGroups(
  services: NodeServices,
  transfers: Transfers,
  publish: (version: number) => void,
) {
  const journal = new GroupsJournal();
  /** The version that each worker has, by its name: connections come and go. Those that were heard of last. */
  const acknowledged = new Map<string, number>();
  const nameOf = (connectionId: number) => services.status.workers.get(connectionId)?.name;
  return {
    collect: collect(services, {
      lastVersion: () => journal.lastVersion,
      publish: (version, content) => {
        if (acknowledged.size > 0) journal.forgetUpTo(Math.min(...acknowledged.values()));
        journal.add(version, content);
        publish(version);
      },
    }),
    broadcast: groupsBroadcastMachine.provide({
      actors: { send: send(services, transfers, journal) },
      actions: {
        acknowledge: (_, { connectionId, counter }) =>
          services.channels.find(connectionId)?.reply<'syn_w_g_e'>(counter, {}),
        refuse: (_, { connectionId, counter }) => services.refuseTask(connectionId, counter),
        noteAcknowledged: (_, { connectionId, version }) => {
          const name = nameOf(connectionId);
          if (name === undefined) return;
          acknowledged.delete(name);
          acknowledged.set(name, version);
          const [oldest] = acknowledged.keys();
          if (acknowledged.size > MAX_NODES && oldest !== undefined) acknowledged.delete(oldest);
        },
        logCrashed: ({ context: { connectionId }, event }) =>
          services.log
            .tagged(`Worker ${nameOf(connectionId)}`, SUBTAGS.difference)
            .error('The process crashed', { error: (event as { error?: unknown }).error }),
      },
    }),
    /** What was published last; 0 before the first. */
    version: (): number => journal.lastVersion,
    /** The version that the worker of this name has; 0 if that is not known. */
    acknowledgedBy: (name: string): number => acknowledged.get(name) ?? 0,
  };
}

export type MasterAgentGroups = ReturnType<typeof masterAgentGroups>;

interface Publisher {
  lastVersion(): number;
  publish(version: number, content: GroupsVersion): void;
}

function collect(services: NodeServices, { lastVersion, publish }: Publisher) {
  const log = services.log.tagged('Master', 'Local agent-groups');
  const watch = new Stopwatch(services.clock);
  let aside: GroupsVersion = { agents: [], hash: null };
  const seconds = (self: object) => `${watch.seconds(self).toFixed(3)}s`;
  return groupsCollectMachine.provide({
    actors: {
      read: fromPromise<GroupsReading, undefined>(async ({ signal }) => {
        aside = await readGroups(services.store.current, 'unsynced', signal);
        if (aside.agents.length > 0) faultPoint('groups.read');
        const digest = createHash('sha256');
        for (const agent of aside.agents) digest.update(JSON.stringify(agent));
        return {
          agents: aside.agents.length,
          digest: digest.digest('hex'),
          lastVersion: lastVersion(),
          hash: aside.hash,
        };
      }),
      confirm: fromPromise<{ agents: number }, { version: number }>(async () => {
        const agents = await services.store.current.confirmAgentGroups(aside.agents);
        faultPoint('groups.confirmed');
        return { agents };
      }),
    },
    actions: {
      publish: (_, { version }) => publish(version, aside),
      logStarting: ({ self }) => {
        watch.start(self);
        log.debug('Starting.');
      },
      logNothingNew: ({ self }) => log.debug(`Finished in ${seconds(self)} (nothing new).`),
      logFinished: ({ self, context: { published, without } }) => {
        log.info(`Finished in ${seconds(self)} (${published?.agents ?? 0} agents sent).`);
        if (without.length > 0) log.debug(`${without.length} workers did not take them yet.`);
      },
      logFailed: ({ context: { failure } }) =>
        log.error(`Agent-groups could not be read: ${told(failure ?? unknown)}`),
      logUnconfirmed: ({ context: { failure } }) =>
        log.error(`Agent-groups could not be marked as sent: ${told(failure ?? unknown)}`),
    },
  });
}

function send(services: NodeServices, transfers: Transfers, journal: GroupsJournal) {
  const { channels, config, status, clock } = services;
  const watch = new Stopwatch(clock);
  const timeoutMs = config.intervals.communication.timeoutClusterRequestMs;
  const progressTimeoutMs = config.intervals.communication.timeoutReceivingFileMs;
  const logOf = ({ connectionId, kind }: { connectionId: number; kind: GroupsKind }) =>
    services.log.tagged(
      `Worker ${status.workers.get(connectionId)?.name ?? `connection ${connectionId}`}`,
      SUBTAGS[kind],
    );
  const seconds = (self: object) => `${watch.seconds(self).toFixed(3)}s`;
  const note = (self: object, { connectionId, kind, report, failure }: SendContext) => {
    const worker = status.workers.get(connectionId);
    if (worker === undefined) return;
    worker[kind === 'full' ? 'lastAllGroups' : 'lastGroups'] = {
      ...watch.lap(self),
      chunks: report?.updatedChunks ?? 0,
      failure: failure ?? failureOfChunks(report?.errors ?? []),
    };
  };
  const differences = new LastPacked();
  return groupsSendMachine.provide({
    actors: {
      prepare: fromPromise<GroupsPrepared, Prepare>(async ({ input, signal }) => {
        const { kind, sinceVersion, version } = input;
        const packed =
          kind === 'full'
            ? pack({ ...(await readGroups(services.store.current, 'all', signal)), isComplete: true })
            : differences.get(`${sinceVersion}-${version}`, () => journal.between(sinceVersion, version));
        faultPoint('groups.packed');
        const posted = await transfers.outbox.post(packed.bytes);
        if (signal.aborted) transfers.outbox.take(posted.outboxId);
        signal.throwIfAborted();
        const { agents, chunks, isComplete } = packed;
        return { ...posted, progressTimeoutMs, agents, chunks, isComplete };
      }),
      stringSend: transfers.stringSend,
      announce: fromPromise<void, { connectionId: number; kind: GroupsKind; handle: number }>(
        async ({ input: { connectionId, kind, handle }, signal }) => {
          await channels.get(connectionId).request(COMMANDS[kind], { handle }, { timeoutMs, signal });
          faultPoint('groups.sent');
        },
      ),
    },
    actions: {
      logStarting: ({ self, context }) => {
        watch.start(self);
        logOf(context).info('Starting.');
      },
      logFinished: ({ self, context }) => {
        note(self, context);
        logOf(context).info(`Finished in ${seconds(self)} (${context.prepared?.chunks ?? 0} chunks sent).`);
      },
      logIncomplete: ({ self, context }) => {
        note(self, context);
        logOf(context).warning(
          `Finished in ${seconds(self)} (${context.prepared?.chunks ?? 0} chunks sent). The worker could not write all, and is sent them again: ${failureOfChunks(context.report?.errors ?? [])?.message}`,
        );
      },
      logFailed: ({ self, context }) => {
        note(self, { ...context, failure: context.failure ?? unknown });
        logOf(context).error(`Failed after ${seconds(self)}: ${told(context.failure ?? unknown)}`);
      },
    },
  });
}

type SendContext = Pick<
  SnapshotFrom<typeof groupsSendMachine>['context'],
  'connectionId' | 'kind' | 'report' | 'failure'
>;

interface Packed {
  readonly bytes: Uint8Array;
  readonly agents: number;
  readonly chunks: number;
  readonly isComplete: boolean;
}

function pack({ agents, hash, isComplete }: GroupsDifference): Packed {
  const chunks = groupsChunks(agents, hash);
  const bytes = encodeChunks({
    set_data_command: 'global set-agent-groups',
    payload: { mode: 'override', sync_status: 'synced' },
    chunks,
  });
  return { bytes, agents: agents.length, chunks: chunks.length, isComplete };
}

/** Workers that need the same mostly need it one after the other: its bytes are made once. */
class LastPacked {
  #key = '';
  #packed: Packed | null = null;

  get(key: string, content: () => GroupsDifference): Packed {
    if (key !== this.#key || this.#packed === null) {
      this.#packed = pack(content());
      this.#key = key;
    }
    return this.#packed;
  }
}

/** All of these agents, page by page, and the checksum that came with the last one. */
async function readGroups(
  store: AgentStore,
  which: 'unsynced' | 'all',
  signal: AbortSignal,
): Promise<GroupsVersion> {
  const agents: AgentGroups[] = [];
  for (let afterId = 0; ; ) {
    const page = await store.groupsToSend({ agents: which, afterId, withHash: true });
    signal.throwIfAborted();
    agents.push(...page.agents);
    if (page.isLast) return { agents, hash: page.hash ?? null };
    if (page.lastId <= afterId) throw new MusterError(2007, 'a list of agents goes on for ever');
    afterId = page.lastId;
  }
}
