import assert from 'node:assert/strict';
import { statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, test } from 'node:test';
import { ClusterInProcess, roundOf } from './cluster-in-process.ts';
import { Peer } from './peer.ts';

const SYNC_INTEGRITY_MS = 9_000;

let cluster: ClusterInProcess;
afterEach(() => cluster.close());

/** Lets the worker's next round begin, and waits for its end. */
async function nextRound(): Promise<void> {
  await cluster.pass(SYNC_INTEGRITY_MS);
  for (const worker of cluster.workers)
    await cluster.until('the round to end', () => roundOf(worker.root) === 'waiting');
}

/** What `syn_m_c` says that a worker has to do. */
const announced = (number = 1) =>
  cluster
    .worker(number)
    .wire.requests('master', 'syn_m_c')
    .map(({ body: { missing, shared, extra, files } }) => ({ missing, shared, extra, files }));

describe('Types of nodes', () => {
  test('The master node is in charge of: … Creating shared configuration groups.', async () => {
    cluster = await ClusterInProcess.start({ files: { 'etc/shared/default/agent.conf': 'default' } });
    cluster.master.write('etc/shared/web/agent.conf', 'web');
    cluster.master.noticeFiles();
    await cluster.settled(cluster.worker());
    assert.equal(cluster.worker().read('etc/shared/web/agent.conf'), 'web');
    cluster.master.remove('etc/shared/default');
    cluster.master.noticeFiles();
    await cluster.settled(cluster.worker());
    assert.throws(() => statSync(join(cluster.worker().home, 'etc/shared/default')), { code: 'ENOENT' });
  });

  test('The master node is in charge of: … Updating custom rules, decoders and CDB lists.', async () => {
    const paths = ['etc/rules/r.xml', 'etc/decoders/d.xml', 'etc/lists/l'];
    cluster = await ClusterInProcess.start({ files: Object.fromEntries(paths.map((path) => [path, '1'])) });
    for (const path of paths) cluster.master.write(path, '2');
    cluster.master.noticeFiles();
    await cluster.settled(cluster.worker());
    assert.deepEqual(
      paths.map((path) => cluster.worker().read(path)),
      ['2', '2', '2'],
    );
  });

  test('The master node is in charge of: … Synchronizing all this information to the workers.', async () => {
    const files = {
      'etc/client.keys': '001 agent any key',
      'etc/shared/default/agent.conf': 'conf',
      'etc/rules/local.xml': 'rule',
      'etc/decoders/local.xml': 'decoder',
      'etc/lists/audit': 'list',
      'var/multigroups/a1/merged.mg': 'merged',
    };
    cluster = await ClusterInProcess.start({ workers: 2, files });
    for (const worker of cluster.workers) {
      for (const [path, content] of Object.entries(files)) assert.equal(worker.read(path), content, path);
    }
  });

  test('All this information is called Integrity and is synchronized from the master to the workers no matter if the workers have a more recent modification time or a higher size.', async () => {
    cluster = ClusterInProcess.prepare({ files: { 'etc/rules/local.xml': 'master' } });
    const [path, worker] = ['etc/rules/local.xml', cluster.worker()];
    utimesSync(join(cluster.master.home, path), 1_000_000, 1_000_000);
    worker.write(path, 'of the worker, newer and longer');
    await cluster.startMaster();
    await worker.start();
    await cluster.settled(worker);
    assert.equal(worker.read(path), 'master');
    assert.equal(cluster.master.read(path), 'master', 'nothing travels the other way');
  });

  test('A worker node is in charge of: … Receiving updates from the master.', async () => {
    cluster = await ClusterInProcess.start({ files: { 'etc/rules/local.xml': 'first' } });
    cluster.master.write('etc/rules/local.xml', 'second');
    await cluster.pass(SYNC_INTEGRITY_MS);
    await cluster.until('the master to see it', () => cluster.master.log.find(/^Updated/).length > 0);
    await cluster.settled(cluster.worker());
  });

  test('If any integrity file is modified in a worker node, its content will be replaced with the contents the master node has.', async () => {
    cluster = await ClusterInProcess.start({ files: { 'etc/rules/local.xml': 'master' } });
    cluster.worker().write('etc/rules/local.xml', 'altered');
    await nextRound();
    assert.equal(cluster.worker().read('etc/rules/local.xml'), 'master');
    assert.deepEqual(announced().at(-1), { missing: 0, shared: 1, extra: 0, files: 1 });
  });

  test('Every dotted square represents a synchronization task and they all work in parallel: an integrity process that hangs does not delay keepalives.', async () => {
    cluster = await ClusterInProcess.start();
    const { wire, root } = cluster.worker();
    wire.loses = ({ from, command }) => from === 'master' && command === 'syn_m_c';
    cluster.master.write('etc/rules/local.xml', 'x');
    cluster.master.noticeFiles();
    await cluster.until('the process to hang', () => wire.requests('master', 'syn_m_c').length === 1);
    await cluster.pass(18_000);
    assert.equal(roundOf(root), 'running');
    await cluster.pass(42_000);
    assert.equal(wire.answers('master', 'echo-c').length, 1);
    assert.equal(wire.answers('worker', 'echo-m').length, 1);
  });
});

