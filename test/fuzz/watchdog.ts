import { Worker } from 'node:worker_threads';
import type { Shared } from './watchdog-thread.ts';

const MAX_INPUT_BYTES = 1_048_576;

/** Sees from another thread that an input does not end: keeps it and ends the process. */
export class Watchdog {
  readonly #shared: Shared;
  readonly #thread: Worker;

  constructor(target: string, seed: number) {
    this.#shared = {
      target,
      seed,
      counts: new Int32Array(new SharedArrayBuffer(8)),
      bytes: new Uint8Array(new SharedArrayBuffer(MAX_INPUT_BYTES)),
    };
    this.#thread = new Worker(new URL('./watchdog-thread.ts', import.meta.url), { workerData: this.#shared });
  }

  note(input: Uint8Array): void {
    const { counts, bytes } = this.#shared;
    bytes.set(input.subarray(0, MAX_INPUT_BYTES));
    Atomics.store(counts, 1, Math.min(input.length, MAX_INPUT_BYTES));
    Atomics.add(counts, 0, 1);
  }

  async close(): Promise<void> {
    await this.#thread.terminate();
  }
}
