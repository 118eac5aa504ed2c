import assert from 'node:assert/strict';
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Cluster, waitFor } from './cluster.ts';
import { muster } from './node-process.ts';

describe('a node that records what its machines do', () => {
  let cluster: Cluster;
  before(async () => {
    cluster = await Cluster.create(1);
    cluster.write('etc/rules/a.xml', 'a\n');
  });
  after(() => cluster.close());

  it('is killed and started again: what it did before is there, and every step of it is allowed', async () => {
    const [worker] = cluster.workers;
    assert.ok(worker);
    const recording = join(worker.home, 'logs/machines.trace');
    cluster.master.start();
    worker.start(['--record']);
    await cluster.inStep();
    await waitFor('the sync to be recorded', async () =>
      (await muster(['trace', 'timeline', recording])).stdout.includes('(integrityApply)'),
    );
    await worker.kill('SIGKILL');
    const { size } = statSync(recording);
    worker.start(['--record']);
    const before = join(worker.home, 'logs/machines.previous-1.trace');
    const newSize = () => statSync(recording, { throwIfNoEntry: false })?.size ?? 0;
    await waitFor('the new life', () => existsSync(before) && newSize() > 0);
    assert.equal(statSync(before).size, size);
    const { code, stdout } = await muster(['trace', 'show', before]);
    assert.equal(code, 0);
    assert.match(stdout, /^\S+ \* .*integrity.*: .* done$/m);
    assert.equal((await muster(['trace', 'verify', before])).code, 0);
  });
});
