import { assign, or, sendParent, sendTo, setup, stateIn } from 'xstate';
import type { Failure } from '../failure.ts';
import { actionNotProvided } from '../not-provided.ts';
import {
  type GroupsBroadcastContext,
  type GroupsBroadcastEvent,
  type GroupsBroadcastInput,
  type GroupsSent,
  MAX_GROUPS_PAUSE_MS,
} from './broadcast-types.ts';
import type { DifferingAgents, GroupsReport } from './report.ts';
import {
  type GroupsAnswer,
  type GroupsKind,
  type GroupsSendInput,
  type GroupsSendOutput,
  groupsSendMachine,
} from './send.ts';

type Kept = { context: GroupsBroadcastContext };
type Args = Kept & { event: { counter: number } };
type SendDone = { event: { output: GroupsSendOutput } };
type Reported = { event: { task: string } & GroupsReport };

const addressed = ({ context: { connectionId }, event: { counter } }: Args) => ({ connectionId, counter });
const acknowledge = { type: 'acknowledge' as const, params: addressed };
const relayReport = {
  type: 'relay' as const,
  params: ({ event: { task, updatedChunks, errors, matches, differing } }: Reported): GroupsAnswer => ({
    task,
    report: { updatedChunks, errors, matches, differing },
    failure: null,
  }),
};
const relayFailure = {
  type: 'relay' as const,
  params: ({ event: { task, error } }: { event: { task: string; error: Failure } }): GroupsAnswer => ({
    task,
    report: null,
    failure: error,
  }),
};
const answers = {
  'rx.syn_w_g_e': { actions: [acknowledge, relayReport] },
  'rx.syn_w_g_err': { actions: [acknowledge, relayFailure] },
};
const answersToAll = {
  'rx.syn_wgc_e': { actions: [acknowledge, relayReport] },
  'rx.syn_wgc_err': { actions: [acknowledge, relayFailure] },
};
/** Whoever asks for everything now is being answered. */
const onItsWay = { 'rx.syn_w_g_c': { actions: acknowledge } };
const sendInput =
  (kind: GroupsKind) =>
  ({ context }: Kept): GroupsSendInput => ({
    connectionId: context.connectionId,
    kind,
    sinceVersion: context.acknowledged,
    version: context.attempted,
    answerTimeoutMs: context.answerTimeoutMs,
  });

const noteAcknowledged = {
  type: 'noteAcknowledged' as const,
  params: ({ context: { connectionId, acknowledged } }: Kept) => ({ connectionId, version: acknowledged }),
};
const outputOf = ({ event }: SendDone) => event.output;
const tellSent = (wasTaken: boolean) => ({ type: 'tellSent' as const, params: () => wasTaken });
/** The worker has this version now. */
const taken = ['keepAcknowledged', noteAcknowledged, tellSent(true)] as const;
const mended = [...taken, 'logMended'] as const;
const notTaken = [tellSent(false)] as const;
const when = (type: 'isInStep' | 'wasTaken' | 'lacksUnknown' | 'differs' | 'differsThoughTaken') => ({
  type,
  params: outputOf,
});
/** Whether or not the worker has taken what it was sent: the pause goes on. */
const rested = [
  { guard: when('wasTaken'), target: 'resting' as const, actions: taken },
  { target: 'resting' as const, actions: notTaken },
];
const restedAfterCrash = { target: 'resting' as const, actions: ['logCrashed' as const, ...notTaken] };
const inStepAgain = { guard: when('isInStep'), target: '#groupsBroadcast.idle' as const, actions: mended };
const logApart = {
  type: 'logApart' as const,
  params: ({ context: { connectionId }, event: { output } }: Kept & SendDone) => ({
    connectionId,
    differing: output.differing,
  }),
};

