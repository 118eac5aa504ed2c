import { large, small } from '../file-sets.ts';
import type { Scenario } from '../scenario.ts';
import { inDialectOf4 } from '../systems/wazuh4.ts';
import { firstSync } from './first-sync.ts';

const FILES = 10_000;

export const wazuh4Master: Scenario = {
  name: 'wazuh4-master',
  title:
    "an original worker's first sync from a Muster master and from an original one, 10,000 files of 4 KiB",
  figures: [
    { key: 'total', title: 'time', unit: 's', goal: { ofOriginal: 1 } },
    { key: 'masterCpu', title: "master's CPU", unit: 's', goal: { ofOriginal: 1 / 2 } },
    { key: 'workerCpu', title: "worker's CPU", unit: 's' },
    { key: 'masterPeak', title: "master's peak memory", unit: 'MiB' },
  ],
  pairing: (muster, original) => ({ system: muster, workerSystem: original }),
  run: (context) => firstSync(context, small(FILES)),
};

export const wazuh4Worker: Scenario = {
  name: 'wazuh4-worker',
  title:
    "a Muster worker's first sync from an original master, and an original worker's, 10,000 files of 4 KiB",
  figures: [
    { key: 'total', title: 'time', unit: 's', goal: { ofOriginal: 1 } },
    { key: 'workerCpu', title: "worker's CPU", unit: 's', goal: { ofOriginal: 1 / 2 } },
    { key: 'masterCpu', title: "master's CPU", unit: 's' },
    { key: 'workerPeak', title: "worker's peak memory", unit: 'MiB' },
  ],
  pairing: (muster, original) => ({ system: original, workerSystem: muster }),
  run: (context) => firstSync(context, small(FILES)),
};

export const wazuh4Large: Scenario = {
  name: 'wazuh4-large',
  title:
    'first sync in the dialect of Wazuh 4.x, Muster at both ends and originals at both, 20 files of 20 MiB, random',
  figures: [
    { key: 'total', title: 'time', unit: 's', goal: { ofOriginal: 1 / 3 } },
    { key: 'masterCpu', title: "master's CPU", unit: 's' },
    { key: 'workerCpu', title: "worker's CPU", unit: 's' },
    { key: 'masterPeak', title: "master's peak memory", unit: 'MiB' },
    { key: 'workerPeak', title: "worker's peak memory", unit: 'MiB' },
  ],
  pairing: (muster) => ({ system: inDialectOf4(muster) }),
  run: (context) => firstSync(context, large),
};
