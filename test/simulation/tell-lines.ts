import { workerData } from 'node:worker_threads';
import { LineFlow } from '../../src/sim/line-flow.ts';

/** A thread that tells lines for ever, and counts them. */
const { lines, told } = workerData as { lines: SharedArrayBuffer; told: Int32Array };
const flow = new LineFlow(lines);
for (;;) {
  flow.begin();
  Atomics.add(told, 0, 1);
}
