import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type ConformReport, titleOf } from '../../src/conform/report.ts';
import { conformWorker } from '../../src/conform/worker/conform-worker.ts';
import type { DialectName } from '../../src/protocol/dialects/dialect.ts';
import { Cluster, freePort, KEY } from './cluster.ts';
import { muster } from './node-process.ts';

/** What a worker does now and then it does all the time: a path need not wait for it. */
const SETTINGS = {
  intervals: {
    worker: {
      sync_integrity: 0.3,
      sync_agent_info: 0.3,
      keep_alive: 0.3,
      connection_retry: 0.05,
      agent_groups_mismatch_limit: 3,
    },
  },
};
const TIMES = { timeoutMs: 8_000, watchMs: 2_000, patienceMs: 15_000 };
const DIALECTS: readonly DialectName[] = ['muster', 'wazuh4'];

describe('muster conform --role worker', () => {
  let cluster: Cluster;
  const walks = new Map<DialectName, Promise<ConformReport>>();
  before(async () => {
    cluster = await Cluster.create(0);
    for (const dialect of DIALECTS) {
      const port = await freePort();
      const worker = await cluster.addWorker(`by-${dialect}`, `by-${dialect}`, port);
      writeFileSync(join(worker.home, 'etc/cluster.json'), JSON.stringify(SETTINGS));
      writeFileSync(join(worker.home, 'etc/muster.json'), JSON.stringify({ cluster: { dialect } }));
      worker.start();
      const target = {
        host: '127.0.0.1',
        port,
        dialect,
        key: KEY,
        cluster: 'wazuh',
        isPlain: false,
        release: '4.7.5',
      };
      walks.set(dialect, conformWorker(target, { ...TIMES, isActive: true }));
    }
  });
  after(() => cluster.close());

  for (const [index, dialect] of DIALECTS.entries())
    it(`finds that a worker of Muster conforms in ${dialect}`, async () => {
      const report = await walks.get(dialect);
      assert.ok(report);
      assert.equal(report.worker, cluster.workers[index]?.name);
      assert.equal(report.lost, null);
      const departing = report.paths.filter(({ outcome }) => outcome === 'departs');
      assert.deepEqual(
        departing.map(({ machine, steps, at, expected, got }) => ({
          path: titleOf(machine, steps),
          at,
          expected,
          got,
        })),
        [],
      );
      assert.ok(report.paths.filter(({ outcome }) => outcome === 'conforms').length > 30);
    });

  it('is a command that waits for a worker, says so, and ends with 0', async () => {
    const port = await freePort();
    const worker = await cluster.addWorker('by-command', 'by-command', port);
    writeFileSync(join(worker.home, 'etc/cluster.json'), JSON.stringify(SETTINGS));
    worker.start();
    const args = [
      'conform',
      '--role',
      'worker',
      '--port',
      `${port}`,
      '--key',
      KEY,
      '--only',
      'conform-strings',
    ];
    const { code, stdout, stderr } = await muster(args, 60_000);
    assert.equal(code, 0, stderr);
    assert.match(stderr, /Waiting for a worker to connect to 127\.0\.0\.1:\d+, for at most 60 s\./);
    assert.match(stdout, /^by-command, version /);
    assert.match(stdout, /Everything conforms: \d+ paths\./);
  });

  it('tells of nobody who connects: 3023', async () => {
    const port = `${await freePort()}`;
    const { code, stderr } = await muster([
      'conform',
      '--role',
      'worker',
      '--port',
      port,
      '--key',
      KEY,
      '--patience',
      '1',
    ]);
    assert.match(stderr, /Error 3023 - .*nobody has connected/);
    assert.equal(code, 1);
  });
});