describe('Integrity thread', () => {
  test('This thread is in charge of synchronizing master’s integrity information among all worker nodes.', async () => {
    cluster = await ClusterInProcess.start({ workers: 3 });
    cluster.master.write('etc/rules/local.xml', 'for all');
    cluster.master.noticeFiles();
    for (const worker of cluster.workers) await cluster.settled(worker);
    for (const worker of cluster.workers) assert.equal(worker.read('etc/rules/local.xml'), 'for all');
  });

  test('The communication is started by the worker node.', async () => {
    cluster = await ClusterInProcess.start({ files: { 'etc/rules/local.xml': 'x' } });
    const { wire } = cluster.worker();
    const [first, second] = wire.sent.filter(({ kind }) => kind === 'request');
    assert.deepEqual([first?.from, first?.command], ['worker', 'hello']);
    assert.deepEqual([second?.from, second?.command], ['worker', 'syn_i_w_m_p']);
  });
});

/** Default of max_locked_integrity_time. */
const MAX_LOCKED_MS = 1_000_000;
/** How often a peer does what keeps its connection and its transfer alive. */
const PULSE_MS = 40_000;
/** Travels alone, in pieces: with one piece a pulse it takes longer than any process may. */
const LARGE = Buffer.alloc(8 * 1024 * 1024, 'large');

/** Pieces of the master's file that a slow peer has taken and not confirmed. */
const unconfirmed: (() => void)[] = [];

/** A process that goes on and on: the peer confirms one piece of a large file now and then. */
async function hanging(peer: Peer): Promise<Peer> {
  cluster.master.write('etc/lists/large', LARGE);
  cluster.master.noticeFiles();
  await peer.next('syn_i_m_w');
  const task = await peer.show('{}');
  await peer.confirm('syn_m_c', { task: `${task}-w` });
  const slowly = () => new Promise<void>((resolve) => unconfirmed.push(resolve));
  unconfirmed.length = 0;
  await peer.accept('whole');
  await peer.confirm('file_end', {});
  await peer.accept('nothing', slowly);
  await cluster.until('the first pieces', () => unconfirmed.length > 2);
  return peer;
}

async function passAlive(peer: Peer, timeMs: number): Promise<void> {
  for (let leftMs = timeMs; leftMs > 0; leftMs -= PULSE_MS) {
    await cluster.until('another piece', () => unconfirmed.length > 0);
    unconfirmed.shift()?.();
    await peer.channel.request('echo-c', { data: 'alive' });
    await cluster.pass(Math.min(PULSE_MS, leftMs));
    if (leftMs > PULSE_MS) assert.equal((await peer.ask()).granted, false);
  }
}

