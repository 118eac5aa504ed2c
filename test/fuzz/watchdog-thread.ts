import { parentPort, workerData } from 'node:worker_threads';
import { keep } from './corpus.ts';

/** What the thread that fuzzes shares with this one: the number of the input, its size, and its bytes. */
export interface Shared {
  target: string;
  seed: number;
  counts: Int32Array;
  bytes: Uint8Array;
}

/** An input that takes longer than this does not end. */
const HUNG_MS = 15_000;

const { target, seed, counts, bytes } = workerData as Shared;
let last = -1;
setInterval(() => {
  const now = Atomics.load(counts, 0);
  if (now !== last || parentPort === null) {
    last = now;
    return;
  }
  const path = keep(target, Uint8Array.from(bytes.subarray(0, Atomics.load(counts, 1))));
  process.stderr.write(`${target}: an input did not end (seed ${seed}); kept as ${path}\n`);
  process.abort();
}, HUNG_MS);
