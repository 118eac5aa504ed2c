import { parentPort, workerData } from 'node:worker_threads';
import { loadSimulator } from './realm.ts';
import type { SimulateOptions } from './simulate.ts';

/** A thread that runs one seed after the other. */
parentPort?.on('message', async (options: SimulateOptions) => {
  const { simulate } = await loadSimulator(workerData);
  const { acts, lines, ...run } = await simulate(options);
  parentPort?.postMessage({ ...run, acts: [], lines: [] });
});