describe('Integrity thread, stage 1', () => {
  const start = async () => {
    cluster = ClusterInProcess.prepare({ files: { 'etc/rules/local.xml': 'x' } });
    await cluster.startMaster();
    const peer = await Peer.connect(cluster.worker().wire, cluster.clock);
    await peer.hello();
    return peer;
  };

  test('The worker asks the master for permission.', async () => {
    cluster = await ClusterInProcess.start({ files: { 'etc/rules/local.xml': 'x' } });
    const { wire } = cluster.worker();
    const asked = wire.sent.findIndex(({ command, kind }) => command === 'syn_i_w_m_p' && kind === 'ok');
    const begun = wire.sent.findIndex(({ command }) => command === 'syn_i_w_m');
    assert.equal(wire.sent[asked]?.body.granted, true);
    assert.ok(asked < begun, 'nothing is begun before the master has answered');
  });

  test('… without permission nothing can be started', async () => {
    const peer = await start();
    assert.equal((await Peer.refusal(peer.channel.request('syn_i_w_m', {}))).code, 3116);
  });

  test('The permission will be granted only after any previous synchronization process is finished.', async () => {
    const peer = await start();
    const task = await peer.show('{}');
    assert.equal((await peer.ask()).granted, false);
    const announcement = await peer.next('syn_m_c');
    assert.equal((await peer.ask()).granted, false);
    peer.channel.reply<'syn_m_c'>(announcement.counter, { task: `${task}-w` });
    for (const _ of ['package', 'manifest']) {
      await peer.accept('whole');
      assert.equal((await peer.ask()).granted, false);
    }
    for (const _ of ['package', 'manifest']) await peer.confirm('file_end', {});
    const end = await peer.next('syn_m_c_e');
    assert.equal(end.args.error, null);
    assert.equal((await peer.ask()).granted, false);
    peer.channel.reply<'syn_m_c_e'>(end.counter, {});
    await cluster.until('the permission', async () => (await peer.ask()).granted);
  });

  test('This is important to prevent overlapping, where a new synchronization process starts while another one is still running.', async () => {
    const peer = await start();
    await peer.begin();
    assert.equal((await Peer.refusal(peer.channel.request('syn_i_w_m', {}))).code, 3116);
    assert.equal((await peer.ask()).granted, false);
    assert.equal((await Peer.refusal(peer.channel.request('syn_i_w_m', {}))).code, 3116);
  });

  test('… each worker has its own permission', async () => {
    const peer = await start();
    await peer.begin();
    const other = await Peer.connect(cluster.network.wire(), cluster.clock);
    await other.hello({ name: 'other' });
    await other.begin();
  });

  test('… one permission starts one process', async () => {
    const peer = await start();
    assert.equal((await peer.ask()).granted, true);
    const tries = await Promise.allSettled([1, 2, 3].map(() => peer.channel.request('syn_i_w_m', {})));
    assert.deepEqual(
      tries.map(({ status }) => status),
      ['fulfilled', 'rejected', 'rejected'],
    );
  });

  test('Synchronization processes taking too long are considered locked due to errors.', async () => {
    const peer = await hanging(await start());
    await passAlive(peer, MAX_LOCKED_MS);
    const { args } = await peer.next('syn_m_c_e');
    assert.equal(args.error.code, 3120);
    assert.equal(args.file, null);
    assert.equal(cluster.master.log.find(/ran for too long/, 'Integrity sync')[0]?.level, 'error');
  });

  test('Once the process is flagged as locked, new integrity synchronization permissions can be granted.', async () => {
    const peer = await hanging(await start());
    await passAlive(peer, MAX_LOCKED_MS);
    // The master still waits for an answer to its `syn_m_c_e`: the permission does not.
    const task = await peer.begin();
    const end = await peer.next('syn_m_c_e');
    assert.notEqual(end.args.task, `${task}-w`);
    await peer.sendFile('shown.meta', '{}');
    await peer.channel.request('syn_i_w_m_e', { task, file: 'shown.meta' });
    assert.equal((await peer.next('syn_m_c')).args.task, task);
  });

  test('The maximum time a synchronization process is allowed to run is 1000 seconds by default.', async () => {
    const peer = await hanging(await start());
    await passAlive(peer, MAX_LOCKED_MS - 1_000);
    assert.equal((await peer.ask()).granted, false);
    await passAlive(peer, 1_000);
    assert.equal((await peer.ask()).granted, true);
    assert.equal(cluster.master.log.find(/locked out for more than 1000s/).length, 1);
  });

  test('This can be modified with the max_locked_integrity_time variable in the cluster.json file.', async () => {
    cluster = ClusterInProcess.prepare();
    const clusterJson = { intervals: { master: { max_locked_integrity_time: 30 } } };
    cluster.master.write('etc/cluster.json', JSON.stringify(clusterJson));
    await cluster.startMaster();
    const peer = await Peer.connect(cluster.worker().wire, cluster.clock);
    await peer.hello();
    await peer.begin();
    await cluster.pass(29_000);
    assert.equal((await peer.ask()).granted, false);
    await cluster.pass(1_000);
    assert.equal((await peer.ask()).granted, true);
  });
});
