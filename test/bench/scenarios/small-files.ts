import { small } from '../file-sets.ts';
import type { Scenario } from '../scenario.ts';
import { firstSync } from './first-sync.ts';

const THIRD = { ofOriginal: 1 / 3 };

export const smallFiles: Scenario = {
  name: 'small-files',
  title: 'first sync, 10,000 files of 4 KiB',
  figures: [
    { key: 'total', title: 'time', unit: 's', original: 1.8, goal: THIRD },
    { key: 'masterCpu', title: "master's CPU", unit: 's', original: 0.68, goal: THIRD },
    { key: 'workerCpu', title: "worker's CPU", unit: 's', original: 1.16, goal: THIRD },
    { key: 'masterPeak', title: "master's peak memory", unit: 'MiB', original: 145 },
    { key: 'workerPeak', title: "worker's peak memory", unit: 'MiB', original: 111 },
  ],
  run: (context) => firstSync(context, small(10_000)),
};
