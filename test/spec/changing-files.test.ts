import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, test } from 'node:test';
import type { CommunicationIntervals } from '../../src/config/node-config.ts';
import { digestOf } from '../../src/files/digest.ts';
import { ClusterInProcess, type InProcessNode, type InProcessWorker } from './cluster-in-process.ts';

const KIB = 1024;
/** Longest time for the runtime's threads to make a directory that was asked for. */
const MAX_MKDIR_MS = 5_000;
let cluster: ClusterInProcess;
afterEach(() => cluster.close());

const STAGED = 'queue/cluster/.staging';

/**
 * Where a worker stages the set under way, below its home: made in a thread, maybe later than the first file is announced.
 * That takes no turn of this one only where the directory above is there.
 */
function stagingOf(home: string): string {
  for (const endMs = performance.now() + MAX_MKDIR_MS; performance.now() < endMs; ) {
    const [task] = existsSync(join(home, STAGED)) ? readdirSync(join(home, STAGED)) : [];
    if (task !== undefined) return join(STAGED, task);
  }
  throw new Error('nothing is staged');
}

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
    await firstRound(cluster.worker());
    return cluster.worker();
  }
  async function firstRound(worker: InProcessWorker): Promise<void> {
    const { log } = worker;
    await cluster.until('the first round', () => log.find(/^(Finished|Failed)/, 'Integrity sync').length > 0);
    assert.deepEqual(log.find(/^Failed/, 'Integrity sync'), []);
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
  const others = { 'etc/rules/small': 'small', 'etc/rules/z-large': large };
  const assertOthers = (worker: InProcessWorker) => {
    for (const [path, content] of Object.entries(others)) assert.ok(worker.read(path) === content, path);
  };
  /** A cluster in which something happens whenever a piece of a file so large arrives. */
  async function startMidway(
    onPiece: (master: InProcessNode) => void,
    communication: Partial<CommunicationIntervals> = {},
  ): Promise<InProcessWorker> {
    const files = { 'etc/rules/large': huge, ...others };
    cluster = ClusterInProcess.prepare({ files, intervals: { communication } });
    await cluster.startMaster();
    const worker = cluster.worker();
    const announcements = new Set<number>();
    const handles = new Set<number>();
    worker.wire.onMessage = ({ from, command, kind, counter, body }) => {
      if (from === 'worker' && command === 'new_file' && kind === 'ok' && announcements.has(counter))
        handles.add(body.handle);
      if (from !== 'master' || kind !== 'request') return;
      if (command === 'new_file' && body.size === huge.length) announcements.add(counter);
      if (command === 'file_upd' && handles.has(body.handle)) onPiece(cluster.master);
    };
    return worker;
  }
  /** What the master says of the file that it leaves out. */
  const leftOut = (why: RegExp) =>
    cluster.master.log.find(
      new RegExp(`^etc/rules/large is left to the next round.*${why.source}`),
      'Integrity sync',
    ).length;
  const midway: [what: string, content: string | null, why: RegExp | null][] = [
    ['is written anew', huge.replaceAll('l', 'L'), /3119.*changed while it was being sent/],
    ['becomes shorter', 'short', /3119.*became shorter/],
    // What was opened is sent to its end, and is what was planned.
    ['is removed', null, null],
  ];
  for (const [what, content, why] of midway) {
    test(`one that ${what} while it is being sent does not hold up the others, and comes with the next round`, async () => {
      let pieces = 0;
      const worker = await startMidway((master) => {
        pieces += 1;
        if (pieces !== 1) return;
        if (content === null) master.remove('etc/rules/large');
        else master.write('etc/rules/large', content);
      });
      await worker.start();
      await firstRound(worker);
      assertOthers(worker);
      assert.equal(leftOut(why ?? /./), why === null ? 0 : 1);
      await nextRound(worker);
    });
  }

  test('one that is written anew all the time: the others come, then and later, and the worker keeps what it had of it', async () => {
    let isBusy = true;
    let pieces = 0;
    const worker = await startMidway((master) => {
      pieces += 1;
      if (isBusy && pieces % 16 === 1)
        master.write('etc/rules/large', huge.replace('large', `${pieces}`.padStart(5)));
    });
    worker.write('etc/rules/large', 'old');
    await worker.start();
    await firstRound(worker);
    assertOthers(worker);
    assert.equal(leftOut(/changed while it was being sent/), 1);
    cluster.master.write('etc/rules/late', 'late');
    cluster.master.noticeFiles();
    await cluster.until('the late file', () => existsSync(join(worker.home, 'etc/rules/late')));
    assert.equal(worker.read('etc/rules/large'), 'old');
    assert.ok(leftOut(/./) >= 2, 'it was tried again');
    assert.deepEqual(worker.wire.requests('worker', 'cancel_task'), []);
    isBusy = false;
    await nextRound(worker);
  });

  test('one that is written anew all the time, and fills the size limit of a round: the others come with the next ones', async () => {
    let pieces = 0;
    const worker = await startMidway(
      (master) => {
        pieces += 1;
        if (pieces % 16 === 1)
          master.write('etc/rules/large', huge.replace('large', `${pieces}`.padStart(5)));
      },
      { maxZipSizeBytes: 16 * KIB, minZipSizeBytes: KIB },
    );
    await worker.start();
    await firstRound(worker);
    assert.equal(
      existsSync(join(worker.home, 'etc/rules/small')),
      false,
      'the first round has no room for it',
    );
    // Each of them fills a round too.
    for (const path of Object.keys(others)) {
      await cluster.roundOver(worker);
      await cluster.pass(10_000);
      await cluster.until(`${path} to come`, () => existsSync(join(worker.home, path)));
    }
    assertOthers(worker);
  });

  test('one that did not change, and that the worker cannot store, ends the round for both, and both name it', async () => {
    cluster = ClusterInProcess.prepare({ files: { 'etc/rules/large': huge, ...others } });
    await cluster.startMaster();
    const worker = cluster.worker();
    const part = `${digestOf(Buffer.from(huge))}.part`;
    worker.write(join('queue/cluster', worker.name, part, 'x'), 'in the way');
    await worker.start();
    const error = /^(Failed .*)?Error 3119 .*etc\/rules\/large: .*not a regular file/;
    for (const { log } of [worker, cluster.master])
      await cluster.until('the error', () => log.find(error, 'Integrity sync').length > 0);
    assert.equal(leftOut(/./), 0);
    assert.equal(existsSync(join(worker.home, 'etc/rules/small')), false);
  });

  test('one that arrived and that the worker cannot put by is named by the master, who knows what it is', async () => {
    cluster = ClusterInProcess.prepare({ files: { 'etc/rules/large': large } });
    await cluster.startMaster();
    const worker = cluster.worker();
    worker.wire.onMessage = ({ from, command, kind, body }) => {
      if (command === 'syn_i_w_m') mkdirSync(join(worker.home, STAGED), { recursive: true });
      if (from !== 'master' || command !== 'new_file' || kind !== 'request') return;
      worker.write(join(stagingOf(worker.home), body.digest, 'x'), 'in the way');
    };
    await worker.start();
    const { log } = cluster.master;
    const error = /The worker cancelled the task: Error 3119 .*EISDIR.*\(etc\/rules\/large\)$/;
    await cluster.until('the error', () => log.find(error, 'Integrity sync').length > 0);
    const told = /Error 3119 .*a large file, which the log of the master names: EISDIR/;
    assert.ok(worker.log.find(told, 'Integrity sync').length > 0);
  });

  test('a package that the worker cannot store ends the round for both, and both name a file that was in it', async () => {
    cluster = ClusterInProcess.prepare({ files: { 'etc/rules/a': 'a', 'etc/rules/b': 'b' } });
    await cluster.startMaster();
    const worker = cluster.worker();
    worker.wire.onMessage = ({ from, command, kind, body }) => {
      if (from !== 'master' || command !== 'new_file' || kind !== 'request') return;
      const part = body.name.replace('.zip', '.part');
      worker.write(join('queue/cluster', worker.name, part, 'x'), 'in the way');
    };
    await worker.start();
    const error = /^(Failed .*)?Error 3119 .*etc\/rules\/a and 1 more: .*not a regular file/;
    for (const { log } of [worker, cluster.master])
      await cluster.until('the error', () => log.find(error, 'Integrity sync').length > 0);
    assert.deepEqual(worker.wire.requests('worker', 'cancel_task'), [], 'the master knows already');
  });

  test('one that was only touched is sent all the same', async () => {
    const worker = await startChanging({ 'etc/rules/large': large }, (master) =>
      master.write('etc/rules/large', large),
    );
    assert.ok(worker.read('etc/rules/large') === large);
  });
});
