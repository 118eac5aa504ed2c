import assert from 'node:assert/strict';
import { test } from 'node:test';
import { localRequest } from '../../src/local/client.ts';
import { systemClock } from '../../src/node/clock.ts';
import { ClusterInProcess } from '../spec/cluster-in-process.ts';
import { LocalProgram } from './local-program.ts';

const settings = {
  'dialect auto': {},
  'dialect wazuh4': { cluster: { dialect: 'wazuh4' } },
  'dialect muster': { cluster: { dialect: 'muster' } },
  certificates: { security: { transport: 'certificate', master_name: 'master' } },
};

for (const [title, muster] of Object.entries(settings))
  test(`the original's programs and ours have the local socket with ${title}: what nodes speak is no matter of it`, async () => {
    const files = { 'etc/muster.json': JSON.stringify(muster) };
    const cluster = await ClusterInProcess.start({ files, workers: 0, clock: systemClock });
    try {
      await using program = await LocalProgram.of(cluster.master);
      const nodes = JSON.parse((await program.ask('get_nodes', '{"filter_type": "all", "limit": 500}')).text);
      assert.deepEqual(
        nodes.items.map(({ name }: { name: string }) => name),
        ['master'],
      );
      assert.equal((await localRequest(cluster.master.home, 'get_nodes', {})).items.length, 1);
    } finally {
      await cluster.close();
    }
  });
