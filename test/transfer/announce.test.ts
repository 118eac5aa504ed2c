import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { MAX_METADATA_BYTES } from '../../src/files/limits.ts';
import { ClusterInProcess } from '../spec/cluster-in-process.ts';
import { Peer } from '../spec/peer.ts';

let cluster: ClusterInProcess | null = null;
after(() => cluster?.close());

test('a worker may announce to its master what its metadata may be, and no more', async () => {
  cluster = ClusterInProcess.prepare();
  await cluster.startMaster();
  const peer = await Peer.connect(cluster.network.wire(), cluster.clock);
  await peer.hello();
  await peer.begin();
  const announce = (size: number, digit: string) =>
    peer.channel.request('new_file', { name: `${digit}.meta`, size, digest: digit.repeat(128) });
  await assert.rejects(announce(MAX_METADATA_BYTES + 1, 'a'), { code: 3113 });
  await announce(MAX_METADATA_BYTES, 'b');
  await assert.rejects(announce(1, 'c'), { code: 3113 });
});
