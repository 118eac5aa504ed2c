import {
  assign,
  type DoneActorEvent,
  type ErrorActorEvent,
  enqueueActions,
  sendParent,
  sendTo,
  setup,
} from 'xstate';
import { type Failure, failureOf } from '../failure.ts';
import { actionNotProvided, callbackNotProvided } from '../not-provided.ts';
import { cancelled } from './failures.ts';
import { type FileReceiveOutput, fileReceiveMachine } from './file-receive.ts';
import { MAX_INCOMING_TRANSFERS } from './limits.ts';
import type { Address } from './sink.ts';
import { type StringReceiveOutput, stringReceiveMachine } from './string-receive.ts';
import { handleOfTask } from './task-name.ts';

export interface TransfersInput {
  connectionId: number;
  /** How long an incoming transfer may go without progress. */
  progressTimeoutMs: number;
  /** Transfers that the peer may have open at once; `MAX_INCOMING_TRANSFERS` if absent. */
  maxIncoming?: number;
}

/** One transfer that is under way. */
export interface Incoming {
  kind: 'file' | 'string';
  handle: number;
  /** Null for a string. */
  name: string | null;
  sizeBytes: number;
  /** Whether anything has arrived: `err_str` frees only what was reserved and not begun. */
  started: boolean;
}

export interface TransfersContext {
  connectionId: number;
  progressTimeoutMs: number;
  maxIncoming: number;
  /** Handles are not used again before 2^32 others, so that a late piece never lands in another transfer. */
  nextHandle: number;
  /** By the id of the child. */
  incoming: Readonly<Record<string, Incoming>>;
}

type Ended = FileReceiveOutput | StringReceiveOutput;

export type TransfersEvent =
  | { type: 'rx.new_file'; counter: number; name: string; size: number; digest: string | null }
  | { type: 'rx.file_end'; counter: number; handle: number; digest: string }
  | { type: 'rx.new_str'; counter: number; size: number; digest: string | null }
  | { type: 'rx.err_str'; counter: number; size: number }
  | { type: 'rx.cancel_task'; counter: number; task: string | null; error: Failure }
  /** This node wants a transfer no longer. */
  | { type: 'cancel'; handle: number; failure: Failure }
  | { type: 'incoming.progress'; handle: number }
  | DoneActorEvent<Ended, string>
  | ErrorActorEvent<unknown, string>;

/** What the parent hears. Files and strings have their own types: who waits for files need not know of strings. */
export type TransferReport =
  | { type: 'transfer.received'; handle: number; name: string; file: string; sizeBytes: number }
  | { type: 'transfer.progress'; handle: number }
  | { type: 'transfer.failed'; handle: number; name: string; failure: Failure }
  | { type: 'string.received'; handle: number; sizeBytes: number }
  | { type: 'string.failed'; handle: number; failure: Failure };

type Args = { context: TransfersContext; event: TransfersEvent };

const MAX_HANDLE = 0xffff_ffff;
const slotId = (index: number) => `incoming-${index}`;

function freeSlot({ incoming, maxIncoming }: TransfersContext): string | null {
  for (let index = 0; index < maxIncoming; index += 1) {
    if (!Object.hasOwn(incoming, slotId(index))) return slotId(index);
  }
  return null;
}

const entered = ({ nextHandle, incoming }: TransfersContext, id: string, entry: Incoming) => ({
  nextHandle: nextHandle === MAX_HANDLE ? 1 : nextHandle + 1,
  incoming: { ...incoming, [id]: entry },
});

function slotOf(context: TransfersContext, handle: number, kind?: Incoming['kind']): string | null {
  const found = Object.entries(context.incoming).find(
    ([, entry]) => entry.handle === handle && (kind === undefined || entry.kind === kind),
  );
  return found?.[0] ?? null;
}

/** The child that an event is meant for. */
function slotFor({ context, event }: Args): string | null {
  switch (event.type) {
    case 'rx.file_end':
      return slotOf(context, event.handle, 'file');
    case 'rx.cancel_task': {
      const handle = handleOfTask(event.task);
      return handle === null ? null : slotOf(context, handle);
    }
    case 'rx.err_str': {
      const unused = Object.entries(context.incoming).find(
        ([, entry]) => entry.kind === 'string' && entry.sizeBytes === event.size && !entry.started,
      );
      return unused?.[0] ?? null;
    }
    case 'cancel':
    case 'incoming.progress':
      return slotOf(context, event.handle);
    default:
      return null;
  }
}

