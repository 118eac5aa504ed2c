import { waitFor } from '../../harness/wait-for.ts';
import { type Check, DEADLINE_MS, type Trial } from '../check.ts';

const RULES = 'etc/rules/interop.xml';
const LARGE = 'etc/lists/large';
const LARGE_BYTES = 3_000_000;

/** All workers have what the master has at this path. */
export async function reachesAll({ cluster }: Trial, path: string): Promise<void> {
  const wanted = cluster.master.read(path);
  for (const worker of cluster.workers) {
    const what = wanted === null ? `${worker.name} to have no ${path}` : `${path} to reach ${worker.name}`;
    await waitFor(what, () => worker.read(path) === wanted, DEADLINE_MS);
  }
}

export const fileChecks: readonly Check[] = [
  {
    name: 'first sync',
    async run(trial) {
      const { master } = trial.cluster;
      master.write(RULES, '<group name="first,"/>\n');
      master.write('etc/shared/default/agent.conf', '<agent_config/>\n');
      master.write('etc/decoders/interop with space.xml', '<decoder name="interop"/>\n');
      master.write(LARGE, 'k:v\n'.repeat(LARGE_BYTES / 4));
      for (const path of [
        RULES,
        'etc/shared/default/agent.conf',
        'etc/decoders/interop with space.xml',
        LARGE,
      ])
        await reachesAll(trial, path);
    },
  },
  {
    name: 'a file that changes',
    async run(trial) {
      trial.cluster.master.write(RULES, '<group name="changed,"/>\n');
      await reachesAll(trial, RULES);
    },
  },
  {
    name: 'a file that changes on a worker is put right',
    async run(trial) {
      for (const worker of trial.cluster.workers) worker.write(RULES, '<group name="of a worker,"/>\n');
      await reachesAll(trial, RULES);
    },
  },
  {
    name: 'a file that is deleted',
    async run(trial) {
      trial.cluster.master.remove(LARGE);
      await reachesAll(trial, LARGE);
    },
  },
];
