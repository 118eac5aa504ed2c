import { assign, setup, stateIn } from 'xstate';
import type { Failure } from '../failure.ts';
import { keepError } from '../keep-failure.ts';
import { actionNotProvided, callbackNotProvided, promiseNotProvided } from '../not-provided.ts';
import { outcomeOf } from '../outcome.ts';
import {
  answer,
  answerFailure,
  beginning,
  deadline,
  type GroupsProcessContext,
  type GroupsProcessInput,
  type GroupsProcessOutput,
  keepMatches,
  type ProcessAddress,
  replyTask,
} from './process.ts';
import type { DifferingAgents, GroupsReport, GroupsStored } from './report.ts';

/**
 * A worker receives all agent-groups: overwrites what its store has, computes the hashes of its agents anew, in case they
 * were what differed, and compares its checksum with the master's again. Where that still differs, it finds out which
 * agents do: it is the one who has both sides. Specification: Agent groups send thread, stage 6.
 *
 * Provided by src/node:
 * - `workspace` keeps what the master sent, by connection; its end drops it.
 * - `overwrite` takes the strings, one after the other, gives every agent of them exactly its groups, and takes the
 *   groups of agents that are in none away. It works in pieces, and stops between them when its signal is aborted. It
 *   rejects with 3035, 3036 or 3037; what is wrong with single agents is in its output.
 * - `recalculate` computes the hash of every agent from its groups; if that fails, the comparison shows whether it matters.
 * - `readHash` reads the checksum over the groups of all agents here.
 * - `search` finds the agents whose groups here are not those that the master sent.
 * - `replyTask` replies to `syn_g_m_w_c`; `answer` sends `syn_wgc_e`, `answerFailure` sends `syn_wgc_err`, as in `receive`.
 */
export const groupsOverwriteMachine = setup({
  types: {
    context: {} as GroupsProcessContext,
    input: {} as GroupsProcessInput,
    output: {} as GroupsProcessOutput,
  },
  actors: {
    overwrite: promiseNotProvided<GroupsStored, { connectionId: number; handles: readonly number[] }>(
      'overwrite',
    ),
    workspace: callbackNotProvided<{ type: 'none' }, { connectionId: number }>('workspace'),
    recalculate: promiseNotProvided<void, undefined>('recalculate'),
    readHash: promiseNotProvided<{ hash: string | null }, undefined>('readHash'),
    search: promiseNotProvided<DifferingAgents, { connectionId: number }>('search'),
  },
  actions: {
    replyTask: (_, _params: { connectionId: number; counter: number; task: string }) =>
      actionNotProvided('replyTask')(),
    answer: (_, _params: ProcessAddress & GroupsReport) => actionNotProvided('answer')(),
    answerFailure: (_, _params: ProcessAddress & { failure: Failure }) =>
      actionNotProvided('answerFailure')(),
    keepStored: assign({ stored: (_, stored: GroupsStored) => stored }),
    keepMatches: assign({ matches: (_, matches: boolean | null) => matches }),
    keepDiffering: assign({ differing: (_, differing: DifferingAgents) => differing }),
    keepFailure: assign({ failure: (_, failure: Failure) => failure }),
    logStarting: actionNotProvided('logStarting'),
    logNotRecalculated: actionNotProvided('logNotRecalculated'),
    logMatching: actionNotProvided('logMatching'),
    logDifferent: actionNotProvided('logDifferent'),
    logDiffering: actionNotProvided('logDiffering'),
    logUncompared: actionNotProvided('logUncompared'),
    logFinished: actionNotProvided('logFinished'),
    logFailed: actionNotProvided('logFailed'),
  },
  guards: {
    hasHash: ({ context }) => context.stored.masterHash !== undefined,
    isWriting: stateIn({ working: 'overwriting' }),
    isSame: ({ context }, hash: string | null) => hash === context.stored.masterHash,
  },
  delays: { storeTimeout: ({ context }) => context.storeTimeoutMs },
}).createMachine({
  id: 'groupsOverwrite',
  context: ({ input }) => beginning(input),
  output: ({ context: { matches, stored, failure }, event }) => ({
    outcome: outcomeOf<GroupsProcessOutput['outcome']>(event),
    matches,
    masterHash: stored.masterHash ?? null,
    failure,
  }),
  entry: [replyTask, 'logStarting'],
  initial: 'working',
  states: {
    working: {
      initial: 'overwriting',
      after: deadline,
      invoke: {
        id: 'workspace',
        src: 'workspace',
        input: ({ context: { connectionId } }) => ({ connectionId }),
      },
      states: {
        overwriting: {
          invoke: {
            id: 'overwrite',
            src: 'overwrite',
            input: ({ context: { connectionId, handles } }) => ({ connectionId, handles }),
            onDone: {
              target: 'recalculating',
              actions: { type: 'keepStored', params: ({ event }) => event.output },
            },
            onError: { target: '#groupsOverwrite.failed', actions: keepError },
          },
        },
        recalculating: {
          invoke: {
            id: 'recalculate',
            src: 'recalculate',
            onDone: [{ guard: 'hasHash', target: 'comparing' }, { target: '#groupsOverwrite.stored' }],
            onError: [
              { guard: 'hasHash', target: 'comparing', actions: [keepError, 'logNotRecalculated'] },
              { target: '#groupsOverwrite.stored', actions: [keepError, 'logNotRecalculated'] },
            ],
          },
        },
        comparing: {
          invoke: {
            id: 'readHash',
            src: 'readHash',
            onDone: [
              {
                guard: { type: 'isSame', params: ({ event }) => event.output.hash },
                target: '#groupsOverwrite.stored',
                actions: [keepMatches(true), 'logMatching'],
              },
              { target: 'searching', actions: [keepMatches(false), 'logDifferent'] },
            ],
            onError: {
              target: '#groupsOverwrite.stored',
              actions: [keepMatches(false), keepError, 'logUncompared'],
            },
          },
        },
        searching: {
          invoke: {
            id: 'search',
            src: 'search',
            input: ({ context: { connectionId } }) => ({ connectionId }),
            onDone: {
              target: '#groupsOverwrite.stored',
              actions: [{ type: 'keepDiffering', params: ({ event }) => event.output }, 'logDiffering'],
            },
            onError: {
              target: '#groupsOverwrite.stored',
              actions: [keepError, 'logUncompared'],
            },
          },
        },
      },
    },
    stored: { type: 'final', entry: [answer, 'logFinished'], output: { outcome: 'stored' } },
    failed: { type: 'final', entry: [answerFailure, 'logFailed'], output: { outcome: 'failed' } },
  },
});
