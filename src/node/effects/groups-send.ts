import { fromCallback, fromPromise, type SnapshotFrom } from 'xstate';
import {
  type GroupsKind,
  type GroupsPrepared,
  type GroupsSendInput,
  groupsSendMachine,
} from '../../../machines/agent-groups/send.ts';
import type { PostedString } from '../../../machines/agent-info/batch.ts';
import { type Failure, UNKNOWN } from '../../../machines/failure.ts';
import { transferTask } from '../../../machines/transfer/task-name.ts';
import { faultPoint } from '../../fault-point.ts';
import type { TaggedLog } from '../../observe/log.ts';
import { INTERNAL_ERROR, MusterError } from '../../protocol/errors.ts';
import type { NodeServices } from '../services.ts';
import { Stopwatch } from '../stopwatch.ts';
import type { Transfers } from '../transfers/index.ts';
import { failureOfChunks } from './agent-chunks.ts';
import { told, wire } from './failures.ts';
import type { GroupsDifference, GroupsJournal } from './groups-journal.ts';
import { oneString, type PackedGroups, type PackLimits, packGroups } from './groups-pack.ts';
import { pagesOf, piecesOf } from './groups-pages.ts';
import { PeerFailures } from './peer-failures.ts';
import { type Share, SharedWork } from './shared-work.ts';

type Prepare = Pick<GroupsSendInput, 'connectionId' | 'kind' | 'sinceVersion' | 'version'>;
type Ended = Pick<
  SnapshotFrom<typeof groupsSendMachine>['context'],
  'connectionId' | 'kind' | 'answer' | 'failure'
>;

type Sent = { connectionId: number; handles: readonly number[] };

/** What workers that need the same are sent. */
interface Letter extends PackedGroups {
  readonly isComplete: boolean;
}

/** What a process holds beside its machine. */
interface Workspace {
  share: Share<Letter> | null;
  outboxId: number | null;
  /** Handles of strings that have arrived, while no command has named them. */
  arrived: readonly number[];
}

const GIVEN_UP: Failure = { code: 3120, message: 'the groups are not sent any more' };
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
  const peers = new PeerFailures();
  const shared = new SharedWork<Letter>();
  const workspaces = new Map<number, Workspace>();
  const workspaceOf = (connectionId: number): Workspace => {
    const workspace = workspaces.get(connectionId);
    if (workspace === undefined) throw new MusterError(INTERNAL_ERROR, 'the sending of agent-groups is over');
    return workspace;
  };
  /** The receiver keeps what has arrived until a command names it, or somebody says that none will. */
  const withdraw = (connectionId: number, { outboxId, arrived }: Workspace) => {
    transfers.outbox.withdraw(outboxId);
    for (const handle of arrived) {
      const args = { task: transferTask(handle), error: wire(GIVEN_UP) };
      channels
        .find(connectionId)
        ?.request('cancel_task', args, { timeoutMs })
        .catch((error) =>
          services.log.tagged('Master', 'Main').debug('A string was not withdrawn', { error }),
        );
    }
  };

  return groupsSendMachine.provide({
    actors: {
      workspace: fromCallback<{ type: 'none' }, { connectionId: number }>(({ input: { connectionId } }) => {
        const workspace: Workspace = { share: null, outboxId: null, arrived: [] };
        workspaces.set(connectionId, workspace);
        return () => {
          workspaces.delete(connectionId);
          workspace.share?.release();
          withdraw(connectionId, workspace);
        };
      }),
      prepare: fromPromise<GroupsPrepared, Prepare>(async ({ input }) => {
        const { connectionId, kind, sinceVersion, version } = input;
        const isOneString = channels.find(connectionId)?.traits.takesManyStrings === false;
        const limits = isOneString ? oneString : undefined;
        const form = isOneString ? ', as one string' : '';
        const share =
          kind === 'full'
            ? shared.share(`all, at ${version}${form}`, (signal) =>
                packAll(services, logOf(input), signal, limits),
              )
            : shared.share(`${sinceVersion} to ${version}${form}`, (signal) =>
                packDifference(journal.between(sinceVersion, version), signal, limits),
              );
        workspaceOf(connectionId).share = share;
        const { strings, agents, chunks, isComplete } = await share.result;
        faultPoint('groups.packed');
        return { strings: strings.length, agents, chunks, isComplete };
      }),
      post: fromPromise<PostedString, Sent>(async ({ input: { connectionId, handles }, signal }) => {
        const workspace = workspaceOf(connectionId);
        workspace.arrived = handles;
        const bytes = (await workspace.share?.result)?.strings[handles.length];
        if (bytes === undefined)
          throw new MusterError(INTERNAL_ERROR, 'there is no string that is to be sent');
        const posted = await transfers.outbox.post(bytes);
        workspace.outboxId = posted.outboxId;
        if (signal.aborted) transfers.outbox.withdraw(posted.outboxId);
        signal.throwIfAborted();
        return { ...posted, progressTimeoutMs };
      }),
      stringSend: transfers.stringSend,
      announce: fromPromise<{ task: string }, Sent & { kind: GroupsKind }>(
        async ({ input: { connectionId, kind, handles }, signal }) => {
          const workspace = workspaceOf(connectionId);
          workspace.arrived = handles;
          const args = { handles: [...handles] };
          const { task } = await channels
            .get(connectionId)
            .request(COMMANDS[kind], args, { timeoutMs, signal });
          workspace.arrived = [];
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
        peers.forget(channels.find(context.connectionId));
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
        const level = peers.levelOf(channels.find(context.connectionId), failure);
        logOf(context)[services.store.levelOf(failure, level)](
          `Failed after ${watch.told(self)}: ${told(failure)}`,
        );
      },
    },
  });
}

/**
 * Everything that the store has. Its hashes are computed anew before, in case they are what differs; if that fails, the
 * comparison shows whether it matters.
 */
async function packAll(
  { store }: NodeServices,
  log: TaggedLog,
  signal: AbortSignal,
  limits?: PackLimits,
): Promise<Letter> {
  await store.current
    .recalculateGroupHashes()
    .catch((error) => log[store.levelOf(error, 'warning')]('Hashes could not be computed anew', { error }));
  return { ...(await packGroups(pagesOf(store.current, 'all', signal), limits)), isComplete: true };
}

async function packDifference(
  difference: GroupsDifference,
  signal: AbortSignal,
  limits?: PackLimits,
): Promise<Letter> {
  return { ...(await packGroups(piecesOf(difference, signal), limits)), isComplete: difference.isComplete };
}
