import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, type TestContext, test } from 'node:test';
import { incomingDirectory } from '../../src/node/spool.ts';
import { NOTHING } from '../../src/node/transfers/amount.ts';
import { ClusterInProcess, type InProcessNode } from '../spec/cluster-in-process.ts';
import { content, Stage } from './stage.ts';
import { waitFor } from './wait-for.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

function lay(directory: string, name: string, ageMs: number, sizeBytes = 10): void {
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, name), content(sizeBytes));
  const at = new Date(Date.now() - ageMs);
  utimesSync(join(directory, name), at, at);
}

describe('what peers left on a node and never come back for', () => {
  let cluster: ClusterInProcess;
  afterEach(() => cluster.close());
  const nodes: [string, () => Promise<InProcessNode>][] = [
    ['master', async () => cluster.startMaster().then(() => cluster.master)],
    [
      'worker',
      async () =>
        cluster
          .worker()
          .start()
          .then(() => cluster.worker()),
    ],
  ];
  const homeOf = (what: string) => (what === 'master' ? cluster.master : cluster.worker()).home;

  for (const [what, start] of nodes) {
    test(`goes when a ${what} starts: parts, complete files, and the directories`, async () => {
      cluster = ClusterInProcess.prepare();
      const [old, mixed] = ['old', 'mixed'].map((peer) => incomingDirectory(homeOf(what), peer)) as [
        string,
        string,
      ];
      for (const name of [`${'a'.repeat(128)}.part`, `${'b'.repeat(128)}.bin`, 'complete'])
        lay(old, name, 25 * HOUR_MS);
      lay(mixed, 'complete', 25 * HOUR_MS);
      lay(mixed, `${'c'.repeat(128)}.part`, 23 * HOUR_MS);
      await start();
      await cluster.until('old files to go', () => !existsSync(old) && readdirSync(mixed).length === 1);
      assert.deepEqual(readdirSync(mixed), [`${'c'.repeat(128)}.part`]);
    });
  }

  test('goes within an hour after it has become too old', async () => {
    cluster = ClusterInProcess.prepare();
    const directory = incomingDirectory(cluster.master.home, 'gone');
    lay(directory, `${'a'.repeat(128)}.part`, DAY_MS - HOUR_MS / 2);
    await cluster.startMaster();
    // Its hour begins when it has ended, and disks are not as fast as clocks.
    await cluster.until('the first look to end', () => {
      const sweep = cluster.master.root.getSnapshot().children.spoolSweep;
      return sweep.getSnapshot().matches('waiting');
    });
    await cluster.pass(HOUR_MS - 1_000);
    assert.ok(existsSync(directory));
    await cluster.pass(2_000);
    await cluster.until('it to go', () => !existsSync(directory));
  });
});

const keeping = ({ bytes, maxAgeMs }: { bytes: number; maxAgeMs: number }) => ({
  allowed: { process: { files: 100, bytes }, sent: NOTHING },
  maxAgeMs,
  nowMs: Date.now(),
});

/** A receiver with the spools of one peer that sends and one that is gone. */
async function sending(t: TestContext) {
  const stage = new Stage(t, {
    receiver: { spoolDirectories: async () => [stage.spool, join(stage.directory, 'gone')] },
  });
  const { from } = stage.connect();
  await from.channel.request('new_file', { name: 'file', size: 10, digest: 'a'.repeat(128) });
  const sweep = () => stage.receiver.transfers.sweep(keeping({ bytes: 1000, maxAgeMs: DAY_MS }));
  return { stage, from, sweep, gone: join(stage.directory, 'gone') };
}

test('a directory that a file is arriving in is left alone until it has arrived', async (t) => {
  const { stage, from, sweep, gone } = await sending(t);
  lay(stage.spool, 'complete', 25 * HOUR_MS);
  lay(gone, 'complete', 25 * HOUR_MS);
  assert.deepEqual((await sweep()).removed, [join(gone, 'complete')]);
  assert.deepEqual(await stage.spooled(), [`${'a'.repeat(128)}.part`, 'complete']);
  from.destroy();
  await waitFor('the rest to go', async () =>
    (await sweep()).removed.includes(join(stage.spool, 'complete')),
  );
  assert.ok(!existsSync(stage.spool) && !existsSync(gone));
});

test('a directory that cannot be looked at is reported, and keeps the others from nothing', async (t) => {
  const stage = new Stage(t, {
    receiver: { spoolDirectories: async () => ['odd', 'gone'].map((name) => join(stage.directory, name)) },
  });
  lay(stage.directory, 'odd', 25 * HOUR_MS);
  lay(join(stage.directory, 'gone'), 'complete', 25 * HOUR_MS);
  const { failures } = await stage.receiver.transfers.sweep(keeping({ bytes: 0, maxAgeMs: 0 }));
  assert.deepEqual(
    failures.map(({ code }) => code),
    [3119],
  );
  assert.ok(!existsSync(join(stage.directory, 'gone')));
});

test('a directory that was removed is there again for the next file', async (t) => {
  const { stage, from, sweep } = await sending(t);
  from.destroy();
  await waitFor('the directory to go', () => sweep().then(() => !existsSync(stage.spool)));
  const again = stage.connect();
  await again.from.channel.request('new_file', { name: 'file', size: 10, digest: 'b'.repeat(128) });
  assert.deepEqual(await stage.spooled(), [`${'b'.repeat(128)}.part`]);
});
