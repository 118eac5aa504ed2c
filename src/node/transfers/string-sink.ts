import { fromCallback } from 'xstate';
import type { SinkEvent, StringCollected } from '../../../machines/transfer/sink.ts';
import type { StringReceiveInput } from '../../../machines/transfer/string-receive.ts';
import { MusterError } from '../../protocol/errors.ts';
import { asFailure } from '../effects/failures.ts';
import { checkPiece } from './check-piece.ts';
import { Pace } from './pace.ts';
import type { TransferDeps } from './ports.ts';
import type { StringStore } from './string-store.ts';

/** The effect of `stringReceive`: collects one string in memory that the store has reserved. */
export const stringSink = (deps: TransferDeps, store: StringStore) =>
  fromCallback<{ type: 'none' }, StringReceiveInput>(({ input, sendBack }) => {
    const sink = new StringSink(deps, store, input, (event) => sendBack(event));
    sink.start();
    return () => sink.dispose();
  });

class StringSink {
  readonly #deps: TransferDeps;
  readonly #store: StringStore;
  readonly #input: StringReceiveInput;
  readonly #emit: (event: SinkEvent | StringCollected) => void;
  readonly #pace: Pace;
  #bytes: Uint8Array = new Uint8Array(0);
  #position = 0;
  #reserved = false;
  #collected = false;
  #closeRoute: (() => void) | null = null;

  constructor(
    deps: TransferDeps,
    store: StringStore,
    input: StringReceiveInput,
    emit: (event: SinkEvent | StringCollected) => void,
  ) {
    this.#deps = deps;
    this.#store = store;
    this.#input = input;
    this.#emit = emit;
    this.#pace = new Pace(deps.clock);
  }

  start(): void {
    const { connectionId, handle, sizeBytes } = this.#input;
    try {
      const channel = this.#deps.channels.get(connectionId);
      this.#store.reserve(connectionId, handle, sizeBytes);
      this.#reserved = true;
      this.#bytes = new Uint8Array(sizeBytes);
      this.#closeRoute = channel.openBulk('str_upd', handle, (offset, data) => this.#take(offset, data));
      this.#emit({ type: 'sink.opened', offset: 0 });
    } catch (error) {
      this.#break(error);
      return;
    }
    // An empty string has no piece that would complete it.
    if (sizeBytes === 0) this.#complete().catch((error) => this.#break(error));
  }

  dispose(): void {
    this.#closeRoute?.();
    this.#bytes = new Uint8Array(0);
    if (this.#reserved && !this.#collected) this.#store.release(this.#input.connectionId, this.#input.handle);
    this.#reserved = false;
  }

  /** One piece; what it resolves to is the answer to it. The answer to the last one waits for the digest. */
  async #take(offset: number, data: Uint8Array): Promise<void> {
    try {
      checkPiece(offset, data.length, this.#position, this.#input.sizeBytes);
      this.#bytes.set(data, offset);
      this.#position += data.length;
      if (this.#pace.isDue()) this.#emit({ type: 'sink.progress', receivedBytes: this.#position });
      if (this.#position === this.#input.sizeBytes) await this.#complete();
    } catch (error) {
      this.#break(error);
      throw error;
    }
  }

  async #complete(): Promise<void> {
    const { connectionId, handle, digest } = this.#input;
    const actual = digest === null ? null : await this.#deps.digestBytes(this.#bytes);
    if (!this.#reserved) throw new MusterError(3120, 'the string is not wanted any more');
    if (actual !== digest) throw new MusterError(3112, `string ${handle}`);
    this.#store.complete(connectionId, handle, this.#bytes);
    this.#collected = true;
    this.#emit({ type: 'sink.collected' });
  }

  #break(error: unknown): void {
    this.#emit({ type: 'sink.broken', failure: asFailure(error) });
  }
}
