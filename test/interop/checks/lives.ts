import { waitFor } from '../../harness/wait-for.ts';
import { type Check, DEADLINE_MS, type Trial } from '../check.ts';
import type { Kind, Member } from '../cluster.ts';
import { reachesAll } from './files.ts';

const RULES = 'etc/rules/lives.xml';
/** More than an original needs here; a ClientHello as it comes from OpenSSL would make it take 2 GiB. */
const MAX_MASTER_MIB = 256;

/** Changes when it is written by somebody else than before. */
async function changeReachesAll(trial: Trial, what: string): Promise<void> {
  trial.cluster.master.write(RULES, `<group name="${what},"/>\n`);
  await reachesAll(trial, RULES);
}

/** A worker that is not admitted, and is told so or finds out; what it has stays. */
async function isRefused(trial: Trial, guest: Member, said: RegExp): Promise<void> {
  guest.start();
  const { master } = trial.cluster;
  await waitFor(
    `somebody to say ${said} of ${guest.name}`,
    () => guest.says(said) || master.says(said),
    DEADLINE_MS,
    () => guest.tail(),
  );
  if (guest.read(RULES) !== null) throw new Error(`${guest.name} was served all the same`);
  await guest.kill();
  // The others are none the worse for it.
  await changeReachesAll(trial, `after ${guest.name}`);
}

const kindsOf = (workers: readonly { kind: Kind }[]) => [...new Set(workers.map(({ kind }) => kind))];

export const lifeChecks: readonly Check[] = [
  {
    name: 'a worker that is killed and comes back',
    async run(trial) {
      for (const worker of trial.cluster.workers) await worker.kill();
      trial.cluster.master.write(RULES, '<group name="while the workers were away,"/>\n');
      for (const worker of trial.cluster.workers) worker.start();
      await reachesAll(trial, RULES);
    },
  },
  {
    name: 'a master that is killed and comes back',
    async run(trial) {
      await trial.cluster.master.kill();
      trial.cluster.master.write(RULES, '<group name="while the master was away,"/>\n');
      trial.cluster.master.start();
      await reachesAll(trial, RULES);
    },
  },
  {
    name: 'a worker with another key is refused',
    async run(trial) {
      for (const kind of kindsOf(trial.cluster.workers)) {
        const guest = await trial.cluster.guest(kind, `stranger-${kind}`);
        guest.edit('etc/ossec.conf', (text) =>
          text.replace(/<key>.*<\/key>/, `<key>${'9'.repeat(32)}</key>`),
        );
        await isRefused(trial, guest, /key|decrypt|3025|token/i);
      }
    },
  },
  {
    name: 'a worker of another version is refused',
    skips: (master, workers) =>
      master === 'muster' && !workers.includes('original')
        ? 'nodes of Muster have no version of Wazuh'
        : null,
    async run(trial) {
      const { master, workers } = trial.cluster;
      const kinds = kindsOf(workers).filter((kind) => master.kind === 'original' || kind === 'original');
      for (const kind of kinds) {
        const guest = await trial.cluster.guest(kind, `older-${kind}`);
        if (kind === 'original') {
          guest.edit('framework/wazuh/core/cluster/__init__.py', (text) =>
            text.replace(/__version__ = .*/, "__version__ = '4.7.4'"),
          );
        } else {
          const settings = { cluster: { dialect: 'wazuh4', compatible_version: '4.7.4' } };
          guest.write('etc/muster.json', JSON.stringify(settings));
        }
        await isRefused(trial, guest, /version|3031/i);
      }
    },
  },
  {
    name: 'workers of Muster that connect, with whatever key, take no memory of an original master',
    skips: (master, workers) =>
      master === 'original' && workers.includes('muster')
        ? null
        : 'no worker of Muster connects to an original',
    async run({ cluster: { master } }) {
      // All of the checks before this one have let them connect, each several times.
      const { peakMemoryMiB } = master;
      if (peakMemoryMiB > MAX_MASTER_MIB) throw new Error(`it has taken ${peakMemoryMiB.toFixed(0)} MiB`);
    },
  },
];
