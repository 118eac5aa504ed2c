import { assign, sendParent, sendTo, setup } from 'xstate';
import type { Failure } from '../failure.ts';
import { actionNotProvided } from '../not-provided.ts';
import type { GroupsReport } from './report.ts';
import { type GroupsKind, type GroupsSendInput, type GroupsSendOutput, groupsSendMachine } from './send.ts';

export interface GroupsBroadcastInput {
  connectionId: number;
  /** The last version that this worker is known to have, from earlier connections too; 0 if that is not known. */
  acknowledged: number;
  /** The version that was collected last; 0 before the first. */
  published: number;
  /** Pause before a worker that differs is tried again. */
  retryMs: number;
  answerTimeoutMs: number;
}

interface GroupsBroadcastContext extends GroupsBroadcastInput {
  /** The version that was sent last over this connection; 0 if none was. */
  attempted: number;
  isInStep: boolean;
  /** The worker has asked for everything, or cannot be brought up by less. */
  wantsAll: boolean;
  /** Full copies over this connection. */
  copies: number;
}

export type GroupsBroadcastEvent =
  /** There is something new; from `collect`. */
  | { type: 'groups.published'; version: number }
  | { type: 'rx.syn_w_g_c'; counter: number }
  | ({ type: 'rx.syn_w_g_e'; counter: number } & GroupsReport)
  | ({ type: 'rx.syn_wgc_e'; counter: number } & GroupsReport)
  | { type: 'rx.syn_w_g_err'; counter: number; error: Failure }
  | { type: 'rx.syn_wgc_err'; counter: number; error: Failure };

/** What the parent hears, for `collect`: this worker was sent a version, and took it or not. */
export interface GroupsSent {
  type: 'groups.sent';
  connectionId: number;
  version: number;
  wasTaken: boolean;
}

/** Full copies that a worker gets over one connection before it is waited for that it asks. */
const MAX_UNASKED_COPIES = 3;

type Kept = { context: GroupsBroadcastContext };
type Args = Kept & { event: { counter: number } };
type SendDone = { event: { output: GroupsSendOutput } };

const addressed = ({ context: { connectionId }, event: { counter } }: Args) => ({ connectionId, counter });
const acknowledge = { type: 'acknowledge' as const, params: addressed };
const keepPublished = {
  type: 'keepPublished' as const,
  params: ({ event }: { event: { version: number } }) => event.version,
};
const relayReport = {
  type: 'relayReport' as const,
  params: ({ event: { updatedChunks, errors, matches } }: { event: GroupsReport }): GroupsReport => ({
    updatedChunks,
    errors,
    matches,
  }),
};
const relayFailure = {
  type: 'relayFailure' as const,
  params: ({ event }: { event: { error: Failure } }) => event.error,
};
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
/** What the worker has now is what it was sent, unless it could not write it; a checksum that matches settles it. */
const sendEnded = {
  onDone: [
    {
      guard: { type: 'wasTaken' as const, params: outputOf },
      target: 'deciding',
      actions: [
        'keepAcknowledged',
        { type: 'keepStanding' as const, params: outputOf },
        noteAcknowledged,
        tellSent(true),
      ],
    },
    { target: 'deciding', actions: ['fallBehind', tellSent(false)] },
  ],
  onError: { target: 'deciding', actions: ['fallBehind', 'logCrashed', tellSent(false)] },
} as const;

/** Nobody knows what this worker lacks, and it lacks something: no need to wait until it asks. */
const differenceEnded = {
  ...sendEnded,
  onDone: [
    {
      guard: { type: 'lacksUnknown' as const, params: outputOf },
      target: 'deciding' as const,
      actions: 'noteRequest' as const,
    },
    ...sendEnded.onDone,
  ],
} as const;

