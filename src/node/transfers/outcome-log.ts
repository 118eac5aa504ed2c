import type { FileReceiveOutput } from '../../../machines/transfer/file-receive.ts';
import type { FileSendContext, FileSendOutput } from '../../../machines/transfer/file-send.ts';
import type { StringReceiveOutput } from '../../../machines/transfer/string-receive.ts';
import type { StringSendContext, StringSendOutput } from '../../../machines/transfer/string-send.ts';
import { Stopwatch } from '../stopwatch.ts';
import type { TransferDeps, TransferRecord } from './ports.ts';

interface At<Context> {
  context: Context;
  self: object;
}

/** What the machines of transfers log: each its one outcome, with the time that it took. */
export function outcomeLog({ log, clock }: TransferDeps) {
  const watch = new Stopwatch(clock);
  const ended = (self: object, record: Omit<TransferRecord, 'durationMs'>) =>
    log.ended({ ...record, durationMs: watch.seconds(self) * 1000 });

  return {
    noteStart: ({ self }: { self: object }) => watch.start(self),
    fileSend({ self, context }: At<FileSendContext>, { outcome, bytesSent, failure }: FileSendOutput) {
      const { connectionId, name: subject, sizeBytes } = context;
      ended(self, {
        connectionId,
        kind: 'file-send',
        subject,
        outcome,
        sizeBytes,
        movedBytes: bytesSent,
        failure,
      });
    },
    stringSend(
      { self, context }: At<StringSendContext>,
      { outcome, handle, bytesSent, failure }: StringSendOutput,
    ) {
      const { connectionId, sizeBytes } = context;
      const subject = handle === null ? 'without a handle' : String(handle);
      ended(self, {
        connectionId,
        kind: 'string-send',
        subject,
        outcome,
        sizeBytes,
        movedBytes: bytesSent,
        failure,
      });
    },
    fileReceive({ self, context }: At<{ connectionId: number }>, output: FileReceiveOutput) {
      const { connectionId } = context;
      const { name: subject, outcome, sizeBytes, failure } = output;
      ended(self, {
        connectionId,
        kind: 'file-receive',
        subject,
        outcome,
        sizeBytes,
        movedBytes: null,
        failure,
      });
    },
    stringReceive({ self, context }: At<{ connectionId: number }>, output: StringReceiveOutput) {
      const { connectionId } = context;
      const { outcome, sizeBytes, failure } = output;
      const subject = String(output.handle);
      ended(self, {
        connectionId,
        kind: 'string-receive',
        subject,
        outcome,
        sizeBytes,
        movedBytes: null,
        failure,
      });
    },
  };
}
