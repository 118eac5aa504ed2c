import type { StringSendInput } from '../../../machines/transfer/string-send.ts';
import { bytesReader } from './chunk-reader.ts';
import type { TransferDeps } from './ports.ts';
import { Source } from './source.ts';
import { sourceEffect } from './source-effect.ts';
import type { StringOutbox } from './string-outbox.ts';
import type { Windows } from './windows.ts';

/** The effect of `stringSend`. It takes the string out of the outbox at once, so that its end frees it. */
export const stringSource = (deps: TransferDeps, windows: Windows, outbox: StringOutbox) =>
  sourceEffect<StringSendInput>((input, emit) => {
    const { connectionId, outboxId, sizeBytes, digest, progressTimeoutMs: timeoutMs } = input;
    const bytes = outbox.take(outboxId);
    const channel = deps.channels.get(connectionId);
    return new Source(
      {
        channel,
        command: 'str_upd',
        sizeBytes,
        timeoutMs,
        open: async () => bytesReader(bytes),
        announce: async () => {
          const { handle } = await channel.request('new_str', { size: sizeBytes, digest }, { timeoutMs });
          return { handle, offset: 0 };
        },
        finish: null,
        forget: () => channel.request('err_str', { size: sizeBytes }, { timeoutMs }),
      },
      {
        window: windows.of(channel),
        clock: deps.clock,
        emit,
        trouble: (what, error) => deps.log.trouble(connectionId, `${what}: a string`, error),
      },
    );
  });