/**
 * The agent-groups of one worker, as its master sees it: sends each version once, and everything when the worker asks.
 * Specification: Agent groups send thread, stages 1 and 5.
 *
 * - While nothing changed nothing is sent. A connection begins with one comparison: what the worker missed since the
 *   version that it acknowledged last, and the checksum. So a worker that was away is repaired by a difference, and one
 *   that lost its database meanwhile is found out.
 * - A worker that could not write something, or whose checksum differs, or that does not tell, is `behind`: it is tried
 *   again after each pause, until its checksum matches. That is what makes mismatches consecutive on the other side: after
 *   ten of them it asks for everything. What it has acknowledged is not repeated: then only the checksum travels.
 * - A worker of which nobody knows what it lacks, a new one or one that was away for longer than versions are remembered,
 *   is sent everything as soon as its checksum differs.
 * - One that differs though it was sent everything is `apart`: that is told once. What keeps it apart may pass, as when its
 *   agents are on their way to it: so it is compared again, and sent everything if it still differs, after pauses that
 *   grow; what is published meanwhile it is told at once. One that could not even be sent everything is `owed` it, after
 *   such pauses too; what is published meanwhile counts as not taken, so that it holds up no other worker.
 * - One string at a time: what is published meanwhile goes out next, and several versions in one. Versions never fall: one
 *   that is not newer is no news. A difference is given up for a worker that asks for everything: it is part of that.
 *
 * Provided by src/node:
 * - `send` with its effects.
 * - `noteAcknowledged` remembers the version by the name of the worker, as the input `acknowledged` of its next connection.
 * - `acknowledge` replies with nothing; `refuse` answers what this state has no use for.
 * - `logApart` names the agents that differ, as far as they are known; `logMended` says that they do no more.
 * - The parent hears `groups.sent`, and passes it to `collect`; it passes `groups.published` of `collect` down.
 */
