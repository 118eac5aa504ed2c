import { assign, sendTo, setup } from 'xstate';
import { type Failure, failureOf } from '../failure.ts';
import { keepError } from '../keep-failure.ts';
import { actionNotProvided, promiseNotProvided } from '../not-provided.ts';
import { mismatchCounterMachine } from './mismatch-counter.ts';
import { groupsOverwriteMachine } from './overwrite.ts';
import type { GroupsProcessOutput, ProcessAddress } from './process.ts';
import { groupsReceiveMachine } from './receive.ts';

export interface GroupsFollowInput {
  connectionId: number;
  storeTimeoutMs: number;
  /** `sync_agent_groups` of the worker: pause between a change of its store and the look whether it has strayed. */
  settleMs: number;
  /** `agent_groups_mismatch_limit`. */
  mismatchLimit: number;
}

interface GroupsFollowContext extends GroupsFollowInput {
  /** Of the command that brought groups. */
  counter: number;
  handles: readonly number[];
  /** The master's checksum when it was last this worker's too. */
  masterHash: string | null;
  /** Why the last look came to nothing. */
  failure: Failure | null;
}

type Command = { counter: number; handles: readonly number[] };

export type GroupsFollowEvent =
  | ({ type: 'rx.syn_g_m_w' } & Command)
  | ({ type: 'rx.syn_g_m_w_c' } & Command)
  /** Agents or their groups may have changed in the store of this worker, by whatever program, or it was opened anew. */
  | { type: 'groups.changed' };

type Kept = { context: GroupsFollowContext };
type Args = Kept & { event: Command };
type Ended = { event: { output: GroupsProcessOutput } };

const keepCommand = {
  type: 'keepCommand' as const,
  params: ({ event: { counter, handles } }: { event: Command }) => ({ counter, handles }),
};
const refuse = {
  type: 'refuse' as const,
  params: ({ context: { connectionId }, event: { counter, handles } }: Args) => ({
    connectionId,
    counter,
    handles,
  }),
};
const busy = { 'rx.syn_g_m_w': { actions: refuse }, 'rx.syn_g_m_w_c': { actions: refuse } };
const taskOf = ({ connectionId, counter }: GroupsFollowContext) => `agent-groups-${connectionId}-${counter}`;
const onConnection = ({ context: { connectionId } }: Kept) => ({ connectionId });
const input = ({ context }: Kept) => {
  const { connectionId, counter, handles, storeTimeoutMs } = context;
  return { connectionId, counter, handles, task: taskOf(context), storeTimeoutMs };
};
const outputOf = ({ event }: Ended) => event.output;
const onDone = [
  {
    guard: { type: 'matched' as const, params: outputOf },
    target: 'resting.settling' as const,
    actions: ['tellMatched' as const, { type: 'keepMasterHash' as const, params: outputOf }],
  },
  {
    guard: { type: 'differed' as const, params: outputOf },
    target: 'resting.differing' as const,
    actions: 'tellDiffered' as const,
  },
  { target: 'resting' as const },
];
const crashed = (isFull: boolean) => ({
  target: 'resting' as const,
  actions: {
    type: 'tellCrash' as const,
    params: ({ context, event }: Kept & { event: { error: unknown } }) => ({
      connectionId: context.connectionId,
      task: taskOf(context),
      isFull,
      failure: failureOf(event.error),
    }),
  },
});
/**
 * A worker keeps its agent-groups like the master's: takes what the master sends, one command at a time, and tells the
 * counter of mismatches what each comparison came to. Specification: Agent groups send thread, stages 2 to 6.
 *
 * - The master sends the next groups when it has heard of the last, so a second command at the same time means that it gave
 *   the first up: it is refused, and comes again.
 * - A master leaves a worker alone whose checksum was equal. What happens to its store after that (somebody assigns groups
 *   here, a back-up is restored, the store is opened anew) only the worker can see: when its store has changed and time has
 *   gone by, it looks whether its checksum is still the one that was equal, and otherwise asks for everything. The time is
 *   for what comes by two ways, as an agent that is removed: the worker may hear of that before its master tells it.
 * - While it differs, the master compares, and the counter asks; a change here is then found by the next comparison.
 * - A crash of the counter is not handled here: it ends the connection.
 *
 * Provided by src/node:
 * - `receive`, `overwrite` and `counter` with their effects.
 * - `readHash` reads the checksum over the groups of all agents here; `ask` is `syn_w_g_c`.
 * - `refuse` fails with 3110, and drops the strings; `tellCrash` sends `syn_w_g_err`, or `syn_wgc_err` if `isFull`, and
 *   writes it to the log.
 */
