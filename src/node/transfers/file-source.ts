import type { FileSendInput } from '../../../machines/transfer/file-send.ts';
import { verifyTimeoutMs } from '../../../machines/transfer/limits.ts';
import type { ChunkPool } from './chunk-pool.ts';
import { openFileReader } from './chunk-reader.ts';
import type { TransferDeps } from './ports.ts';
import { Source } from './source.ts';
import { sourceEffect } from './source-effect.ts';
import type { Windows } from './windows.ts';

/** The effect of `fileSend`. */
export const fileSource = (deps: TransferDeps, windows: Windows, chunks: ChunkPool) =>
  sourceEffect<FileSendInput>((input, emit) => {
    const { connectionId, path, name, sizeBytes, digest, progressTimeoutMs: timeoutMs } = input;
    const channel = deps.channels.get(connectionId);
    const announcement = { name, size: sizeBytes, digest };
    return new Source(
      {
        channel,
        command: 'file_upd',
        sizeBytes,
        timeoutMs,
        open: () => openFileReader(path, sizeBytes, chunks),
        announce: () => channel.request('new_file', announcement, { timeoutMs }),
        finish: async (handle) => {
          const verifyMs = verifyTimeoutMs(timeoutMs, sizeBytes);
          await channel.request('file_end', { handle, digest }, { timeoutMs: verifyMs });
        },
        forget: null,
      },
      {
        window: windows.of(channel),
        clock: deps.clock,
        emit,
        trouble: (what, error) => deps.log.trouble(connectionId, `${what}: ${name}`, error),
      },
    );
  });
