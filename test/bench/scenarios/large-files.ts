import { large } from '../file-sets.ts';
import type { Scenario } from '../scenario.ts';
import { firstSync } from './first-sync.ts';

export const largeFiles: Scenario = {
  name: 'large-files',
  title: 'first sync, 20 files of 20 MiB, random',
  figures: [
    { key: 'total', title: 'time', unit: 's', original: 19.3, goal: { ofOriginal: 1 / 10 } },
    { key: 'masterCpu', title: "master's CPU", unit: 's', original: 13.2 },
    { key: 'workerCpu', title: "worker's CPU", unit: 's', original: 6.2 },
    { key: 'masterPeak', title: "master's peak memory", unit: 'MiB', original: 131 },
    { key: 'workerPeak', title: "worker's peak memory", unit: 'MiB', original: 207 },
  ],
  run: (context) => firstSync(context, large),
};