export const groupsBroadcastMachine = setup({
  types: {
    context: {} as GroupsBroadcastContext,
    input: {} as GroupsBroadcastInput,
    events: {} as GroupsBroadcastEvent,
  },
  actors: { send: groupsSendMachine },
  actions: {
    acknowledge: (_, _params: { connectionId: number; counter: number }) =>
      actionNotProvided('acknowledge')(),
    refuse: (_, _params: { connectionId: number; counter: number }) => actionNotProvided('refuse')(),
    keepPublished: assign({ published: (_, version: number) => version }),
    keepAttempted: assign({ attempted: ({ context }) => context.published }),
    keepAcknowledged: assign({ acknowledged: ({ context }) => context.attempted }),
    countPause: assign({ pauses: ({ context }) => context.pauses + 1 }),
    forgetPauses: assign({ pauses: 0 }),
    noteAcknowledged: (_, _params: { connectionId: number; version: number }) =>
      actionNotProvided('noteAcknowledged')(),
    relay: sendTo('send', (_, answer: GroupsAnswer) => ({ type: 'worker.answered', ...answer })),
    tellSent: sendParent(
      ({ context: { connectionId, attempted } }, wasTaken: boolean): GroupsSent => ({
        type: 'groups.sent',
        connectionId,
        version: attempted,
        wasTaken,
      }),
    ),
    logApart: (_, _params: { connectionId: number; differing: DifferingAgents | null }) =>
      actionNotProvided('logApart')(),
    logMended: actionNotProvided('logMended'),
    logCrashed: actionNotProvided('logCrashed'),
  },
  guards: {
    isNewer: ({ context }, version: number) => version > context.published,
    hasNews: ({ context }) => context.published > context.attempted,
    hasWaited: stateIn({ apart: { patience: 'over' } }),
    isMending: or([stateIn({ apart: { work: 'comparing' } }), stateIn({ apart: { work: 'copying' } })]),
    isInStep: (_, output: GroupsSendOutput) => output.matches === true,
    /** What the worker has now is what it was sent, unless it could not write it. */
    wasTaken: (_, output: GroupsSendOutput) => output.outcome === 'stored',
    differs: (_, output: GroupsSendOutput) => output.matches === false,
    differsThoughTaken: (_, output: GroupsSendOutput) =>
      output.matches === false && output.outcome === 'stored',
    lacksUnknown: (_, output: GroupsSendOutput) => output.matches === false && !output.wasComplete,
  },
  delays: {
    retry: ({ context }) => context.retryMs,
    growingPause: ({ context: { retryMs, pauses } }) => Math.min(retryMs * 2 ** pauses, MAX_GROUPS_PAUSE_MS),
  },
}).createMachine({
  id: 'groupsBroadcast',
  context: ({ input }) => ({ ...input, attempted: 0, pauses: 0 }),
  initial: 'idle',
  on: {
    'groups.published': {
      guard: { type: 'isNewer', params: ({ event }) => event.version },
      actions: { type: 'keepPublished', params: ({ event }) => event.version },
    },
    'rx.syn_w_g_c': { target: '.sendingAll', actions: acknowledge },
    'rx.*': { actions: { type: 'refuse', params: addressed } },
  },
  states: {
    idle: {
      entry: 'forgetPauses',
      always: { guard: 'hasNews', target: 'sendingDifference' },
    },
    sendingDifference: {
      entry: 'keepAttempted',
      invoke: {
        id: 'send',
        src: 'send',
        input: sendInput('difference'),
        onDone: [
          { guard: when('lacksUnknown'), target: 'sendingAll' },
          { guard: when('isInStep'), target: 'idle', actions: taken },
          { guard: when('wasTaken'), target: 'behind', actions: taken },
          { target: 'behind', actions: notTaken },
        ],
        onError: { target: 'behind', actions: ['logCrashed', ...notTaken] },
      },
      on: answers,
    },
    behind: {
      always: { guard: 'hasNews', target: 'sendingDifference' },
      after: { retry: 'sendingDifference' },
    },
    sendingAll: {
      entry: 'keepAttempted',
      invoke: {
        id: 'send',
        src: 'send',
        input: sendInput('full'),
        onDone: [
          { guard: when('isInStep'), target: 'idle', actions: taken },
          { guard: when('differsThoughTaken'), target: 'apart', actions: [...taken, logApart] },
          { guard: when('differs'), target: 'apart', actions: [...notTaken, logApart] },
          { guard: when('wasTaken'), target: 'behind', actions: taken },
          { target: 'owed', actions: notTaken },
        ],
        onError: { target: 'owed', actions: ['logCrashed', ...notTaken] },
      },
      on: { ...answersToAll, ...onItsWay },
    },
    owed: {
      // News become part of what it is owed. That is told at once: nobody else waits for them because of this worker.
      always: { guard: 'hasNews', actions: ['keepAttempted', ...notTaken] },
      after: { growingPause: { target: 'sendingAll', actions: 'countPause' } },
    },
    apart: {
      type: 'parallel',
      on: { 'rx.syn_w_g_c': { target: '.work.copying', actions: acknowledge } },
      states: {
        // News do not begin the pause anew: whoever changes groups all the time would keep it from ending.
        patience: {
          initial: 'pausing',
          states: {
            pausing: { after: { growingPause: 'over' } },
            over: { always: { guard: 'isMending', target: 'pausing', actions: 'countPause' } },
          },
        },
        work: {
          initial: 'resting',
          states: {
            resting: {
              always: [
                { guard: 'hasWaited', target: 'comparing' },
                { guard: 'hasNews', target: 'telling' },
              ],
            },
            telling: {
              entry: 'keepAttempted',
              invoke: {
                id: 'send',
                src: 'send',
                input: sendInput('difference'),
                onDone: [inStepAgain, ...rested],
                onError: restedAfterCrash,
              },
              on: answers,
            },
            comparing: {
              entry: 'keepAttempted',
              invoke: {
                id: 'send',
                src: 'send',
                input: sendInput('difference'),
                onDone: [
                  inStepAgain,
                  { guard: when('differsThoughTaken'), target: 'copying', actions: taken },
                  { guard: when('differs'), target: 'copying', actions: notTaken },
                  ...rested,
                ],
                onError: restedAfterCrash,
              },
              on: answers,
            },
            copying: {
              entry: 'keepAttempted',
              invoke: {
                id: 'send',
                src: 'send',
                input: sendInput('full'),
                onDone: [inStepAgain, ...rested],
                onError: restedAfterCrash,
              },
              on: { ...answersToAll, ...onItsWay },
            },
          },
        },
      },
    },
  },
});
