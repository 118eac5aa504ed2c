import assert from 'node:assert/strict';
import { chmodSync, existsSync, readdirSync, statSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, describe, test } from 'node:test';
import { ClusterClient } from '../../src/local/cluster-client.ts';
import { DapiCluster } from './dapi-cluster.ts';

let dapi: DapiCluster;
afterEach(() => dapi.close());

describe('Local protocol', () => {
  test('get_config: Returns active cluster configuration.', async () => {
    dapi = await DapiCluster.start({ workers: 1 });
    for (const node of [dapi.cluster.master, dapi.cluster.worker()]) {
      const config = await (await dapi.client(node)).command('get_config', {});
      assert.deepEqual([config.node_name, config.node_type], [node.name, node.role]);
      assert.ok(!('key' in config), 'the key is not told');
    }
  });

  test('get_nodes and get_health are answered by both kinds of nodes, with what the master knows', async () => {
    dapi = await DapiCluster.start();
    for (const node of [dapi.cluster.master, dapi.cluster.worker()]) {
      const client = await dapi.client(node);
      const { items } = await client.command('get_nodes', {});
      assert.deepEqual(items.map(({ name }) => name).sort(), ['master', 'worker1', 'worker2']);
      const { n_connected_nodes, nodes } = await client.command('get_health', { nodes: ['worker2'] });
      assert.deepEqual([n_connected_nodes, Object.keys(nodes)], [1, ['worker2']]);
    }
  });

  test('dapi_clus: Receive an API call related to cluster information: Get nodes information or healthcheck.', async () => {
    dapi = await DapiCluster.start({ workers: 1 });
    const channel = dapi.cluster.worker().services.channels.master();
    const nodes = await channel?.request('dapi_clus', { request: 'get_nodes', args: {} });
    assert.equal((nodes as { totalItems: number }).totalItems, 2);
    const health = await channel?.request('dapi_clus', { request: 'get_health', args: { nodes: null } });
    assert.equal((health as { n_connected_nodes: number }).n_connected_nodes, 1);
  });

  test('get_hash: Receive a request to obtain custom ruleset files and their hashes.', async () => {
    const files = { 'etc/rules/r.xml': 'rule', 'etc/shared/default/agent.conf': 'no part of it' };
    dapi = await DapiCluster.start({ workers: 1, files });
    const client = await dapi.client(dapi.cluster.worker());
    let paths: string[] = [];
    await dapi.cluster.until('the ruleset', async () => {
      paths = Object.keys((await client.command('get_hash', {})).files);
      return paths.length > 0;
    });
    assert.deepEqual(paths, ['etc/rules/r.xml']);
  });

  test('send_file: Node name parameter is ignored in worker nodes (it’s always sent to the master node).', async () => {
    dapi = await DapiCluster.start({ workers: 1, files: { 'tmp/from-master': 'x'.repeat(300_000) } });
    const { master } = dapi.cluster;
    const worker = dapi.cluster.worker();
    worker.write('tmp/upload', 'of the worker');
    const client = await dapi.client(worker);
    assert.deepEqual(await client.command('send_file', { path: 'tmp/upload', node: 'whoever' }), {
      bytes: 13,
    });
    assert.equal(master.read('queue/cluster/worker1/sent-upload'), 'of the worker');
    const atMaster = await dapi.client(master);
    await atMaster.command('send_file', { path: 'tmp/from-master', node: 'worker1' });
    assert.equal(statSync(join(worker.home, 'queue/cluster/worker1/sent-from-master')).size, 300_000);
    await assert.rejects(atMaster.command('send_file', { path: 'tmp/from-master', node: 'nobody' }), {
      code: 3022,
    });
    await assert.rejects(client.command('send_file', { path: 'tmp/none', node: null }), { code: 3034 });
    await assert.rejects(client.command('send_file', { path: '../../etc/passwd', node: null }), {
      code: 3114,
    });
  });

  test('send_file: what has arrived stays when a round begins, also where it is called like a part of one', async () => {
    dapi = await DapiCluster.start({ workers: 1, files: { 'tmp/down.json': 'down' } });
    const { master } = dapi.cluster;
    const worker = dapi.cluster.worker();
    worker.write('tmp/up.json', 'up');
    await (await dapi.client(worker)).command('send_file', { path: 'tmp/up.json', node: null });
    await (await dapi.client(master)).command('send_file', { path: 'tmp/down.json', node: 'worker1' });
    master.write('etc/rules/new.xml', 'rule');
    master.noticeFiles();
    await dapi.cluster.until('the sync', () => existsSync(join(worker.home, 'etc/rules/new.xml')));
    assert.equal(master.read('queue/cluster/worker1/sent-up.json'), 'up');
    assert.equal(worker.read('queue/cluster/worker1/sent-down.json'), 'down');
  });

  test('send_file sends what is synchronised or lies in tmp, and nothing that the group of the socket may not read', async () => {
    dapi = await DapiCluster.start({ workers: 1, files: { 'etc/rules/r.xml': 'rule' } });
    const { master } = dapi.cluster;
    const worker = dapi.cluster.worker();
    const client = await dapi.client(master);
    const send = (path: string) => client.command('send_file', { path, node: 'worker1' });
    const write = (path: string, mode: number) => {
      master.write(path, 'secret');
      chmodSync(join(master.home, path), mode);
    };
    write('etc/api/token.key', 0o600);
    write('etc/sslmanager.key', 0o640);
    write('tmp/own', 0o600);
    write('tmp/deeper/report', 0o640);
    symlinkSync('../etc/sslmanager.key', join(master.home, 'tmp/link'));
    symlinkSync('..', join(master.home, 'tmp/up'));
    for (const path of [
      'etc/api/token.key',
      'etc/api/none',
      'etc/ossec.conf',
      'etc/sslmanager.key',
      'tmp/own',
      'tmp/deeper/report',
      'tmp/link',
      'tmp/up/etc/ossec.conf',
      'tmp/../etc/sslmanager.key',
    ]) {
      await assert.rejects(send(path), { code: 3114 }, path);
    }
    await assert.rejects(send('tmp/own'), /its group may not read it/);
    for (const path of ['../../etc/passwd', 'tmp/link', 'tmp/deeper/report']) {
      const said = `"${path}": only files that are synchronised, or lie in tmp below the home itself, are sent`;
      await assert.rejects(send(path), { detail: said });
    }
    chmodSync(join(master.home, 'tmp/own'), 0o640);
    assert.deepEqual(await send('tmp/own'), { bytes: 6 });
    assert.deepEqual(await send('etc/rules/r.xml'), { bytes: 4 });
    const names = readdirSync(join(worker.home, 'queue/cluster/worker1'));
    assert.deepEqual(names.filter((name) => name.startsWith('sent-')).sort(), ['sent-own', 'sent-r.xml']);
  });

  test('echo and echo-c: Replies the same received message.', async () => {
    dapi = await DapiCluster.start({ workers: 1 });
    const client = await dapi.client(dapi.cluster.worker());
    for (const command of ['echo', 'echo-c'] as const)
      assert.deepEqual(await client.command(command, { data: 'hello' }), { data: 'hello' });
  });

  test('only the group may connect, to a directory that is not open to others', async () => {
    dapi = await DapiCluster.start({ workers: 1 });
    const socket = join(dapi.cluster.master.home, 'queue/cluster/c-internal.sock');
    assert.equal(statSync(socket).mode & 0o777, 0o660);
    assert.equal(statSync(dirname(socket)).mode & 0o007, 0);
  });

  test('the socket stays while a worker has no master, and says why', async () => {
    dapi = await DapiCluster.start({ workers: 1 });
    const worker = dapi.cluster.worker();
    const client = await dapi.client(worker);
    worker.wire.isUp = false;
    worker.wire.cut();
    await dapi.cluster.until('the connection to end', () => worker.services.status.master === null);
    await assert.rejects(client.command('get_nodes', {}), { code: 3023, message: /Error 3/ });
    await assert.rejects(client.ask('test.master', {}), { code: 3023 });
    assert.equal((await client.command('get_config', {})).node_name, 'worker1');
  });

  test('a thousand clients at once are served', async () => {
    dapi = await DapiCluster.start({ workers: 1 });
    const { home } = dapi.cluster.master;
    // How long that takes is the machine's affair.
    const clients = await Promise.all(
      Array.from({ length: 1_000 }, () => ClusterClient.connect(home, { connectTimeoutMs: 60_000 })),
    );
    const names = await Promise.all(
      clients.map((client) => client.command('get_config', {}, { timeoutMs: 30_000 })),
    );
    assert.ok(names.every(({ node_name }) => node_name === 'master'));
    await Promise.all(clients.map((client) => client.close()));
  });
});
