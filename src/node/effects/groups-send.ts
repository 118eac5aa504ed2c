import { fromPromise, type SnapshotFrom } from 'xstate';
import {
  type GroupsKind,
  type GroupsPrepared,
  type GroupsSendInput,
  groupsSendMachine,
} from '../../../machines/agent-groups/send.ts';
import { UNKNOWN } from '../../../machines/failure.ts';
import { faultPoint } from '../../fault-point.ts';
import type { TaggedLog } from '../../observe/log.ts';
import type { NodeServices } from '../services.ts';
import { Stopwatch } from '../stopwatch.ts';
import type { Transfers } from '../transfers/index.ts';
import { failureOfChunks } from './agent-chunks.ts';
import { told } from './failures.ts';
import type { GroupsJournal, GroupsVersion } from './groups-journal.ts';
import { LastPacked, pack } from './groups-pack.ts';
import { readGroups } from './groups-pages.ts';

type Prepare = Pick<GroupsSendInput, 'connectionId' | 'kind' | 'sinceVersion' | 'version'>;
type Ended = Pick<
  SnapshotFrom<typeof groupsSendMachine>['context'],
  'connectionId' | 'kind' | 'answer' | 'failure'
>;

const COMMANDS = { difference: 'syn_g_m_w', full: 'syn_g_m_w_c' } as const;
export const SUBTAGS = { difference: 'Agent-groups send', full: 'Agent-groups send full' } as const;

/** How a master sends agent-groups to one worker, with effects. Specification: Agent groups send thread. */
export function sendGroups(services: NodeServices, transfers: Transfers, journal: GroupsJournal) {
  const { channels, config, status, clock } = services;
  const watch = new Stopwatch(clock);
  const timeoutMs = config.intervals.communication.timeoutClusterRequestMs;
  const progressTimeoutMs = config.intervals.communication.timeoutReceivingFileMs;
  const logOf = ({ connectionId, kind }: { connectionId: number; kind: GroupsKind }) =>
    services.log.tagged(
      `Worker ${status.workers.get(connectionId)?.name ?? `connection ${connectionId}`}`,
      SUBTAGS[kind],
    );
  const note = (self: object, { connectionId, kind, answer, failure }: Ended) => {
    const worker = status.workers.get(connectionId);
    if (worker === undefined) return;
    worker[kind === 'full' ? 'lastAllGroups' : 'lastGroups'] = {
      ...watch.lap(self),
      chunks: answer?.report?.updatedChunks ?? 0,
      failure: failure ?? failureOfChunks(answer?.report?.errors ?? []),
    };
  };
  const differences = new LastPacked();
  return groupsSendMachine.provide({
    actors: {
      prepare: fromPromise<GroupsPrepared, Prepare>(async ({ input, signal }) => {
        const { kind, sinceVersion, version } = input;
        const packed =
          kind === 'full'
            ? pack({ ...(await readAll(services, logOf(input), signal)), isComplete: true })
            : differences.get(`${sinceVersion}-${version}`, () => journal.between(sinceVersion, version));
        faultPoint('groups.packed');
        const posted = await transfers.outbox.post(packed.bytes);
        if (signal.aborted) transfers.outbox.take(posted.outboxId);
        signal.throwIfAborted();
        const { agents, chunks, isComplete } = packed;
        return { ...posted, progressTimeoutMs, agents, chunks, isComplete };
      }),
      stringSend: transfers.stringSend,
      announce: fromPromise<{ task: string }, { connectionId: number; kind: GroupsKind; handle: number }>(
        async ({ input: { connectionId, kind, handle }, signal }) => {
          const channel = channels.get(connectionId);
          const { task } = await channel.request(COMMANDS[kind], { handle }, { timeoutMs, signal });
          faultPoint('groups.sent');
          return { task };
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
        logOf(context).info(
          `Finished in ${watch.told(self)} (${context.prepared?.chunks ?? 0} chunks sent).`,
        );
      },
      logIncomplete: ({ self, context }) => {
        note(self, context);
        const why = failureOfChunks(context.answer?.report?.errors ?? [])?.message;
        logOf(context).warning(
          `Finished in ${watch.told(self)} (${context.prepared?.chunks ?? 0} chunks sent). The worker could not write all, and is sent them again: ${why}`,
        );
      },
      logFailed: ({ self, context }) => {
        const failure = context.failure ?? UNKNOWN;
        note(self, { ...context, failure });
        logOf(context).error(`Failed after ${watch.told(self)}: ${told(failure)}`);
      },
    },
  });
}

/**
 * Everything that the store has. Its hashes are computed anew before, in case they are what differs; if that fails, the
 * comparison shows whether it matters.
 */
async function readAll({ store }: NodeServices, log: TaggedLog, signal: AbortSignal): Promise<GroupsVersion> {
  await store.current
    .recalculateGroupHashes()
    .catch((error) => log.warning('Hashes could not be computed anew', { error }));
  return await readGroups(store.current, 'all', signal);
}
