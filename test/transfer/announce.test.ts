import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { MAX_METADATA_BYTES } from '../../src/files/limits.ts';
import { WAZUH4_MAX_LIST_PACKAGE_BYTES } from '../../src/files/wazuh4/limits.ts';
import { MAX_SPOOL_WORKER_BYTES } from '../../src/node/transfers/limits.ts';
import { ClusterInProcess } from '../spec/cluster-in-process.ts';
import { Peer } from '../spec/peer.ts';

let cluster: ClusterInProcess | null = null;
after(() => cluster?.close());

test('a worker may announce to its master two of the largest lists of its files, and no more', async () => {
  cluster = ClusterInProcess.prepare();
  await cluster.startMaster();
  const peer = await Peer.connect(cluster.network.wire(), cluster.clock);
  await peer.hello();
  await peer.begin();
  const announce = (size: number, digit: string) =>
    peer.channel.request('new_file', { name: `${digit}.meta`, size, digest: digit.repeat(128) });
  await assert.rejects(announce(MAX_SPOOL_WORKER_BYTES + 1, 'a'), { code: 3113 });
  await announce(MAX_METADATA_BYTES, 'b');
  await announce(WAZUH4_MAX_LIST_PACKAGE_BYTES, 'c');
  await assert.rejects(announce(MAX_METADATA_BYTES, 'd'), { code: 3113 });
});
