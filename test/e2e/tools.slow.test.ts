import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Cluster, KEY, waitFor } from './cluster.ts';
import { muster } from './node-process.ts';
import { treeOf } from './tree.ts';

describe('the command line asks running nodes', () => {
  let cluster: Cluster;
  before(async () => {
    cluster = await Cluster.create(2);
    cluster.write('etc/rules/a.xml', 'a\n');
    // This worker does not watch its files and seldom looks, so that a difference stays.
    const [worker] = cluster.workers;
    assert.ok(worker);
    cluster.write('etc/muster.json', JSON.stringify({ push: { watch: false } }), worker);
    const intervals = { worker: { sync_integrity: 3_600 } };
    cluster.write('etc/cluster.json', JSON.stringify({ intervals }), worker);
    cluster.start();
    await cluster.inStep();
    await waitFor('both workers to be known', async () => (await nodes()).totalItems === 3);
  });
  after(() => cluster.close());

  const nodes = async (node = cluster.master) =>
    JSON.parse((await muster(['nodes', '--home', node.home, '--json'])).stdout) as {
      items: { name: string; type: string; inStep: boolean }[];
      totalItems: number;
    };

  it('nodes: the same answer from every node', async () => {
    const expected = [
      ['master', 'master'],
      ['worker1', 'worker'],
      ['worker2', 'worker'],
    ];
    for (const node of cluster.nodes) {
      const { items } = await nodes(node);
      assert.deepEqual(items.map(({ name, type }) => [name, type]).sort(), expected);
    }
  });

  it('status: what the node is and did last, for people and as JSON', async () => {
    const text = await muster(['status', '--home', cluster.master.home]);
    assert.equal(text.code, 0);
    assert.match(text.stdout, /^worker1 /m);
    assert.match(text.stdout, /^worker2 /m);
    const [worker] = cluster.workers;
    const json = await muster(['status', '--home', worker?.home ?? '', '--json']);
    const status = JSON.parse(json.stdout) as {
      role: string;
      connected: boolean;
      lastSync: { outcome: string };
    };
    assert.deepEqual([status.role, status.connected, status.lastSync.outcome], ['worker', true, 'synced']);
  });

  it('diff: names what a sync would do, with the reason, exits 1, and changes nothing', async () => {
    const [worker] = cluster.workers;
    assert.ok(worker);
    cluster.write('etc/rules/stray.xml', 'only here\n', worker);
    const before = treeOf(worker.home);
    for (const home of [worker.home, cluster.master.home]) {
      const { code, stdout } = await muster(['diff', '--home', home]);
      assert.match(stdout, /delete\s+etc\/rules\/stray\.xml\s+\(.+\)/);
      assert.equal(code, 1);
    }
    assert.deepEqual(treeOf(worker.home), before);
  });

  it('diff of a node that is in step exits 0, of an unknown one with error 3022', async () => {
    assert.equal((await muster(['diff', '--home', cluster.master.home, 'worker2'])).code, 0);
    const unknown = await muster(['diff', '--home', cluster.master.home, 'nobody']);
    assert.equal(unknown.code, 1);
    assert.match(unknown.stderr, /3022.*nobody/);
  });

  it('a home without a daemon: exit code 4, and what to do', async () => {
    const home = join(cluster.directory, 'asleep');
    await muster(['init', '--home', home, '--role', 'master', '--name', 'asleep']);
    const { code, stderr } = await muster(['nodes', '--home', home]);
    assert.equal(code, 4);
    assert.match(stderr, /3012.*muster node --home/);
  });

  it('a worker without its master says so (3023) and why, and serves its socket on', async () => {
    const [worker] = cluster.workers;
    assert.ok(worker);
    await cluster.master.kill('SIGKILL');
    await waitFor('the worker to notice', async () => !(await cluster.status(worker)).connected);
    const { code, stderr } = await muster(['nodes', '--home', worker.home]);
    assert.equal(code, 1);
    assert.match(stderr, /Error 3023 - Not connected to the master: Error 310[23] - /);
    cluster.master.start();
    await cluster.inStep();
  });
});

describe('the key of a cluster is changed without a stop', () => {
  const NEW_KEY = 'deadbeefdeadbeefdeadbeefdeadbeef';
  let cluster: Cluster;
  before(async () => {
    cluster = await Cluster.create(1);
    cluster.write('etc/rules/a.xml', 'a\n');
  });
  after(() => cluster.close());

  it('a master that uses the new key takes workers with the old one while it accepts it', async () => {
    const init = ['init', '--home', cluster.master.home, '--role', 'master', '--name', 'master', '--force'];
    const address = ['--bind', '127.0.0.1', '--port', `${cluster.port}`];
    assert.equal((await muster([...init, ...address, '--key', NEW_KEY])).code, 0);
    writeFileSync(
      join(cluster.master.home, 'etc/muster.json'),
      JSON.stringify({ security: { accepted_keys: [KEY] } }),
    );
    cluster.start();
    await cluster.inStep();
    assert.ok(existsSync(join(cluster.workers[0]?.home ?? '', 'etc/rules/a.xml')));
  });

  it('no key stands in any log', () => {
    for (const { output } of cluster.nodes) {
      assert.equal(output.includes(KEY) || output.includes(NEW_KEY), false);
    }
  });
});
