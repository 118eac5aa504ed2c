import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Cluster, waitFor } from './cluster.ts';
import { treeOf } from './tree.ts';

/** Enough that a sync takes long enough to be killed in its middle. */
const FILES = 3_000;
const KILLS = 4;

describe('kill -9 in the middle of a sync', () => {
  let cluster: Cluster;
  before(async () => {
    cluster = await Cluster.recorded(1);
  });
  after(() => cluster.close());

  const fill = (generation: number) => {
    for (let i = 0; i < FILES; i += 1)
      cluster.write(`etc/rules/r${i}.xml`, `generation ${generation} of ${i}\n`.repeat(20));
  };
  /** Something of the sync has reached the worker's disk. */
  const syncIsUnderWay = (home: string) => {
    const staging = join(home, 'queue/cluster/.staging');
    return existsSync(staging) && readdirSync(staging).length > 0;
  };

  it('of the worker: it converges after the restart, again and again', async () => {
    const [worker] = cluster.workers;
    assert.ok(worker);
    cluster.master.start();
    worker.start();
    for (let round = 1; round <= KILLS; round += 1) {
      fill(round);
      await waitFor(
        'the sync to begin',
        () => syncIsUnderWay(worker.home) || round > 1,
        20_000,
        () => worker.output,
      );
      await worker.kill('SIGKILL');
      worker.start();
    }
    await cluster.inStep(undefined, 60_000);
  });

  it('of the master: the worker converges with the next one', async () => {
    const [worker] = cluster.workers;
    assert.ok(worker);
    fill(100);
    await waitFor(
      'the sync to begin',
      () => syncIsUnderWay(worker.home),
      20_000,
      () => worker.output,
    );
    await cluster.master.kill('SIGKILL');
    cluster.master.start();
    await cluster.inStep(undefined, 60_000);
    assert.equal(treeOf(worker.home).size >= FILES, true);
  });

  it('leaves no temporary file behind', async () => {
    const [worker] = cluster.workers;
    assert.ok(worker);
    await waitFor('the staging directory to be empty', () => !syncIsUnderWay(worker.home));
    assert.equal(existsSync(join(worker.home, 'queue/cluster/.journal')), false);
    assert.deepEqual(
      readdirSync(join(worker.home, 'etc/rules')).filter((name) => name.endsWith('.tmp')),
      [],
    );
  });
});
