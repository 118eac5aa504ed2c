import { assign, sendTo, setup } from 'xstate';
import { type Failure, failureOf } from '../failure.ts';
import { actionNotProvided } from '../not-provided.ts';
import { mismatchCounterMachine } from './mismatch-counter.ts';
import { groupsOverwriteMachine } from './overwrite.ts';
import type { GroupsProcessOutput, ProcessAddress } from './process.ts';
import { groupsReceiveMachine } from './receive.ts';

export interface GroupsFollowInput {
  connectionId: number;
  storeTimeoutMs: number;
  /** `agent_groups_mismatch_limit`. */
  mismatchLimit: number;
}

interface GroupsFollowContext extends GroupsFollowInput {
  /** Of the command that brought groups. */
  counter: number;
  handle: number;
}

export type GroupsFollowEvent =
  | { type: 'rx.syn_g_m_w'; counter: number; handle: number }
  | { type: 'rx.syn_g_m_w_c'; counter: number; handle: number };

type Args = { context: GroupsFollowContext; event: GroupsFollowEvent };
const keepCommand = {
  type: 'keepCommand' as const,
  params: ({ event: { counter, handle } }: { event: GroupsFollowEvent }) => ({ counter, handle }),
};
const refuse = {
  type: 'refuse' as const,
  params: ({ context: { connectionId }, event: { counter, handle } }: Args) => ({
    connectionId,
    counter,
    handle,
  }),
};
const taskOf = ({ connectionId, counter }: GroupsFollowContext) => `agent-groups-${connectionId}-${counter}`;
const input = ({ context }: Pick<Args, 'context'>) => {
  const { connectionId, counter, handle, storeTimeoutMs } = context;
  return { connectionId, counter, handle, task: taskOf(context), storeTimeoutMs };
};
const onDone = [
  {
    guard: {
      type: 'matched' as const,
      params: ({ event }: { event: { output: GroupsProcessOutput } }) => event.output,
    },
    target: 'idle' as const,
    actions: 'tellMatched' as const,
  },
  {
    guard: {
      type: 'differed' as const,
      params: ({ event }: { event: { output: GroupsProcessOutput } }) => event.output,
    },
    target: 'idle' as const,
    actions: 'tellDiffered' as const,
  },
  { target: 'idle' as const },
];
const crashed = (isFull: boolean) => ({
  target: 'idle' as const,
  actions: {
    type: 'tellCrash' as const,
    params: ({ context, event }: { context: GroupsFollowContext; event: { error: unknown } }) => ({
      connectionId: context.connectionId,
      task: taskOf(context),
      isFull,
      failure: failureOf(event.error),
    }),
  },
});

/**
 * A worker keeps its agent-groups like the master's: takes what the master sends, one string at a time, and tells the
 * counter of mismatches what each comparison came to. Specification: Agent groups send thread, stages 2 to 6.
 *
 * The master sends the next string when it has heard of the last, so a second one at the same time means that it gave the
 * first up: it is refused, and comes again. A crash of the counter is not handled here: it ends the connection.
 *
 * Provided by src/node: `receive`, `overwrite` and `counter` with their effects; `refuse` fails with 3110, and
 * drops the string; `tellCrash` sends `syn_w_g_err`, or `syn_wgc_err` if `isFull`, and writes it to the log.
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
  },
  actions: {
    refuse: (_, _params: { connectionId: number; counter: number; handle: number }) =>
      actionNotProvided('refuse')(),
    tellCrash: (_, _params: ProcessAddress & { isFull: boolean; failure: Failure }) =>
      actionNotProvided('tellCrash')(),
    keepCommand: assign({
      counter: (_, command: { counter: number; handle: number }) => command.counter,
      handle: (_, command: { counter: number; handle: number }) => command.handle,
    }),
    tellMatched: sendTo('counter', { type: 'groups.matched' }),
    tellDiffered: sendTo('counter', { type: 'groups.differed' }),
  },
  guards: {
    matched: (_, output: GroupsProcessOutput) => output.matches === true,
    differed: (_, output: GroupsProcessOutput) => output.matches === false,
  },
}).createMachine({
  id: 'groupsFollow',
  context: ({ input }) => ({ ...input, counter: 0, handle: 0 }),
  invoke: {
    id: 'counter',
    src: 'counter',
    input: ({ context: { connectionId, mismatchLimit } }) => ({ connectionId, limit: mismatchLimit }),
  },
  initial: 'idle',
  states: {
    idle: {
      on: {
        'rx.syn_g_m_w': { target: 'receiving', actions: keepCommand },
        'rx.syn_g_m_w_c': { target: 'overwriting', actions: keepCommand },
      },
    },
    receiving: {
      invoke: { id: 'receive', src: 'receive', input, onDone, onError: crashed(false) },
      on: { 'rx.*': { actions: refuse } },
    },
    overwriting: {
      invoke: { id: 'overwrite', src: 'overwrite', input, onDone, onError: crashed(true) },
      on: { 'rx.*': { actions: refuse } },
    },
  },
});
