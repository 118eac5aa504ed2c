import { parentPort, workerData } from 'node:worker_threads';
import { lockHome } from '../../src/node/home-lock.ts';
import { MusterError } from '../../src/protocol/errors.ts';

/** Tries to take each home in turn, at the same moment as the other threads; says what came of it. */
const { homes, threads, gate } = workerData as { homes: string[]; threads: number; gate: Int32Array };
const outcomes = homes.map((home, round) => {
  let there = Atomics.add(gate, round, 1) + 1;
  Atomics.notify(gate, round);
  for (; there < threads; there = Atomics.load(gate, round)) Atomics.wait(gate, round, there);
  try {
    lockHome(home);
    return 'taken';
  } catch (error) {
    return MusterError.from(error).code;
  }
});
parentPort?.postMessage(outcomes);
