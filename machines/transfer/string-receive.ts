import { assign, sendParent, setup } from 'xstate';
import type { Failure } from '../failure.ts';
import { actionNotProvided, callbackNotProvided } from '../not-provided.ts';
import { outcomeOf } from '../outcome.ts';
import { keepFailure, keepStall } from './shared-actions.ts';
import type { Address, SinkEvent, StringCollected } from './sink.ts';

export interface StringReceiveInput {
  connectionId: number;
  /** Counter of the `new_str` that announced it: answered when there is room, or with the reason why not. */
  counter: number;
  /** How the sender, and the command that uses the string, refer to it. */
  handle: number;
  sizeBytes: number;
  /** BLAKE2b-512 of the string, hex; null from a peer that does not tell it. */
  digest: string | null;
  /** How long any single step may take; every progress begins it anew. */
  progressTimeoutMs: number;
}

export interface StringReceiveContext extends StringReceiveInput {
  failure: Failure | null;
}

export interface StringReceiveOutput {
  kind: 'string';
  outcome: 'done' | 'failed' | 'cancelled';
  /** What takes the string out of the store, once, when `done`. */
  handle: number;
  sizeBytes: number;
  failure: Failure | null;
}

export type StringReceiveEvent = SinkEvent | StringCollected | { type: 'cancel'; failure: Failure };

const outputOf = (
  { handle, sizeBytes, failure }: StringReceiveContext,
  outcome: StringReceiveOutput['outcome'],
): StringReceiveOutput => ({ kind: 'string', outcome, handle, sizeBytes, failure });

const log = (outcome: StringReceiveOutput['outcome']) => ({
  type: 'logOutcome' as const,
  params: ({ context }: { context: StringReceiveContext }) => outputOf(context, outcome),
});
const refuseAnnouncement = {
  type: 'refuse' as const,
  params: ({ context: { connectionId, counter, failure } }: { context: StringReceiveContext }) => ({
    connectionId,
    counter,
    failure: failure ?? { code: 1000, message: 'no reason was kept' },
  }),
};

/**
 * Receives one long string into memory that is reserved within limits. The effect `stringSink` owns the reservation;
 * its end frees it, unless the string was collected. Specification: Protocols, `new_str`, `str_upd`, `err_str`.
 */
export const stringReceiveMachine = setup({
  types: {
    context: {} as StringReceiveContext,
    input: {} as StringReceiveInput,
    events: {} as StringReceiveEvent,
    output: {} as StringReceiveOutput,
  },
  actors: { stringSink: callbackNotProvided<{ type: 'none' }, StringReceiveInput>('stringSink') },
  actions: {
    accept: (_, _params: Address & { handle: number }) => actionNotProvided('accept')(),
    refuse: (_, _params: Address & { failure: Failure }) => actionNotProvided('refuse')(),
    keepFailure: assign({ failure: (_, failure: Failure) => failure }),
    tellProgress: sendParent(({ context }) => ({ type: 'incoming.progress', handle: context.handle })),
    noteStart: actionNotProvided('noteStart'),
    logOutcome: (_, _params: StringReceiveOutput) => actionNotProvided('logOutcome')(),
  },
  delays: { progressDeadline: ({ context }) => context.progressTimeoutMs },
}).createMachine({
  id: 'stringReceive',
  context: ({ input }) => ({ ...input, failure: null }),
  output: ({ context, event }) => outputOf(context, outcomeOf<StringReceiveOutput['outcome']>(event)),
  entry: 'noteStart',
  invoke: {
    id: 'sink',
    src: 'stringSink',
    input: ({ context: { connectionId, counter, handle, sizeBytes, digest, progressTimeoutMs } }) => ({
      connectionId,
      counter,
      handle,
      sizeBytes,
      digest,
      progressTimeoutMs,
    }),
  },
  initial: 'opening',
  states: {
    opening: {
      on: {
        'sink.opened': {
          target: 'receiving',
          actions: {
            type: 'accept',
            params: ({ context: { connectionId, counter, handle } }) => ({ connectionId, counter, handle }),
          },
        },
        'sink.broken': { target: 'failed', actions: [keepFailure, refuseAnnouncement] },
        cancel: { target: 'cancelled', actions: [keepFailure, refuseAnnouncement] },
      },
      after: { progressDeadline: { target: 'failed', actions: [keepStall, refuseAnnouncement] } },
    },
    receiving: {
      on: {
        'sink.progress': { target: 'receiving', reenter: true, actions: 'tellProgress' },
        'sink.collected': 'done',
        'sink.broken': { target: 'failed', actions: keepFailure },
        cancel: { target: 'cancelled', actions: keepFailure },
      },
      after: { progressDeadline: { target: 'failed', actions: keepStall } },
    },
    done: { type: 'final', entry: log('done'), output: { outcome: 'done' } },
    cancelled: { type: 'final', entry: log('cancelled'), output: { outcome: 'cancelled' } },
    failed: { type: 'final', entry: log('failed'), output: { outcome: 'failed' } },
  },
});
