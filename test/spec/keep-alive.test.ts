import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';
import { ClusterInProcess } from './cluster-in-process.ts';

/** Defaults of cluster.json. */
const KEEP_ALIVE_MS = 60_000;
const MAX_WITHOUT_KEEPALIVE_MS = 120_000;

let cluster: ClusterInProcess;
afterEach(() => cluster.close());

const workersKnown = () => [...cluster.master.services.status.workers.values()].map(({ name }) => name);

describe('Keep alive thread', () => {
  test('The worker nodes send a keep-alive message to the master every so often.', async () => {
    cluster = await ClusterInProcess.start({ workers: 2 });
    for (const { wire } of cluster.workers) assert.equal(wire.requests('worker', 'echo-c').length, 0);
    for (const count of [1, 2, 3]) {
      await cluster.pass(KEEP_ALIVE_MS);
      for (const { wire } of cluster.workers) {
        assert.equal(wire.requests('worker', 'echo-c').length, count);
        assert.equal(wire.answers('master', 'echo-c').length, count);
      }
    }
  });

  test('The master keeps the date of the last received keep alive and knows the interval the worker is using to send its keepalives.', async () => {
    cluster = await ClusterInProcess.start();
    const { status, config } = cluster.master.services;
    assert.equal(config.intervals.worker.keepAliveMs, KEEP_ALIVE_MS);
    const date = () => Date.parse(status.worker('worker1')?.status.lastKeepalive ?? '');
    const connectedAt = date();
    await cluster.pass(KEEP_ALIVE_MS);
    assert.equal(date(), connectedAt + KEEP_ALIVE_MS);
    await cluster.pass(KEEP_ALIVE_MS - 1_000);
    assert.equal(date(), connectedAt + KEEP_ALIVE_MS, 'nothing but a keepalive changes it');
    await cluster.pass(1_000);
    assert.equal(date(), connectedAt + 2 * KEEP_ALIVE_MS);
  });

  test('If the last keep alive received by a worker is older than a determined amount of time, the master considers the worker is disconnected and immediately closes the connection.', async () => {
    cluster = await ClusterInProcess.start();
    const { wire, services } = cluster.worker();
    wire.loses = ({ from, command }) => from === 'worker' && command === 'echo-c';
    await cluster.pass(MAX_WITHOUT_KEEPALIVE_MS - 1_000);
    assert.deepEqual(workersKnown(), ['worker1']);
    assert.notEqual(services.channels.master(), undefined);
    const { master } = cluster;
    await cluster.pass(1_000);
    await cluster.until('the connection to end', () => services.channels.master() === undefined);
    assert.equal(
      master.log.find(/No keep alives have been received from worker1 in the last 120s/).length,
      1,
    );
    assert.equal(master.log.find(/^Disconnected: Error 3103/).length, 1);
  });

  test('When a worker realizes the connection has been closed, it automatically tries to reconnect again.', async () => {
    cluster = await ClusterInProcess.start();
    const { wire, services } = cluster.worker();
    wire.isUp = false;
    wire.cut();
    await cluster.until('the worker to notice', () => services.status.master === null);
    await cluster.pass(60_000);
    assert.equal(services.status.master, null);
    wire.isUp = true;
    await cluster.pass(10_000);
    await cluster.until('the worker to return', () => services.status.master !== null);
    assert.equal(wire.connections, 2);
    cluster.master.write('etc/rules/later.xml', 'later');
    cluster.master.noticeFiles();
    await cluster.settled(cluster.worker());
  });

  test('This feature is very useful to drop nodes that are facing a network issue or aren’t available at the moment.', async () => {
    cluster = await ClusterInProcess.start({ workers: 2 });
    const [gone, healthy] = [cluster.worker(1), cluster.worker(2)];
    gone.wire.isUp = false;
    gone.wire.freeze();
    await cluster.pass(MAX_WITHOUT_KEEPALIVE_MS + 10_000);
    await cluster.until('the master to drop it', () => !workersKnown().includes('worker1'));
    assert.deepEqual(workersKnown(), ['worker2']);
    assert.equal(gone.services.status.master, null, 'the worker gave the master up likewise');
    assert.equal(healthy.wire.connections, 1);
    gone.wire.isUp = true;
    await cluster.pass(10_000);
    await cluster.until('it to return', () => workersKnown().length === 2);
  });
});
