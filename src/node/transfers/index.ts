import { fromCallback } from 'xstate';
import { fileReceiveMachine } from '../../../machines/transfer/file-receive.ts';
import { fileSendMachine } from '../../../machines/transfer/file-send.ts';
import { stringReceiveMachine } from '../../../machines/transfer/string-receive.ts';
import { stringSendMachine } from '../../../machines/transfer/string-send.ts';
import { transfersMachine } from '../../../machines/transfer/transfers.ts';
import { answers } from './answers.ts';
import { Budgets } from './budgets.ts';
import { ChunkPool } from './chunk-pool.ts';
import { fileSink } from './file-sink.ts';
import { fileSource } from './file-source.ts';
import { defaultLimits } from './limits.ts';
import { outcomeLog } from './outcome-log.ts';
import type { TransferDeps } from './ports.ts';
import { Spool, type SpoolPruneOptions } from './spool.ts';
import { StringOutbox } from './string-outbox.ts';
import { stringSink } from './string-sink.ts';
import { stringSource } from './string-source.ts';
import { StringStore } from './string-store.ts';
import { Windows } from './windows.ts';

export type { TransferDeps, TransferLog, TransferRecord } from './ports.ts';
export { pruneSpool } from './prune.ts';

const noDirectories = async () => [];

/** What `provideTransfers` gives. */
export type Transfers = ReturnType<typeof provideTransfers>;

/**
 * The machines of transfers with their effects; one set for each node, shared by all its connections.
 *
 * Sending a file from a parent machine: the parent names `fileSend` among its actors, `src/node` provides this one, and
 * a state invokes it. It ends with one `FileSendOutput`:
 *
 * ```ts
 * invoke: {
 *   id: 'send',
 *   src: 'fileSend',
 *   input: ({ context }) => ({ connectionId, path, name, sizeBytes, digest, progressTimeoutMs }),
 *   onDone: [{ guard: 'wasSent', target: 'sent' }, { target: 'failed' }], // event.output.outcome, .failure
 * },
 * on: { cancel: { actions: sendTo('send', { type: 'cancel' }) } }, // or leave the state: the peer is told as well
 * ```
 *
 * Sending a string: `outbox.post(bytes)` gives what the input of `stringSend` needs beside the connection; its output
 * has the handle for the command that uses the string. The receiver of that command takes it by
 * `strings.take(connectionId, handle)`.
 *
 * Receiving: the handler of a connection invokes `transfers` and forwards `rx.new_file`, `rx.file_end`, `rx.new_str`,
 * `rx.err_str` and `rx.cancel_task` to it; it hears `transfer.received`, `transfer.progress`, `transfer.failed`,
 * `string.received` and `string.failed`.
 */
export function provideTransfers(deps: TransferDeps) {
  const limits = { ...defaultLimits, ...deps.limits };
  const windows = new Windows();
  const chunks = new ChunkPool();
  const budgets = new Budgets(limits.pendingWriteBytes);
  const spool = new Spool(limits, deps.spoolDirectories ?? noDirectories);
  const strings = new StringStore(limits);
  const outbox = new StringOutbox(deps.digestBytes);
  const answer = answers(deps.channels);
  const log = outcomeLog(deps);

  const fileReceive = fileReceiveMachine.provide({
    actors: { fileSink: fileSink({ ...deps, spool, budgets }) },
    actions: {
      accept: answer.acceptFile,
      acknowledge: answer.acknowledgeEnd,
      refuse: answer.refuse,
      noteStart: log.noteStart,
      logOutcome: log.fileReceive,
    },
  });
  const stringReceive = stringReceiveMachine.provide({
    actors: { stringSink: stringSink(deps, strings) },
    actions: {
      accept: answer.acceptString,
      refuse: answer.refuse,
      noteStart: log.noteStart,
      logOutcome: log.stringReceive,
    },
  });
  return {
    fileSend: fileSendMachine.provide({
      actors: { fileSource: fileSource(deps, windows, chunks) },
      actions: { noteStart: log.noteStart, logOutcome: log.fileSend },
    }),
    stringSend: stringSendMachine.provide({
      actors: { stringSource: stringSource(deps, windows, outbox) },
      actions: { noteStart: log.noteStart, logOutcome: log.stringSend },
    }),
    fileReceive,
    stringReceive,
    transfers: transfersMachine.provide({
      actors: {
        fileReceive,
        stringReceive,
        heldStrings: fromCallback<{ type: 'none' }, { connectionId: number }>(({ input }) => () => {
          strings.releaseConnection(input.connectionId);
          spool.releaseConnection(input.connectionId);
        }),
      },
      actions: {
        refuse: answer.refuse,
        acknowledgeCancel: answer.acknowledgeCancel,
        answerErrStr: answer.answerErrStr,
        discardHeld: (_, { connectionId, handle }) => strings.discard(connectionId, handle),
      },
    }),
    /** Strings that peers sent. */
    strings,
    /** Strings that are to be sent. */
    outbox,
    /** Removes what is of no use from a peer's directory; what is arriving stays. */
    prune: (directory: string, options: SpoolPruneOptions) => spool.prune(directory, options),
    /** Does so with all directories, and removes those that are empty. */
    sweep: (options: SpoolPruneOptions) => spool.sweep(options),
    /** Removes the parts in a peer's directory that nobody wants; what is arriving stays. */
    dropParts: (directory: string, isWanted: (path: string) => boolean) =>
      spool.dropParts(directory, isWanted),
  };
}
