import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';
import type { ItemsResult } from '../../src/requests/method.ts';
import { DapiCluster } from './dapi-cluster.ts';

let dapi: DapiCluster;
afterEach(() => dapi.close());

type Items = ItemsResult<{ id: string; node: string; user: string | null }>;
const nodesOf = (result: unknown) => (result as Items).items.map(({ id, node }) => `${id} at ${node}`);

describe('Distributed API requests', () => {
  test('local_any: The request can be solved by any node. … These requests will never be forwarded or solved remotely.', async () => {
    dapi = await DapiCluster.start({ workers: 1 });
    const { cluster } = dapi;
    const client = await dapi.client(cluster.worker());
    assert.deepEqual(nodesOf(await client.ask('test.any', {})), ['worker1 at worker1']);
    assert.deepEqual(cluster.worker().wire.requests('worker', 'dapi'), []);
  });

  test('local_master: The request can be solved by the master node.', async () => {
    dapi = await DapiCluster.start({ workers: 1 });
    const { cluster } = dapi;
    for (const node of [cluster.master, cluster.worker()]) {
      const client = await dapi.client(node);
      assert.deepEqual(nodesOf(await client.ask('test.master', {})), ['master at master']);
    }
  });

  test('distributed_master: The master must forward the request to the most suitable node to solve it.', async () => {
    dapi = await DapiCluster.start({ agents: 2 });
    const { cluster } = dapi;
    await dapi.report('worker2', '001');
    await dapi.report('worker1', '002');
    for (const node of [cluster.master, ...cluster.workers]) {
      const client = await dapi.client(node);
      assert.deepEqual(nodesOf(await client.ask('test.agents', { agents: ['001'] })), ['001 at worker2']);
      assert.deepEqual(nodesOf(await client.ask('test.agents', { agents: ['002'] })), ['002 at worker1']);
    }
  });
});
