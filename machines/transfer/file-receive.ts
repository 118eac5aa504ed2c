import { assign, sendParent, sendTo, setup } from 'xstate';
import type { Failure } from '../failure.ts';
import { actionNotProvided, callbackNotProvided } from '../not-provided.ts';
import { outcomeOf } from '../outcome.ts';
import { verifyTimeoutMs } from './limits.ts';
import { keepFailure, keepStall } from './shared-actions.ts';
import type { Address, FileVerified, SinkEvent, VerifyCommand } from './sink.ts';

export interface FileReceiveInput {
  connectionId: number;
  /** Counter of the `new_file` that announced it: answered when there is room, or with the reason why not. */
  counter: number;
  /** How the sender refers to this transfer. */
  handle: number;
  name: string;
  sizeBytes: number;
  /** BLAKE2b-512 of the content, hex; null from a peer that tells neither it nor the size before the end: then the size is the most that is taken. */
  digest: string | null;
  /** How long any single step may take; every progress begins it anew. */
  progressTimeoutMs: number;
}

export interface FileReceiveContext extends FileReceiveInput {
  receivedBytes: number;
  /** Counter of the `file_end` that waits for the verdict. */
  endCounter: number;
  file: string | null;
  failure: Failure | null;
}

export interface FileReceiveOutput {
  kind: 'file';
  outcome: 'done' | 'failed' | 'cancelled';
  handle: number;
  name: string;
  /** The file where it lies now; null unless `done`. Whoever uses it also removes it. */
  file: string | null;
  sizeBytes: number;
  failure: Failure | null;
}

export type FileReceiveEvent =
  | SinkEvent
  | FileVerified
  | { type: 'rx.file_end'; counter: number; digest: string }
  | { type: 'cancel'; failure: Failure };

const outputOf = (
  { handle, name, file, sizeBytes, failure }: FileReceiveContext,
  outcome: FileReceiveOutput['outcome'],
): FileReceiveOutput => ({ kind: 'file', outcome, handle, name, file, sizeBytes, failure });

const log = (outcome: FileReceiveOutput['outcome']) => ({
  type: 'logOutcome' as const,
  params: ({ context }: { context: FileReceiveContext }) => outputOf(context, outcome),
});
const refuse = (which: 'counter' | 'endCounter') => ({
  type: 'refuse' as const,
  params: ({ context }: { context: FileReceiveContext }) => ({
    connectionId: context.connectionId,
    counter: context[which],
    failure: context.failure ?? { code: 1000, message: 'no reason was kept' },
  }),
});
const refuseAnnouncement = refuse('counter');
const refuseEnd = refuse('endCounter');
const refuseEarlyEnd = {
  type: 'refuse' as const,
  params: ({ context, event }: { context: FileReceiveContext; event: { counter: number } }) => ({
    connectionId: context.connectionId,
    counter: event.counter,
    failure: { code: 3100, message: `file_end does not fit here: ${context.name}` },
  }),
};

/**
 * Receives one file. The effect `fileSink` owns the file on disk from the announcement to the verdict; its end,
 * however it comes, closes the file and leaves what may be resumed. Specification: Protocols, `new_file`, `file_upd`,
 * `file_end`, `cancel_task`.
 */
