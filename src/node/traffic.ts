import type { Message } from '../protocol/frame.ts';
import { type ChannelStatistics, noStatistics, type PassingFrame } from './channel-options.ts';

/** What passes over a connection, counted, and told to whoever watches. */
export class Traffic {
  readonly statistics: ChannelStatistics = noStatistics();
  readonly #onFrame: ((frame: PassingFrame) => void) | undefined;

  constructor(onFrame: ((frame: PassingFrame) => void) | undefined) {
    this.#onFrame = onFrame;
  }

  came({ counter, command, payload }: Message): void {
    this.statistics.messagesIn += 1;
    this.#onFrame?.({ direction: 'in', counter, command, sizeBytes: payload.length });
  }

  went(counter: number, command: string, chunks: readonly Uint8Array[]): void {
    const sizeBytes = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
    this.statistics.messagesOut += 1;
    this.statistics.bytesOut += sizeBytes;
    this.#onFrame?.({ direction: 'out', counter, command, sizeBytes });
  }
}
