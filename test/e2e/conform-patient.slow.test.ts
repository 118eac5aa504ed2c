import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type ConformReport, conform } from '../../src/conform/conform.ts';
import { conformWorker } from '../../src/conform/worker/conform-worker.ts';
import type { DialectName } from '../../src/protocol/dialects/dialect.ts';
import { INTERVALS, PATIENT_PATHS, PEER_TIMEOUT_MS } from '../conform/patient.ts';
import { haveSomethingToTell } from './agent-news.ts';
import { Cluster, freePort, KEY, waitFor } from './cluster.ts';
import type { NodeProcess } from './node-process.ts';
import { departuresOf } from './walked.ts';

const TIMES = { timeoutMs: 8_000, idleTimeoutMs: 8_000, patienceMs: 15_000 };
const DIALECTS: readonly DialectName[] = ['muster', 'wazuh4'];
const OPTIONS = { isActive: true, peerTimeoutMs: PEER_TIMEOUT_MS, only: PATIENT_PATHS };

describe('muster conform --patient', () => {
  let cluster: Cluster;
  before(async () => {
    cluster = await Cluster.create(0);
    configure(cluster.master);
    cluster.write('etc/rules/a.xml', 'a\n');
    cluster.master.start();
    await waitFor('the master to know its set', async () => {
      const status = await cluster.status(cluster.master).catch(() => null);
      return typeof status?.digest === 'string';
    });
  });
  after(() => cluster.close());

  const configure = ({ home }: NodeProcess) =>
    writeFileSync(join(home, 'etc/cluster.json'), JSON.stringify({ intervals: INTERVALS }));
  const targetAt = (port: number, dialect: DialectName) => ({
    host: '127.0.0.1',
    port,
    dialect,
    key: KEY,
    cluster: 'wazuh',
    isPlain: false,
    release: '4.7.5',
  });

  for (const dialect of DIALECTS)
    it(`finds that a master of Muster gives up what does not go on, in ${dialect}`, async () => {
      conforms(await conform(targetAt(cluster.port, dialect), { ...OPTIONS, timeoutMs: TIMES.timeoutMs }));
    });

  for (const dialect of DIALECTS)
    it(`finds that a worker of Muster gives up what does not go on, in ${dialect}`, async () => {
      const port = await freePort();
      const node = await cluster.addWorker(`by-${dialect}`, `by-${dialect}`, port);
      configure(node);
      writeFileSync(join(node.home, 'etc/muster.json'), JSON.stringify({ cluster: { dialect } }));
      cluster.write('etc/client.keys', `001 agent1 any ${'a'.repeat(64)}\n`, node);
      node.start();
      await haveSomethingToTell(node);
      conforms(await conformWorker(targetAt(port, dialect), { ...TIMES, ...OPTIONS, hasAgents: true }));
    });
});

/** Every path was walked to its end, but for those on which implementations may differ. */
function conforms(report: ConformReport): void {
  assert.deepEqual(departuresOf(report), []);
  assert.equal(report.lost, null);
  assert.deepEqual(report.notWalked, []);
  const walked = report.paths.filter(({ outcome }) => outcome === 'conforms');
  assert.ok(walked.length >= 3, JSON.stringify(report.paths));
}
