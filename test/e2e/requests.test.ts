import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { withStore } from '../../src/cli/with-store.ts';
import { ClusterClient } from '../../src/local/cluster-client.ts';
import { AuthdClient } from '../../src/registration/authd-client.ts';
import { authdSocket } from '../../src/registration/open-registration.ts';
import type { ItemsResult } from '../../src/requests/method.ts';
import { testSpecs } from '../harness/test-methods.ts';
import { Cluster, waitFor } from './cluster.ts';
import type { NodeProcess } from './node-process.ts';

const METHOD_NODE = join(import.meta.dirname, '../harness/method-node.ts');
const KEYS = 'etc/client.keys';

type Items = ItemsResult<{ id: string; node: string }>;

describe('requests over real processes', () => {
  let cluster: Cluster;
  let worker1: NodeProcess;
  let worker2: NodeProcess;
  let client: ClusterClient;
  before(async () => {
    cluster = await Cluster.create(2, tmpdir(), METHOD_NODE);
    [worker1, worker2] = cluster.workers as [NodeProcess, NodeProcess];
    cluster.start();
    await waitFor('the workers to be connected', connected, 60_000);
    client = await ClusterClient.connect(worker1.home, { methods: testSpecs });
  });
  after(async () => {
    await client?.close();
    await cluster.close();
  });

  async function connected(): Promise<boolean> {
    try {
      const states = await Promise.all(cluster.workers.map((node) => cluster.status(node)));
      return states.every((state) => state.connected);
    } catch {
      return false; // not listening yet
    }
  }
  const ask = (method: string, args: object) => client.ask(method, args) as Promise<Items>;

  it('an agent registers at a worker, as with authd, and its key is on all nodes', async () => {
    const authd = new AuthdClient({ socket: authdSocket(worker1.home) });
    const order = JSON.stringify({ function: 'add', arguments: { name: 'a1', ip: 'any' } });
    const { error, data } = JSON.parse(await authd.request(order, AbortSignal.timeout(30_000)));
    await authd.close();
    assert.deepEqual([error, data.id], [0, '001']);
    await cluster.inStep();
    for (const { home } of cluster.nodes)
      assert.ok(readFileSync(join(home, KEYS), 'utf8').includes(`001 a1 any ${data.key}`));
  });

  it('a request at one worker is answered by the other, to which the agent reports', async () => {
    await withStore(cluster.master.home, async (store) => {
      await waitFor('the agent to be known', async () => (await store.allAgents(0)).length === 1);
      await store.query("global sql update agent set node_name='worker2' where id=1");
    });
    const { items } = await ask('test.agents', { agents: ['001'] });
    assert.deepEqual(
      items.map(({ id, node }) => [id, node]),
      [['001', 'worker2']],
    );
  });

  it('a worker that is killed while it answers fails its part, with the others unharmed', async () => {
    const asked = ask('test.nodes', { delayMs: 2_000 });
    await worker2.kill('SIGKILL');
    const { items, failed } = await asked;
    assert.deepEqual(items.map(({ node }) => node).sort(), ['master', 'worker1']);
    assert.deepEqual(
      failed.map(({ ids }) => ids),
      [['worker2']],
    );
    worker2.start();
    await waitFor('the worker to be back', connected, 60_000);
    assert.equal((await ask('test.nodes', {})).items.length, 3);
  });

  it('a master that is killed fails what waits for it, and is found again', async () => {
    const asked = client.ask('test.master', { delayMs: 20_000 }, { timeoutMs: 30_000 });
    const ended = assert.rejects(asked, { code: 3103 });
    await cluster.master.kill('SIGKILL');
    await ended;
    await assert.rejects(client.ask('test.master', {}), { code: 3023 });
    cluster.master.start();
    await waitFor('the workers to be connected', connected, 60_000);
    assert.equal((await ask('test.master', {})).items[0]?.node, 'master');
  });

  it('a node that is killed and started again is found by a client that waits for nothing', async () => {
    const ended = assert.rejects(client.ask('test.any', { delayMs: 20_000 }, { timeoutMs: 30_000 }), {
      code: 3103,
    });
    await worker1.kill('SIGKILL');
    await ended;
    await assert.rejects(client.ask('test.any', {}), { code: 3012 });
    worker1.start();
    await waitFor('the worker to be connected', connected, 60_000);
    assert.equal((await ask('test.any', {})).items[0]?.node, 'worker1');
  });
});
