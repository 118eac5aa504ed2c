import assert from 'node:assert/strict';
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, test } from 'node:test';
import { nodeStatus } from '../../src/node/effects/local-answers.ts';
import { listNodes } from '../../src/node/effects/nodes.ts';
import {
  afterFailedScan,
  afterScan,
  MAX_LEFT_OUT_NAMES,
  NO_TROUBLE,
  type ScanTrouble,
} from '../../src/node/scan-trouble.ts';
import { MusterError } from '../../src/protocol/errors.ts';
import { ClusterInProcess, type InProcessNode } from '../spec/cluster-in-process.ts';

const [EARLIER, LATER] = ['2026-01-01T00:00:00.000Z', '2026-01-01T00:00:10.000Z'];
const failure = { code: 3119, message: 'File system error: etc/rules: EIO' };

describe('What stands in the way of a scan', () => {
  test('is told since the first scan that failed, whatever the next ones fail of, until one is done', () => {
    const other = { code: 3113, message: 'too many files' };
    const trouble = afterFailedScan(afterFailedScan(NO_TROUBLE, failure, EARLIER), other, LATER);
    assert.deepEqual(trouble.failure, { ...other, since: EARLIER });
    assert.equal(afterScan(trouble, [], LATER).failure, null);
  });

  test('what is left out is told since it was met first, and no longer than it lasts', () => {
    const problem = (path: string) => ({ path, message: 'EACCES' });
    const first = afterScan(NO_TROUBLE, [problem('a')], EARLIER);
    const second = afterScan(afterFailedScan(first, failure, EARLIER), [problem('a'), problem('b')], LATER);
    assert.deepEqual(second.leftOut, {
      count: 2,
      files: [
        { ...problem('a'), since: EARLIER },
        { ...problem('b'), since: LATER },
      ],
    });
    assert.deepEqual(afterScan(second, [], LATER), NO_TROUBLE);
  });

  test('names of what is left out are bounded, the count is not', () => {
    const problems = Array.from({ length: 1_000 }, (_, at) => ({ path: `${at}`, message: 'EACCES' }));
    const { leftOut } = afterScan(NO_TROUBLE, problems, EARLIER);
    assert.deepEqual([leftOut.count, leftOut.files.length], [1_000, MAX_LEFT_OUT_NAMES]);
  });
});

describe('A node whose files cannot be looked at', () => {
  let cluster: ClusterInProcess;
  afterEach(() => cluster.close());
  const EIO = "EIO: i/o error, scandir 'etc/rules'";

  /** Lets every scan of a node fail until it is told to stop. */
  function breakDisk(node: InProcessNode): () => void {
    const { index } = node.services;
    const scan = index.scan.bind(index);
    index.scan = () => Promise.reject(new MusterError(3119, EIO));
    return () => {
      index.scan = scan;
    };
  }
  const told = (node: InProcessNode) =>
    nodeStatus(node.services) as Pick<ScanTrouble, 'leftOut'> & {
      scanFailure: ScanTrouble['failure'];
      lastLocalIntegrity: { files: number; failure: object | null } | null;
    };

  test('a master tells of it in its status and in the list of nodes, and no more once it can again', async () => {
    cluster = await ClusterInProcess.start({ files: { 'etc/rules/a.xml': 'a' } });
    const { master } = cluster;
    const own = () => listNodes(master.services, { filter_type: 'master' }).items[0];
    assert.equal(own()?.scanFailure, undefined);
    const files = told(master).lastLocalIntegrity?.files;
    const mend = breakDisk(master);
    master.noticeFiles();
    await cluster.until('the scan to fail', () => told(master).scanFailure !== null);
    const { scanFailure, lastLocalIntegrity } = told(master);
    const message = `File system error: ${EIO}`;
    assert.deepEqual({ ...scanFailure, since: '' }, { code: 3119, message, since: '' });
    assert.ok(Number.isFinite(Date.parse(scanFailure?.since ?? '')));
    assert.deepEqual(
      [lastLocalIntegrity?.failure, lastLocalIntegrity?.files],
      [{ code: 3119, message }, files],
    );
    const error = { code: 3119, detail: EIO };
    assert.deepEqual(own()?.scanFailure, { since: scanFailure?.since, error });
    mend();
    master.noticeFiles();
    await cluster.until('a scan to succeed', () => told(master).scanFailure === null);
    assert.equal(told(master).lastLocalIntegrity?.failure, null);
    assert.equal(own()?.scanFailure, undefined);
  });

  test('a worker tells of it in its status', async () => {
    cluster = await ClusterInProcess.start({ files: { 'etc/rules/a.xml': 'a' } });
    const worker = cluster.worker();
    const mend = breakDisk(worker);
    worker.noticeFiles();
    await cluster.until('the scan to fail', () => told(worker).scanFailure !== null);
    assert.equal(told(worker).scanFailure?.code, 3119);
    mend();
    worker.noticeFiles();
    await cluster.until('a scan to succeed', () => told(worker).scanFailure === null);
  });

  test('files that are left out are named with the reason', async () => {
    cluster = ClusterInProcess.prepare({ files: { 'etc/rules/a.xml': 'a' } });
    symlinkSync('a.xml', join(cluster.master.home, 'etc/rules/link.xml'));
    await cluster.startMaster();
    await cluster.until('the first scan', () => told(cluster.master).lastLocalIntegrity !== null);
    const { count, files } = told(cluster.master).leftOut;
    assert.equal(count, 1);
    assert.equal(files[0]?.path, 'etc/rules/link.xml');
    assert.match(files[0]?.message ?? '', /only plain files/);
  });
});