export const fileReceiveMachine = setup({
  types: {
    context: {} as FileReceiveContext,
    input: {} as FileReceiveInput,
    events: {} as FileReceiveEvent,
    output: {} as FileReceiveOutput,
  },
  actors: { fileSink: callbackNotProvided<VerifyCommand, FileReceiveInput>('fileSink') },
  actions: {
    accept: (_, _params: Address & { handle: number; offset: number }) => actionNotProvided('accept')(),
    acknowledge: (_, _params: Address) => actionNotProvided('acknowledge')(),
    refuse: (_, _params: Address & { failure: Failure }) => actionNotProvided('refuse')(),
    verify: sendTo('sink', (_, digest: string) => ({ type: 'sink.verify', digest })),
    keepReceived: assign({ receivedBytes: (_, receivedBytes: number) => receivedBytes }),
    keepEnd: assign({ endCounter: (_, counter: number) => counter }),
    keepFile: assign((_, { file, sizeBytes }: FileVerified) => ({ file, sizeBytes })),
    keepFailure: assign({ failure: (_, failure: Failure) => failure }),
    tellProgress: sendParent(({ context }) => ({ type: 'incoming.progress', handle: context.handle })),
    noteStart: actionNotProvided('noteStart'),
    logOutcome: (_, _params: FileReceiveOutput) => actionNotProvided('logOutcome')(),
  },
  delays: {
    progressDeadline: ({ context }) => context.progressTimeoutMs,
    verifyDeadline: ({ context }) => verifyTimeoutMs(context.progressTimeoutMs, context.sizeBytes),
  },
}).createMachine({
  id: 'fileReceive',
  context: ({ input }) => ({ ...input, receivedBytes: 0, endCounter: 0, file: null, failure: null }),
  output: ({ context, event }) => outputOf(context, outcomeOf<FileReceiveOutput['outcome']>(event)),
  entry: 'noteStart',
  invoke: {
    id: 'sink',
    src: 'fileSink',
    input: ({ context: { connectionId, counter, handle, name, sizeBytes, digest, progressTimeoutMs } }) => ({
      connectionId,
      counter,
      handle,
      name,
      sizeBytes,
      digest,
      progressTimeoutMs,
    }),
  },
  initial: 'opening',
  on: { 'rx.file_end': { actions: refuseEarlyEnd } },
  states: {
    opening: {
      on: {
        'sink.opened': {
          target: 'receiving',
          actions: [
            { type: 'keepReceived', params: ({ event }) => event.offset },
            {
              type: 'accept',
              params: ({ context: { connectionId, counter, handle }, event: { offset } }) => ({
                connectionId,
                counter,
                handle,
                offset,
              }),
            },
          ],
        },
        'sink.broken': { target: 'failed', actions: [keepFailure, refuseAnnouncement] },
        cancel: { target: 'cancelled', actions: [keepFailure, refuseAnnouncement] },
      },
      after: { progressDeadline: { target: 'failed', actions: [keepStall, refuseAnnouncement] } },
    },
    receiving: {
      on: {
        'sink.progress': {
          target: 'receiving',
          reenter: true,
          actions: [{ type: 'keepReceived', params: ({ event }) => event.receivedBytes }, 'tellProgress'],
        },
        'rx.file_end': {
          target: 'verifying',
          actions: [
            { type: 'keepEnd', params: ({ event }) => event.counter },
            { type: 'verify', params: ({ event }) => event.digest },
          ],
        },
        'sink.broken': { target: 'failed', actions: keepFailure },
        cancel: { target: 'cancelled', actions: keepFailure },
      },
      after: { progressDeadline: { target: 'failed', actions: keepStall } },
    },
    verifying: {
      on: {
        'sink.verified': {
          target: 'done',
          actions: [
            { type: 'keepFile', params: ({ event }) => event },
            {
              type: 'acknowledge',
              params: ({ context: { connectionId, endCounter } }) => ({ connectionId, counter: endCounter }),
            },
          ],
        },
        'sink.broken': { target: 'failed', actions: [keepFailure, refuseEnd] },
        cancel: { target: 'cancelled', actions: [keepFailure, refuseEnd] },
      },
      after: { verifyDeadline: { target: 'failed', actions: [keepStall, refuseEnd] } },
    },
    done: { type: 'final', entry: log('done'), output: { outcome: 'done' } },
    cancelled: { type: 'final', entry: log('cancelled'), output: { outcome: 'cancelled' } },
    failed: { type: 'final', entry: log('failed'), output: { outcome: 'failed' } },
  },
});
