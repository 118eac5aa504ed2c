import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, test } from 'node:test';
import { ClusterInProcess, type InProcessNode, type InProcessWorker } from './cluster-in-process.ts';

const KIB = 1024;
let cluster: ClusterInProcess;
afterEach(() => cluster.close());

describe('a file that changes while a round runs', () => {
  /** A cluster in which something happens to a file of the master after the comparison, in the first round only. */
  async function startChanging(files: Record<string, string>, change: (master: InProcessNode) => void) {
    cluster = ClusterInProcess.prepare({ files });
    await cluster.startMaster();
    let rounds = 0;
    cluster.worker().wire.onMessage = ({ from, command, kind }) => {
      if (from !== 'worker' || command !== 'syn_m_c' || kind !== 'ok') return;
      rounds += 1;
      if (rounds === 1) change(cluster.master);
    };
    await cluster.worker().start();
    await cluster.until(
      'the first round',
      () => cluster.worker().log.find(/^Finished/, 'Integrity sync').length > 0,
    );
    return cluster.worker();
  }
  /** The master looks again, and the worker comes in step. */
  async function nextRound(worker: InProcessWorker): Promise<void> {
    await cluster.roundOver(worker);
    const { digest } = cluster.master.services.index;
    cluster.master.noticeFiles();
    await cluster.until('the scan', () => cluster.master.services.index.digest !== digest);
    await cluster.pass(2_000);
    await cluster.settled(worker);
  }
  const large = 'large'.repeat(400 * KIB);
  const changes: [what: string, file: string, change: (master: InProcessNode, path: string) => void][] = [
    ['changes', 'etc/rules/small', (master, path) => master.write(path, 'changed')],
    ['vanishes', 'etc/rules/small', (master, path) => master.remove(path)],
    [
      'becomes a directory',
      'etc/rules/small',
      (master, path) => {
        master.remove(path);
        master.write(`${path}/x`, 'x');
      },
    ],
    ['changes', 'etc/rules/large', (master, path) => master.write(path, large.replaceAll('l', 'L'))],
    ['grows', 'etc/rules/large', (master, path) => master.write(path, `${large}more`)],
    ['vanishes', 'etc/rules/large', (master, path) => master.remove(path)],
  ];
  for (const [what, path, change] of changes) {
    test(`one that ${what} (${path}) does not hold up the others, is named in the log, and comes with the next round`, async () => {
      const files = { 'etc/rules/small': 'small', 'etc/rules/large': large, 'etc/rules/other': 'other' };
      const worker = await startChanging(files, (master) => change(master, path));
      assert.equal(existsSync(join(worker.home, path)), false);
      for (const other of Object.keys(files))
        if (other !== path) assert.ok(worker.read(other) === files[other as keyof typeof files]);
      assert.equal(
        cluster.master.log.find(new RegExp(`${path} is left to the next round`), 'Integrity sync').length,
        1,
      );
      await nextRound(worker);
    });
  }

  /** Three times what is under way at once: the end is not read before the first piece arrives. */
  const huge = large.repeat(6);
  const midway: [what: string, content: string | null, error: RegExp][] = [
    ['is written anew', huge.replaceAll('l', 'L'), /3119.*etc\/rules\/large: changed while/],
    ['becomes shorter', 'short', /3119.*etc\/rules\/large: became shorter/],
    // What was opened is sent to its end, and is what was planned.
    ['is removed', null, /^Finished/],
  ];
  for (const [what, content, ending] of midway) {
    test(`one that ${what} while it is being sent ends the round with words that name it, and comes with the next`, async () => {
      cluster = ClusterInProcess.prepare({ files: { 'etc/rules/large': huge, 'etc/rules/small': 'small' } });
      await cluster.startMaster();
      const worker = cluster.worker();
      let pieces = 0;
      worker.wire.onMessage = ({ from, command, kind, body }) => {
        if (from !== 'master' || command !== 'file_upd' || kind !== 'request' || body.data.length < 64 * KIB)
          return;
        pieces += 1;
        if (pieces !== 1) return;
        if (content === null) cluster.master.remove('etc/rules/large');
        else cluster.master.write('etc/rules/large', content);
      };
      await worker.start();
      await cluster.until('the end of the round', () => worker.log.find(ending, 'Integrity sync').length > 0);
      await nextRound(worker);
    });
  }

  test('one that was only touched is sent all the same', async () => {
    const worker = await startChanging({ 'etc/rules/large': large }, (master) =>
      master.write('etc/rules/large', large),
    );
    assert.ok(worker.read('etc/rules/large') === large);
  });
});