/**
 * The agent-groups of one worker, as its master sees it: sends each version once, and everything when the worker asks.
 * Specification: Agent groups send thread, stages 1 and 5.
 *
 * - While nothing changed nothing is sent. A connection begins with one comparison: what the worker missed since the
 *   version that it acknowledged last, and the checksum. So a worker that was away is repaired by a difference, and one
 *   that lost its database meanwhile is found out.
 * - A worker that could not write something, or whose checksum differs, or that does not tell, is tried again after each
 *   pause, until its checksum matches. That is what makes mismatches consecutive on the other side: after ten of them it
 *   asks for everything. What it has acknowledged is not repeated: then only the checksum travels.
 * - A worker of which nobody knows what it lacks, a new one or one that was away for longer than versions are remembered,
 *   is sent everything as soon as its checksum differs. A few times at the most: its agents may be on their way to it.
 * - One string at a time: what is published or asked for meanwhile goes out next, and several versions in one.
 *
 * Provided by src/node:
 * - `send` with its effects.
 * - `noteAcknowledged` remembers the version by the name of the worker, as the input `acknowledged` of its next connection.
 * - `acknowledge` replies with nothing; `refuse` answers what this state has no use for.
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
    keepStanding: assign({ isInStep: (_, output: GroupsSendOutput) => output.matches === true }),
    fallBehind: assign({ isInStep: false }),
    noteRequest: assign({ wantsAll: true }),
    forgetRequest: assign({
      wantsAll: false,
      copies: ({ context }) => Math.min(context.copies + 1, MAX_UNASKED_COPIES),
    }),
    noteAcknowledged: (_, _params: { connectionId: number; version: number }) =>
      actionNotProvided('noteAcknowledged')(),
    relayReport: sendTo('send', (_, report: GroupsReport) => ({ type: 'worker.stored', ...report })),
    relayFailure: sendTo('send', (_, failure: Failure) => ({ type: 'worker.failed', failure })),
    tellSent: sendParent(
      ({ context: { connectionId, attempted } }, wasTaken: boolean): GroupsSent => ({
        type: 'groups.sent',
        connectionId,
        version: attempted,
        wasTaken,
      }),
    ),
    logCrashed: actionNotProvided('logCrashed'),
  },
  guards: {
    wasTaken: (_, output: GroupsSendOutput) => output.outcome === 'stored' || output.matches === true,
    lacksUnknown: ({ context }, output: GroupsSendOutput) =>
      !output.wasComplete && output.matches === false && context.copies < MAX_UNASKED_COPIES,
    wantsAll: ({ context }) => context.wantsAll,
    hasNews: ({ context }) => context.published > context.attempted,
    isBehind: ({ context }) => context.attempted > 0 && !context.isInStep,
    saysItDiffers: ({ context, event }) =>
      event.type === 'rx.syn_w_g_e' && event.matches === false && context.attempted > 0,
  },
  delays: { retry: ({ context }) => context.retryMs },
}).createMachine({
  id: 'groupsBroadcast',
  context: ({ input }) => ({ ...input, attempted: 0, isInStep: false, wantsAll: false, copies: 0 }),
  initial: 'deciding',
  on: {
    'groups.published': { actions: keepPublished },
    'rx.*': { actions: { type: 'refuse', params: addressed } },
    'rx.syn_w_g_c': { actions: [acknowledge, 'noteRequest'] },
  },
  states: {
    deciding: {
      always: [
        { guard: 'wantsAll', target: 'sendingAll' },
        { guard: 'hasNews', target: 'sendingDifference' },
        { guard: 'isBehind', target: 'behind' },
        { target: 'idle' },
      ],
    },
    idle: {
      on: {
        'groups.published': { target: 'deciding', actions: keepPublished },
        'rx.syn_w_g_c': { target: 'deciding', actions: [acknowledge, 'noteRequest'] },
        // The answer of a process that was given up, and that is known better by the worker.
        'rx.syn_w_g_e': { guard: 'saysItDiffers', target: 'behind', actions: [acknowledge, 'fallBehind'] },
      },
    },
    behind: {
      on: {
        'groups.published': { target: 'deciding', actions: keepPublished },
        'rx.syn_w_g_c': { target: 'deciding', actions: [acknowledge, 'noteRequest'] },
      },
      after: { retry: 'sendingDifference' },
    },
    sendingDifference: {
      entry: 'keepAttempted',
      invoke: { id: 'send', src: 'send', input: sendInput('difference'), ...differenceEnded },
      on: {
        'rx.syn_w_g_e': { actions: [acknowledge, relayReport] },
        'rx.syn_w_g_err': { actions: [acknowledge, relayFailure] },
      },
    },
    sendingAll: {
      entry: ['keepAttempted', 'forgetRequest'],
      invoke: { id: 'send', src: 'send', input: sendInput('full'), ...sendEnded },
      on: {
        // It is on its way.
        'rx.syn_w_g_c': { actions: acknowledge },
        'rx.syn_wgc_e': { actions: [acknowledge, relayReport] },
        'rx.syn_wgc_err': { actions: [acknowledge, relayFailure] },
      },
    },
  },
});
