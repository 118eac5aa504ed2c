import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { ConformReport } from '../../src/conform/report.ts';
import { conformWorker } from '../../src/conform/worker/conform-worker.ts';
import type { DialectName } from '../../src/protocol/dialects/dialect.ts';
import { haveSomethingToTell } from './agent-news.ts';
import { Cluster, freePort, KEY } from './cluster.ts';
import { muster, type NodeProcess } from './node-process.ts';
import { assertCaused, departuresOf, type Held } from './walked.ts';

/** What a worker does now and then it does all the time: a path need not wait for it. */
const SETTINGS = {
  intervals: {
    worker: {
      sync_integrity: 0.1,
      sync_agent_info: 0.1,
      keep_alive: 0.1,
      connection_retry: 0.05,
      agent_groups_mismatch_limit: 3,
    },
  },
};
const TIMES = { timeoutMs: 8_000, idleTimeoutMs: 8_000, patienceMs: 15_000 };
const DIALECTS: readonly DialectName[] = ['muster', 'wazuh4'];

/** The machines of a worker that a master speaks to, and what of them no path of a master can or shall cause. */
const HELD: Held = {
  'client-handler': [],
  'integrity-check': [],
  // What comes while a set is put in place no master sends: it waits for the answer.
  'integrity-apply': [/\(any state\): rx\.\*/],
  // What is confirmed would be lost to the worker's own master. One agent is one chunk.
  'agent-info-send': [/\(any state\): rx\.\*/, /\[isComplete\]/, /\[hasSeveralChunks\]/],
  // The next groups come when the master has heard of the last.
  'groups-follow': [/(?:receiving|overwriting): rx\./],
  transfers: [],
};
/** What a master causes: its requests, as the handler hears them and as it passes them on. */
const OF_A_MASTER = /: rx\./;

interface Tested {
  readonly node: NodeProcess;
  /** Where it finds its master. */
  readonly port: number;
}

describe('muster conform --role worker', () => {
  let cluster: Cluster;
  const recordingOf = (dialect: DialectName) => join(cluster.directory, `${dialect}.trace`);
  const walks = new Map<DialectName, Promise<ConformReport>>();
  before(async () => {
    cluster = await Cluster.create(0);
    const workers = new Map<DialectName, Tested>();
    for (const dialect of DIALECTS)
      workers.set(dialect, await worker(`by-${dialect}`, { cluster: { dialect } }));
    await Promise.all(
      Array.from(workers, async ([dialect, { node, port }]) => {
        cluster.write('etc/client.keys', `001 agent1 any ${'a'.repeat(64)}\n`, node);
        node.start(['--record', recordingOf(dialect)]);
        await haveSomethingToTell(node);
        const target = {
          host: '127.0.0.1',
          port,
          dialect,
          key: KEY,
          cluster: 'wazuh',
          isPlain: false,
          release: '4.7.5',
        };
        walks.set(dialect, conformWorker(target, { ...TIMES, isActive: true, hasAgents: true }));
      }),
    );
  });

  /** A worker that is to be tested at a port of its own; it is not started. */
  async function worker(name: string, settings: object = {}): Promise<Tested> {
    const port = await freePort();
    const node = await cluster.addWorker(name, name, port);
    writeFileSync(join(node.home, 'etc/cluster.json'), JSON.stringify(SETTINGS));
    writeFileSync(join(node.home, 'etc/muster.json'), JSON.stringify(settings));
    return { node, port };
  }
  after(() => cluster.close());

  for (const [index, dialect] of DIALECTS.entries())
    it(`finds that a worker of Muster conforms in ${dialect}`, async () => {
      const report = await walks.get(dialect);
      assert.ok(report);
      assert.equal(report.worker, cluster.workers[index]?.name);
      assert.equal(report.lost, null);
      assert.deepEqual(departuresOf(report), []);
      assert.ok(report.paths.filter(({ outcome }) => outcome === 'conforms').length > 30);
    });

  it('is a command that waits for a worker, says so, and ends with 0', async () => {
    const { node, port } = await worker('by-command');
    node.start();
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
    assert.match(stdout, /Nothing departs from the model: \d+ paths conform to their end\./);
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

  it('has walked the handler and the processes of those workers through all that a master can cause', async () => {
    await Promise.all(cluster.workers.slice(0, DIALECTS.length).map((node) => node.kill('SIGTERM')));
    assertCaused(DIALECTS.map(recordingOf), OF_A_MASTER, HELD);
  });
});
