import { parentPort, workerData } from 'node:worker_threads';
import { LineFlow } from './line-flow.ts';
import { loadSimulator } from './realm.ts';
import type { Order, Told, WorkerData } from './seed-runner.ts';

/** A thread that runs one seed after the other. */
const { mutation, lines } = workerData as WorkerData;
const flow = new LineFlow(lines);
const tell = (told: Told) => parentPort?.postMessage(told);

const onLine = (line: string) => {
  flow.begin();
  tell({ line });
};

parentPort?.on('message', async ({ options, isHeard }: Order) => {
  const { simulate } = await loadSimulator(mutation);
  tell({ run: await simulate(isHeard ? { ...options, onLine } : options) });
});
