import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';
import { ClusterInProcess } from '../spec/cluster-in-process.ts';
import { Peer } from '../spec/peer.ts';

const NODE = 'a'.repeat(32);
const OTHER_NODE = 'b'.repeat(32);

let cluster: ClusterInProcess;
afterEach(() => cluster.close());

async function master(): Promise<void> {
  cluster = ClusterInProcess.prepare();
  await cluster.startMaster();
}

const connect = () => Peer.connect(cluster.network.wire(), cluster.clock);
const known = () => [...cluster.master.services.status.workers.values()].map(({ name }) => name);

describe('who may join', () => {
  for (const [code, why, hello] of [
    [3028, 'another node has the name', { name: 'taken', node: OTHER_NODE }],
    [3028, 'the same node said so with an older session', { name: 'taken', node: NODE, session: 6 }],
    [3028, 'the same node said so with the same session', { name: 'taken', node: NODE, session: 7 }],
    [3029, 'the name is the master’s', { name: 'master' }],
    [3030, 'it belongs to another cluster', { cluster: 'other' }],
    [3031, 'it speaks only later versions of the protocol', { protocol: { min: 2, max: 9 } }],
    [3105, 'the name would leave its directory', { name: '..' }],
    [3105, 'the name has a slash', { name: 'a/b' }],
  ] as const) {
    test(`a worker is refused with ${code}: ${why}`, async () => {
      await master();
      const first = await connect();
      await first.hello({ name: 'taken', node: NODE, session: 7 });
      const peer = await connect();
      const refusal = await Peer.refusal(peer.hello(hello));
      assert.equal(refusal.code, code);
      await cluster.until('the master to hang up', () => peer.isClosed);
      assert.deepEqual(known(), ['taken'], 'nobody else is touched');
      assert.equal(first.isClosed, false);
      assert.equal(cluster.master.log.find(new RegExp(`^Refused .*Error ${code}`)).length, 1);
    });
  }

  test('a worker that is refused says why in its log, and tries again later', async () => {
    await master();
    const first = await connect();
    await first.hello({ name: 'worker1' });
    const worker = cluster.worker();
    await worker.start();
    await cluster.until('the refusal', () => worker.log.find(/Error 3028/).length > 0);
    first.channel.close();
    await cluster.until('the name to be free', () => known().length === 0);
    assert.equal(worker.log.find(/Error 3028/).length, 1, 'once for each attempt');
    await cluster.pass(10_000);
    await cluster.settled(worker);
  });

  test('a newer session of the same node takes the place of the stale one', async () => {
    await master();
    const stale = await connect();
    await stale.hello({ name: 'worker9', node: NODE, session: 7 });
    await stale.begin();
    const fresh = await connect();
    await fresh.hello({ name: 'worker9', node: NODE, session: 8 });
    await cluster.until('the stale one to end', () => stale.isClosed);
    assert.equal((await stale.next('bye')).args.error.code, 3122, 'it learns why');
    assert.equal(cluster.master.log.find(/^Disconnected: Error 3122/).length, 1);
    assert.deepEqual(known(), ['worker9']);
    await fresh.begin();
    assert.equal(fresh.isClosed, false);
  });

  test('… as a worker does that comes back while the master believes it is there', async () => {
    cluster = await ClusterInProcess.start({ files: { 'etc/rules/local.xml': '1' } });
    const { wire, services } = cluster.worker();
    wire.abandon();
    await cluster.until('the worker to notice', () => services.status.master === null);
    assert.deepEqual(known(), ['worker1'], 'the end was never heard');
    await cluster.pass(10_000);
    await cluster.until('it to be back', () => services.status.master !== null);
    assert.equal(cluster.master.log.find(/^Disconnected: Error 3122/).length, 1);
    assert.deepEqual(known(), ['worker1']);
    cluster.master.write('etc/rules/local.xml', '2');
    cluster.master.noticeFiles();
    await cluster.settled(cluster.worker());
  });

  test('a worker whose master stops, or lets a newer one in, says so in its log', async () => {
    cluster = await ClusterInProcess.start();
    const worker = cluster.worker();
    const { node, nextSession } = worker.services.identity;
    const rival = await connect();
    await rival.hello({ name: 'worker1', node, session: nextSession() });
    await cluster.until(
      'the eviction',
      () => worker.log.find(/master ended the connection: Error 3122/).length > 0,
    );
    rival.channel.close();
    await cluster.pass(10_000);
    await cluster.until('it to be back', () => worker.services.status.master !== null);
    await cluster.master.stop();
    await cluster.until(
      'the goodbye',
      () => worker.log.find(/master ended the connection: Error 3125/).length > 0,
    );
  });

  test('nothing but hello is taken before it, and silence is not waited for', async () => {
    await master();
    const hasty = await connect();
    await Peer.refusal(hasty.ask());
    await cluster.until('the master to hang up', () => hasty.isClosed);
    const silent = await connect();
    await cluster.pass(5_000);
    await cluster.until('the master to hang up', () => silent.isClosed);
    assert.equal(cluster.master.log.find(/Error during handshake .*Error 3104/).length, 1);
  });
});
