import { assign, sendTo, setup } from 'xstate';
import type { Failure } from '../failure.ts';
import { actionNotProvided, callbackNotProvided } from '../not-provided.ts';
import { outcomeOf } from '../outcome.ts';
import { cancelled } from './failures.ts';
import { untilSent, whenStalled, withdrawing } from './sending.ts';
import type { SourceCommand, SourceEvent } from './source.ts';

export interface StringSendInput {
  connectionId: number;
  /** Where the outbox of this node keeps the string; the transfer takes it out. */
  outboxId: number;
  sizeBytes: number;
  /** BLAKE2b-512 of the string, hex. */
  digest: string;
  /** How long any single step may take; every progress begins it anew. */
  progressTimeoutMs: number;
}

export interface StringSendContext extends StringSendInput {
  handle: number | null;
  bytesSent: number;
  failure: Failure | null;
}

export interface StringSendOutput {
  outcome: 'done' | 'failed' | 'cancelled';
  /** How commands refer to the string, once the peer has it. */
  handle: number | null;
  bytesSent: number;
  failure: Failure | null;
}

const log = (outcome: StringSendOutput['outcome']) => ({
  type: 'logOutcome' as const,
  params: ({ context: { handle, bytesSent, failure } }: { context: StringSendContext }) => ({
    outcome,
    handle,
    bytesSent,
    failure,
  }),
});

/**
 * Sends one long string. The peer confirms the last piece only after it has verified the whole, so there is no
 * command that ends a string. Specification: Protocols, `new_str`, `str_upd`, `err_str`.
 */
export const stringSendMachine = setup({
  types: {
    context: {} as StringSendContext,
    input: {} as StringSendInput,
    events: {} as Exclude<SourceEvent, { type: 'source.verified' }> | { type: 'cancel' },
    output: {} as StringSendOutput,
  },
  actors: { stringSource: callbackNotProvided<SourceCommand, StringSendInput>('stringSource') },
  actions: {
    keepHandle: assign({ handle: (_, handle: number) => handle }),
    keepProgress: assign({ bytesSent: (_, bytesSent: number) => bytesSent }),
    keepFailure: assign({ failure: (_, failure: Failure) => failure }),
    stream: sendTo('source', { type: 'source.stream' }),
    withdraw: sendTo('source', ({ context }) => ({
      type: 'source.withdraw',
      failure: context.failure ?? cancelled,
    })),
    noteStart: actionNotProvided('noteStart'),
    logOutcome: (_, _params: StringSendOutput) => actionNotProvided('logOutcome')(),
  },
  delays: { progressDeadline: ({ context }) => context.progressTimeoutMs },
}).createMachine({
  id: 'stringSend',
  context: ({ input }) => ({ ...input, handle: null, bytesSent: 0, failure: null }),
  output: ({ context: { handle, bytesSent, failure }, event }) => ({
    outcome: outcomeOf<StringSendOutput['outcome']>(event),
    handle,
    bytesSent,
    failure,
  }),
  entry: 'noteStart',
  invoke: {
    id: 'source',
    src: 'stringSource',
    input: ({ context: { connectionId, outboxId, sizeBytes, digest, progressTimeoutMs } }) => ({
      connectionId,
      outboxId,
      sizeBytes,
      digest,
      progressTimeoutMs,
    }),
  },
  initial: 'announcing',
  states: {
    announcing: {
      on: {
        'source.accepted': {
          target: 'streaming',
          actions: [{ type: 'keepHandle', params: ({ event }) => event.handle }, 'stream'],
        },
        ...untilSent,
      },
      after: { progressDeadline: whenStalled },
    },
    streaming: {
      on: {
        'source.progress': {
          target: 'streaming',
          reenter: true,
          actions: { type: 'keepProgress', params: ({ event }) => event.bytesSent },
        },
        'source.streamed': {
          target: 'done',
          actions: { type: 'keepProgress', params: ({ event }) => event.bytesSent },
        },
        ...untilSent,
      },
      after: { progressDeadline: whenStalled },
    },
    ...withdrawing,
    done: { type: 'final', entry: log('done'), output: { outcome: 'done' } },
    cancelled: { type: 'final', entry: log('cancelled'), output: { outcome: 'cancelled' } },
    failed: { type: 'final', entry: log('failed'), output: { outcome: 'failed' } },
  },
});