const slotIn = (args: Args): string => {
  const slot = slotFor(args);
  if (slot === null) throw new Error(`no transfer is meant by ${args.event.type}`);
  return slot;
};
const addressed = ({ context, event }: Args): Address => ({
  connectionId: context.connectionId,
  counter: 'counter' in event ? event.counter : 0,
});
const refuse = (code: number, message: string) => ({
  type: 'refuse' as const,
  params: (args: Args) => ({ ...addressed(args), failure: { code, message } }),
});
const acknowledgeCancel = { type: 'acknowledgeCancel' as const, params: addressed };
const refuseFull = refuse(3110, 'too many transfers are under way on this connection');

function reportOf(output: Ended): TransferReport {
  const { handle, sizeBytes } = output;
  const failure = output.failure ?? cancelled;
  if (output.kind === 'string') {
    return output.outcome === 'done'
      ? { type: 'string.received', handle, sizeBytes }
      : { type: 'string.failed', handle, failure };
  }
  return output.outcome === 'done' && output.file !== null
    ? { type: 'transfer.received', handle, name: output.name, file: output.file, sizeBytes }
    : { type: 'transfer.failed', handle, name: output.name, failure };
}

function crashReport({ incoming }: TransfersContext, id: string, failure: Failure): TransferReport {
  const entry = incoming[id];
  const handle = entry?.handle ?? 0;
  return entry?.kind === 'string'
    ? { type: 'string.failed', handle, failure }
    : { type: 'transfer.failed', handle, name: entry?.name ?? id, failure };
}

/**
 * All that one connection receives. Each transfer is a child of its own, under an id from a bounded pool (XState
 * remembers every id that ever was); so the children do not show in the chart as states: the chart is the table of who
 * gets which event. Up to 64 children, so that XState's cost by child does not matter. Specification: Protocols,
 * Common messages.
 */
