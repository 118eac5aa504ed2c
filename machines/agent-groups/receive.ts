import { assign, setup, stateIn } from 'xstate';
import type { Failure } from '../failure.ts';
import { keepError } from '../keep-failure.ts';
import { actionNotProvided, promiseNotProvided } from '../not-provided.ts';
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
import type { GroupsReport, GroupsStored } from './report.ts';

/**
 * A worker receives changed agent-groups: writes them to its store, compares its checksum with the master's, and says how
 * that went. Specification: Agent groups send thread, stages 2 and 3.
 *
 * Groups that could not be written do not keep the others from being compared. A checksum of its own that cannot be read
 * counts as different. The answer is sent and not waited for: it is true whether or not it arrives, and the next process
 * may begin at once.
 *
 * Provided by src/node:
 * - `store` takes the strings, one after the other, and writes their chunks, in pieces, and stops between them when its
 *   signal is aborted. It rejects with 3035, 3036 or 3037; what is wrong with single agents is in its output.
 * - `readHash` reads the checksum over the groups of all agents here.
 * - `replyTask` replies to `syn_g_m_w`; `answer` sends `syn_w_g_e`, `answerFailure` sends `syn_w_g_err`.
 */
export const groupsReceiveMachine = setup({
  types: {
    context: {} as GroupsProcessContext,
    input: {} as GroupsProcessInput,
    output: {} as GroupsProcessOutput,
  },
  actors: {
    store: promiseNotProvided<GroupsStored, { connectionId: number; handles: readonly number[] }>('store'),
    readHash: promiseNotProvided<{ hash: string | null }, undefined>('readHash'),
  },
  actions: {
    replyTask: (_, _params: { connectionId: number; counter: number; task: string }) =>
      actionNotProvided('replyTask')(),
    answer: (_, _params: ProcessAddress & GroupsReport) => actionNotProvided('answer')(),
    answerFailure: (_, _params: ProcessAddress & { failure: Failure }) =>
      actionNotProvided('answerFailure')(),
    keepStored: assign({ stored: (_, stored: GroupsStored) => stored }),
    keepMatches: assign({ matches: (_, matches: boolean | null) => matches }),
    keepFailure: assign({ failure: (_, failure: Failure) => failure }),
    logStarting: actionNotProvided('logStarting'),
    logMatching: actionNotProvided('logMatching'),
    logDifferent: actionNotProvided('logDifferent'),
    logUncompared: actionNotProvided('logUncompared'),
    logFinished: actionNotProvided('logFinished'),
    logFailed: actionNotProvided('logFailed'),
  },
  guards: {
    hasHash: (_, stored: GroupsStored) => stored.masterHash !== undefined,
    isWriting: stateIn({ working: 'storing' }),
    isSame: ({ context }, hash: string | null) => hash === context.stored.masterHash,
  },
  delays: { storeTimeout: ({ context }) => context.storeTimeoutMs },
}).createMachine({
  id: 'groupsReceive',
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
      initial: 'storing',
      after: deadline,
      states: {
        storing: {
          invoke: {
            id: 'store',
            src: 'store',
            input: ({ context: { connectionId, handles } }) => ({ connectionId, handles }),
            onDone: [
              {
                guard: { type: 'hasHash', params: ({ event }) => event.output },
                target: 'comparing',
                actions: { type: 'keepStored', params: ({ event }) => event.output },
              },
              {
                target: '#groupsReceive.stored',
                actions: { type: 'keepStored', params: ({ event }) => event.output },
              },
            ],
            onError: { target: '#groupsReceive.failed', actions: keepError },
          },
        },
        comparing: {
          invoke: {
            id: 'readHash',
            src: 'readHash',
            onDone: [
              {
                guard: { type: 'isSame', params: ({ event }) => event.output.hash },
                target: '#groupsReceive.stored',
                actions: [keepMatches(true), 'logMatching'],
              },
              { target: '#groupsReceive.stored', actions: [keepMatches(false), 'logDifferent'] },
            ],
            onError: {
              target: '#groupsReceive.stored',
              actions: [keepMatches(false), keepError, 'logUncompared'],
            },
          },
        },
      },
    },
    stored: { type: 'final', entry: [answer, 'logFinished'], output: { outcome: 'stored' } },
    failed: { type: 'final', entry: [answerFailure, 'logFailed'], output: { outcome: 'failed' } },
  },
});
