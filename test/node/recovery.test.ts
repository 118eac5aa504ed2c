import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { Home } from '../files/fixture.ts';
import { getStuck, makeWay, NEW, OLD } from '../files/stuck-undo.ts';
import { ClusterInProcess, type InProcessNode } from '../spec/cluster-in-process.ts';

let cluster: ClusterInProcess;
afterEach(() => cluster.close());

/** Has a node that is to start find the old set in its home, and a half of the new one that it cannot undo. */
async function leaveHalfASet(node: InProcessNode): Promise<Home> {
  const home = Home.at(node.home, OLD);
  await getStuck(home);
  return home;
}

test('a worker that cannot undo a set starts all the same and says what to do; when it can, it comes in step by itself', async () => {
  cluster = ClusterInProcess.prepare({ files: NEW });
  await cluster.startMaster();
  const worker = cluster.worker();
  const home = await leaveHalfASet(worker);
  await worker.start();
  const told = /Error 3128 .*etc\/rules\/a.*make way for it, or move it there/;
  assert.equal(worker.log.find(told, 'Integrity sync').length, 1, 'at its start');
  await cluster.until('a check to fail for it', () => worker.log.find(told, 'Integrity check').length > 0);
  assert.equal(worker.services.status.lastCheck?.failure?.code, 3128);
  assert.notEqual(worker.services.status.master, null, 'it is connected');
  assert.deepEqual(
    worker.wire.requests('worker', 'syn_i_w_m_p'),
    [],
    'nobody is told of a mixture as of a set',
  );
  makeWay(home);
  await cluster.pass(60_000);
  await cluster.settled(worker);
  assert.equal(worker.log.find(/was undone/, 'Integrity sync').length, 1);
  assert.deepEqual(home.read('etc/rules'), NEW);
});

test('a master that finds half a set does not start: all would take it from it', async () => {
  cluster = ClusterInProcess.prepare();
  const home = await leaveHalfASet(cluster.master);
  await assert.rejects(cluster.master.start(), { code: 3128, message: /etc\/rules\/a/ });
  makeWay(home);
  await cluster.startMaster();
  assert.deepEqual(home.read('etc/rules'), OLD);
});