export const transfersMachine = setup({
  types: {
    context: {} as TransfersContext,
    input: {} as TransfersInput,
    events: {} as TransfersEvent,
    children: {} as Record<string, 'fileReceive' | 'stringReceive'>,
  },
  actors: {
    fileReceive: fileReceiveMachine,
    stringReceive: stringReceiveMachine,
    /** Keeps the strings that nobody has taken yet; its end, with the connection, frees them. */
    heldStrings: callbackNotProvided<{ type: 'none' }, { connectionId: number }>('heldStrings'),
  },
  actions: {
    refuse: (_, _params: Address & { failure: Failure }) => actionNotProvided('refuse')(),
    acknowledgeCancel: (_, _params: Address) => actionNotProvided('acknowledgeCancel')(),
    /** The answer to `err_str`: the handle that is free again, null if there was none. */
    answerErrStr: (_, _params: Address & { handle: number | null }) => actionNotProvided('answerErrStr')(),
    /** Drops a string that has arrived, if there is one under this handle. */
    discardHeld: (_, _params: { connectionId: number; handle: number }) => actionNotProvided('discardHeld')(),
    startFile: enqueueActions(({ context, event, enqueue }) => {
      const id = freeSlot(context);
      if (event.type !== 'rx.new_file' || id === null) throw new Error(`no file to start by ${event.type}`);
      const { connectionId, progressTimeoutMs, nextHandle: handle } = context;
      const { counter, name, size: sizeBytes, digest } = event;
      enqueue.assign(entered(context, id, { kind: 'file', handle, name, sizeBytes, started: false }));
      enqueue.spawnChild('fileReceive', {
        id,
        input: { connectionId, counter, handle, name, sizeBytes, digest, progressTimeoutMs },
      });
    }),
    startString: enqueueActions(({ context, event, enqueue }) => {
      const id = freeSlot(context);
      if (event.type !== 'rx.new_str' || id === null) throw new Error(`no string to start by ${event.type}`);
      const { connectionId, progressTimeoutMs, nextHandle: handle } = context;
      const { counter, size: sizeBytes, digest } = event;
      enqueue.assign(entered(context, id, { kind: 'string', handle, name: null, sizeBytes, started: false }));
      enqueue.spawnChild('stringReceive', {
        id,
        input: { connectionId, counter, handle, sizeBytes, digest, progressTimeoutMs },
      });
    }),
    noteStarted: assign(({ context, event }) => {
      const slot = slotIn({ context, event });
      const entry = context.incoming[slot];
      if (entry === undefined || entry.started) return {};
      return { incoming: { ...context.incoming, [slot]: { ...entry, started: true } } };
    }),
    endFile: sendTo(slotIn, ({ event }) => {
      if (event.type !== 'rx.file_end') throw new Error(`no end in ${event.type}`);
      const { counter, digest } = event;
      return { type: 'rx.file_end' as const, counter, digest };
    }),
    cancelOne: sendTo(slotIn, (_, failure: Failure) => ({ type: 'cancel' as const, failure })),
    /** Removes a child that has ended: its id is free for the next one. */
    leave: enqueueActions(({ context, enqueue }, id: string) => {
      enqueue.stopChild(id);
      const { [id]: _left, ...incoming } = context.incoming;
      enqueue.assign({ incoming });
    }),
    report: sendParent((_, report: TransferReport) => report),
  },
  guards: {
    hasFreeSlot: ({ context }) => freeSlot(context) !== null,
    isKnown: (args) => slotFor(args) !== null,
    namesTransfer: ({ event }) => event.type === 'rx.cancel_task' && handleOfTask(event.task) !== null,
    isFileProgress: (args) => args.context.incoming[slotFor(args) ?? '']?.kind === 'file',
  },
}).createMachine({
  id: 'transfers',
  context: ({ input: { connectionId, progressTimeoutMs, maxIncoming } }) => ({
    connectionId,
    progressTimeoutMs,
    maxIncoming: maxIncoming ?? MAX_INCOMING_TRANSFERS,
    nextHandle: 1,
    incoming: {},
  }),
  invoke: {
    id: 'heldStrings',
    src: 'heldStrings',
    input: ({ context: { connectionId } }) => ({ connectionId }),
  },
  initial: 'open',
  states: {
    open: {
      on: {
        'rx.new_file': [{ guard: 'hasFreeSlot', actions: 'startFile' }, { actions: refuseFull }],
        'rx.new_str': [{ guard: 'hasFreeSlot', actions: 'startString' }, { actions: refuseFull }],
        'rx.file_end': [
          { guard: 'isKnown', actions: 'endFile' },
          { actions: refuse(3108, 'no file is being received under this handle') },
        ],
        'rx.err_str': [
          {
            guard: 'isKnown',
            actions: [
              {
                type: 'answerErrStr',
                params: (args) => ({
                  ...addressed(args),
                  handle: args.context.incoming[slotIn(args)]?.handle ?? null,
                }),
              },
              { type: 'cancelOne', params: () => ({ code: 3120, message: 'the sender gave the string up' }) },
            ],
          },
          { actions: { type: 'answerErrStr', params: (args) => ({ ...addressed(args), handle: null }) } },
        ],
        // A transfer that has ended meanwhile needs no cancelling: that is no error of the sender.
        'rx.cancel_task': [
          {
            guard: 'isKnown',
            actions: [acknowledgeCancel, { type: 'cancelOne', params: ({ event }) => event.error }],
          },
          // A complete string that nobody has taken is the sender's to withdraw.
          {
            guard: 'namesTransfer',
            actions: [
              acknowledgeCancel,
              {
                type: 'discardHeld',
                params: ({ context: { connectionId }, event }) => ({
                  connectionId,
                  handle: handleOfTask(event.task) ?? 0,
                }),
              },
            ],
          },
          { actions: acknowledgeCancel },
        ],
        cancel: {
          guard: 'isKnown',
          actions: { type: 'cancelOne', params: ({ event }) => event.failure },
        },
        'incoming.progress': [
          {
            guard: 'isFileProgress',
            actions: [
              'noteStarted',
              {
                type: 'report',
                params: ({ event }) => ({ type: 'transfer.progress', handle: event.handle }),
              },
            ],
          },
          { guard: 'isKnown', actions: 'noteStarted' },
        ],
        'xstate.done.actor.*': {
          actions: [
            { type: 'leave', params: ({ event }) => event.actorId },
            { type: 'report', params: ({ event }) => reportOf(event.output) },
          ],
        },
        'xstate.error.actor.*': {
          actions: [
            {
              type: 'report',
              params: ({ context, event }) => crashReport(context, event.actorId, failureOf(event.error)),
            },
            { type: 'leave', params: ({ event }) => event.actorId },
          ],
        },
      },
    },
  },
});
