import { assign, sendParent, sendTo, setup } from 'xstate';
import type { Failure } from '../failure.ts';
import { actionNotProvided, callbackNotProvided } from '../not-provided.ts';
import { outcomeOf } from '../outcome.ts';
import { cancelled } from './failures.ts';
import { verifyTimeoutMs } from './limits.ts';
import { untilSent, whenStalled, withdrawing } from './sending.ts';
import type { SourceCommand, SourceEvent } from './source.ts';

export interface FileSendInput {
  connectionId: number;
  /** The local file. */
  path: string;
  /** What the peer is to call it: one path component. */
  name: string;
  sizeBytes: number;
  /** BLAKE2b-512 of the content, hex. */
  digest: string;
  /** How long any single step may take; every progress begins it anew. */
  progressTimeoutMs: number;
}

export interface FileSendContext extends FileSendInput {
  /** What the peer had already. */
  resumedFromBytes: number;
  bytesSent: number;
  failure: Failure | null;
}

/** What the parent hears while the file travels; the sum of all is `bytesSent` of the output, however it ends. */
export type OutgoingProgress = { type: 'outgoing.progress'; newBytes: number };

export interface FileSendOutput {
  outcome: 'done' | 'failed' | 'cancelled';
  /** Bytes that travelled in this transfer, without those that the peer had already. */
  bytesSent: number;
  resumedFromBytes: number;
  failure: Failure | null;
}

const log = (outcome: FileSendOutput['outcome']) => ({
  type: 'logOutcome' as const,
  params: ({ context: { bytesSent, resumedFromBytes, failure } }: { context: FileSendContext }) => ({
    outcome,
    bytesSent,
    resumedFromBytes,
    failure,
  }),
});

const bytesSentIn = ({ event }: { event: { bytesSent: number } }) => event.bytesSent;
/** Told first: what is new is the difference to what was kept. */
const progress = [
  { type: 'tellProgress' as const, params: bytesSentIn },
  { type: 'keepProgress' as const, params: bytesSentIn },
];

/**
 * Sends one file, resuming where an earlier attempt was cut. The effect `fileSource` holds the file and moves the
 * bytes; its end, however it comes, closes the file and withdraws what the peer has not confirmed. Specification:
 * Protocols, `new_file`, `file_upd`, `file_end`, `cancel_task`.
 */
export const fileSendMachine = setup({
  types: {
    context: {} as FileSendContext,
    input: {} as FileSendInput,
    events: {} as SourceEvent | { type: 'cancel' },
    output: {} as FileSendOutput,
  },
  actors: { fileSource: callbackNotProvided<SourceCommand, FileSendInput>('fileSource') },
  actions: {
    keepOffset: assign({ resumedFromBytes: (_, offset: number) => offset }),
    tellProgress: sendParent(
      ({ context }, bytesSent: number): OutgoingProgress => ({
        type: 'outgoing.progress',
        newBytes: bytesSent - context.bytesSent,
      }),
    ),
    keepProgress: assign({ bytesSent: (_, bytesSent: number) => bytesSent }),
    keepFailure: assign({ failure: (_, failure: Failure) => failure }),
    stream: sendTo('source', { type: 'source.stream' }),
    finish: sendTo('source', { type: 'source.finish' }),
    withdraw: sendTo('source', ({ context }) => ({
      type: 'source.withdraw',
      failure: context.failure ?? cancelled,
    })),
    noteStart: actionNotProvided('noteStart'),
    logOutcome: (_, _params: FileSendOutput) => actionNotProvided('logOutcome')(),
  },
  delays: {
    progressDeadline: ({ context }) => context.progressTimeoutMs,
    verifyDeadline: ({ context }) => verifyTimeoutMs(context.progressTimeoutMs, context.sizeBytes),
  },
}).createMachine({
  id: 'fileSend',
  context: ({ input }) => ({ ...input, resumedFromBytes: 0, bytesSent: 0, failure: null }),
  output: ({ context: { bytesSent, resumedFromBytes, failure }, event }) => ({
    outcome: outcomeOf<FileSendOutput['outcome']>(event),
    bytesSent,
    resumedFromBytes,
    failure,
  }),
  entry: 'noteStart',
  invoke: {
    id: 'source',
    src: 'fileSource',
    input: ({ context: { connectionId, path, name, sizeBytes, digest, progressTimeoutMs } }) => ({
      connectionId,
      path,
      name,
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
          actions: [{ type: 'keepOffset', params: ({ event }) => event.offset }, 'stream'],
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
          actions: progress,
        },
        'source.streamed': {
          target: 'finishing',
          actions: [...progress, 'finish'],
        },
        ...untilSent,
      },
      after: { progressDeadline: whenStalled },
    },
    finishing: {
      on: {
        'source.verified': 'done',
        ...untilSent,
      },
      after: { verifyDeadline: whenStalled },
    },
    ...withdrawing,
    done: { type: 'final', entry: log('done'), output: { outcome: 'done' } },
    cancelled: { type: 'final', entry: log('cancelled'), output: { outcome: 'cancelled' } },
    failed: { type: 'final', entry: log('failed'), output: { outcome: 'failed' } },
  },
});