export const groupsFollowMachine = setup({
  types: {
    context: {} as GroupsFollowContext,
    input: {} as GroupsFollowInput,
    events: {} as GroupsFollowEvent,
  },
  actors: {
    receive: groupsReceiveMachine,
    overwrite: groupsOverwriteMachine,
    counter: mismatchCounterMachine,
    readHash: promiseNotProvided<{ hash: string | null }, undefined>('readHash'),
    ask: promiseNotProvided<void, { connectionId: number }>('ask'),
  },
  actions: {
    refuse: (_, _params: { connectionId: number } & Command) => actionNotProvided('refuse')(),
    tellCrash: (_, _params: ProcessAddress & { isFull: boolean; failure: Failure }) =>
      actionNotProvided('tellCrash')(),
    keepCommand: assign({
      counter: (_, command: Command) => command.counter,
      handles: (_, command: Command) => command.handles,
    }),
    keepMasterHash: assign({ masterHash: (_, output: GroupsProcessOutput) => output.masterHash }),
    keepFailure: assign({ failure: (_, failure: Failure) => failure }),
    tellMatched: sendTo('counter', { type: 'groups.matched' }),
    tellDiffered: sendTo('counter', { type: 'groups.differed' }),
    logStrayed: actionNotProvided('logStrayed'),
    logAsked: actionNotProvided('logAsked'),
    logUnlooked: actionNotProvided('logUnlooked'),
    logUnasked: actionNotProvided('logUnasked'),
  },
  guards: {
    matched: (_, output: GroupsProcessOutput) => output.matches === true,
    differed: (_, output: GroupsProcessOutput) => output.matches === false,
    isSame: ({ context }, hash: string | null) => hash === context.masterHash,
  },
  delays: {
    settle: ({ context }) => context.settleMs,
    lookTimeout: ({ context }) => context.storeTimeoutMs,
  },
}).createMachine({
  id: 'groupsFollow',
  context: ({ input }) => ({ ...input, counter: 0, handles: [], masterHash: null, failure: null }),
  invoke: {
    id: 'counter',
    src: 'counter',
    input: ({ context: { connectionId, mismatchLimit } }) => ({ connectionId, limit: mismatchLimit }),
  },
  initial: 'resting',
  states: {
    resting: {
      initial: 'uncompared',
      on: {
        'rx.syn_g_m_w': { target: 'receiving', actions: keepCommand },
        'rx.syn_g_m_w_c': { target: 'overwriting', actions: keepCommand },
      },
      states: {
        uncompared: {},
        inStep: { on: { 'groups.changed': 'settling' } },
        settling: { after: { settle: 'looking' } },
        looking: {
          invoke: {
            id: 'readHash',
            src: 'readHash',
            onDone: [
              { guard: { type: 'isSame', params: ({ event }) => event.output.hash }, target: 'inStep' },
              { target: 'asking', actions: 'logStrayed' },
            ],
            onError: { target: 'settling', actions: [keepError, 'logUnlooked'] },
          },
          on: { 'groups.changed': 'settling' },
          after: {
            lookTimeout: {
              target: 'settling',
              actions: [
                { type: 'keepFailure', params: { code: 3037, message: 'the agent store took too long' } },
                'logUnlooked',
              ],
            },
          },
        },
        asking: {
          invoke: {
            id: 'ask',
            src: 'ask',
            input: onConnection,
            onDone: { target: 'differing', actions: 'logAsked' },
            onError: { target: 'settling', actions: [keepError, 'logUnasked'] },
          },
        },
        differing: {},
      },
    },
    receiving: {
      invoke: { id: 'receive', src: 'receive', input, onDone, onError: crashed(false) },
      on: busy,
    },
    overwriting: {
      invoke: { id: 'overwrite', src: 'overwrite', input, onDone, onError: crashed(true) },
      on: busy,
    },
  },
});
