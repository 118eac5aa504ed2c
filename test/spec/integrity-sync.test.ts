import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, test } from 'node:test';
import { createActor } from 'xstate';
import { packageLimitMachine } from '../../machines/integrity/package-limit.ts';
import { PACKAGES_DIRECTORY } from '../../src/files/package-store.ts';
import { MAX_UNTOLD_PROGRESS_BYTES } from '../../src/node/transfers/limits.ts';
import { ClusterInProcess, roundOf } from './cluster-in-process.ts';
import { Peer } from './peer.ts';

const SYNC_INTEGRITY_MS = 9_000;
/** Default of timeout_receiving_file. */
const RECEIVE_TIMEOUT_MS = 120_000;
const KIB = 1024;

const blake2b = (content: string) => createHash('blake2b512').update(content).digest('hex');
const kilobytes = (count: number, letter: string) => letter.repeat(count * KIB);

let cluster: ClusterInProcess;
afterEach(() => cluster.close());

/** A master, and a peer in place of its worker. */
async function withPeer(files: Record<string, string> = { 'etc/rules/local.xml': 'x' }): Promise<Peer> {
  cluster = ClusterInProcess.prepare({ files });
  await cluster.startMaster();
  const peer = await Peer.connect(cluster.worker().wire, cluster.clock);
  await peer.hello();
  return peer;
}

/** Metadata of a file as a worker tells it. */
const metadata = (content: string, change: object = {}) => ({
  mod_time: 1,
  cluster_item_key: 'etc/rules/',
  merged: false,
  hash: blake2b(content),
  size: content.length,
  ...change,
});

/** What the peer is told to do: the announcement, the manifest, and the packages that come before it. */
async function told(peer: Peer, worker: Record<string, unknown>) {
  const task = await peer.show(JSON.stringify(worker));
  const announcement = await peer.confirm('syn_m_c', { task: `${task}-w` });
  const packages: Buffer[] = [];
  let pieces: Buffer[] = [];
  for (let name = ''; name !== `${task}.json`; ) {
    pieces = [];
    const file = await peer.accept('nothing', async (_offset, data) => {
      pieces.push(Buffer.from(data));
    });
    await peer.confirm('file_end', {});
    name = file.args.name;
    if (name.endsWith('.zip')) packages.push(Buffer.concat(pieces));
  }
  const manifest = JSON.parse(Buffer.concat(pieces).toString());
  const names = ({ missing, shared, extra }: Record<string, object>) => ({
    missing: Object.keys(missing ?? {}),
    shared: Object.keys(shared ?? {}),
    extra: Object.keys(extra ?? {}),
  });
  return { counts: announcement.args, groups: names(manifest), manifest, packages };
}

/** Files and directories that a process leaves only while it runs. */
function leftovers(home: string): string[] {
  const below = (path: string) =>
    existsSync(join(home, path)) ? readdirSync(join(home, path)).map((name) => `${path}/${name}`) : [];
  const incoming = ['peer', 'worker1', 'worker2'].flatMap((name) => below(`queue/cluster/${name}`));
  return [...below('queue/cluster/.staging'), ...below('queue/cluster/.outgoing'), ...incoming];
}

describe('Integrity thread, stage 2: The worker sends the master a JSON file containing the following information:', () => {
  /** The JSON of the worker's first metadata. */
  const sentMetadata = async (files: Record<string, string>) => {
    cluster = ClusterInProcess.prepare({ files: { 'etc/rules/of-master.xml': 'x' } });
    const worker = cluster.worker();
    for (const [path, content] of Object.entries(files)) worker.write(path, content);
    await cluster.startMaster();
    await worker.start();
    await cluster.settled(worker);
    const bytes = worker.wire.requests('worker', 'file_upd').map(({ body }) => Buffer.from(body.data));
    return JSON.parse(Buffer.concat(bytes).toString()) as Record<string, Record<string, unknown>>;
  };

  test('Path', async () => {
    const sent = await sentMetadata({ 'etc/rules/a.xml': 'a', 'etc/shared/default/ar.conf': 'excluded' });
    assert.deepEqual(Object.keys(sent), ['etc/rules/a.xml']);
  });

  test('Modification time', async () => {
    const files = { 'etc/rules/a.xml': 'a' };
    cluster = ClusterInProcess.prepare();
    const beforeSeconds = Date.now() / 1000 - 1;
    const sent = await sentMetadata(files);
    const seconds = sent['etc/rules/a.xml']?.mod_time as number;
    assert.ok(seconds > beforeSeconds && seconds < Date.now() / 1000 + 1, `${seconds}`);
  });

  test('Blake2b checksum', async () => {
    const sent = await sentMetadata({ 'etc/rules/a.xml': 'content' });
    assert.equal(sent['etc/rules/a.xml']?.hash, blake2b('content'));
  });

  test('Whether the file is a merged file or not. And if it’s merged: The merge type. The filename.', async () => {
    const merged = 'etc/shared/agent-groups.merged';
    const sent = await sentMetadata({ 'etc/rules/a.xml': 'a', [merged]: '' });
    assert.equal(sent['etc/rules/a.xml']?.merged, false);
    const { merged: isMerged, merge_type, merge_name } = sent[merged] ?? {};
    assert.deepEqual([isMerged, merge_type, merge_name], [true, 'agent-groups', merged]);
  });
});

describe('Integrity thread, stage 3', () => {
  test('The master compares the received checksums with its own and creates three different groups of files.', async () => {
    const peer = await withPeer({ 'etc/rules/a': 'a', 'etc/rules/b': 'b', 'etc/rules/c': 'c' });
    const worker = {
      'etc/rules/b': metadata('b', { mod_time: 99, size: 77 }),
      'etc/rules/c': metadata('other'),
      'etc/rules/d': metadata('d'),
    };
    const { groups, counts } = await told(peer, worker);
    assert.deepEqual(groups, { missing: ['etc/rules/a'], shared: ['etc/rules/c'], extra: ['etc/rules/d'] });
    assert.deepEqual([counts.missing, counts.shared, counts.extra], [1, 1, 1]);
  });

  test('Missing: Files that are present in the master node but missing in the worker. They must be created in the worker.', async () => {
    cluster = ClusterInProcess.prepare({ files: { 'etc/shared/a/b/c.conf': 'deep' } });
    await cluster.startMaster();
    const worker = cluster.worker();
    await worker.start();
    await cluster.settled(worker);
    assert.equal(worker.read('etc/shared/a/b/c.conf'), 'deep');
    assert.equal(statSync(join(worker.home, 'etc/shared/a/b/c.conf')).mode & 0o777, 0o660);
    assert.equal(worker.log.find(/^Created etc\/shared\/a\/b\/c.conf$/, 'Integrity sync').length, 1);
  });

  test('Extra: Files that are present in the worker node but missing in the master. They must be removed in the worker node as well.', async () => {
    cluster = ClusterInProcess.prepare({ files: { 'etc/rules/kept.xml': 'x' } });
    const worker = cluster.worker();
    worker.write('etc/rules/extra.xml', 'of the worker');
    worker.write('etc/shared/gone/agent.conf', 'of the worker');
    await cluster.startMaster();
    await worker.start();
    await cluster.settled(worker);
    assert.equal(existsSync(join(worker.home, 'etc/rules/extra.xml')), false);
    assert.equal(existsSync(join(worker.home, 'etc/shared/gone')), false);
    assert.equal(worker.log.find(/^Deleted /, 'Integrity sync').length, 2);
  });

  test('Shared: Files that are present in both master and worker but have a different checksum. They must be updated in the worker node.', async () => {
    cluster = ClusterInProcess.prepare({ files: { 'etc/rules/a.xml': 'same', 'etc/rules/b.xml': 'new' } });
    const worker = cluster.worker();
    worker.write('etc/rules/a.xml', 'same');
    worker.write('etc/rules/b.xml', 'old');
    const { ino } = statSync(join(worker.home, 'etc/rules/a.xml'));
    await cluster.startMaster();
    await worker.start();
    await cluster.settled(worker);
    assert.equal(worker.read('etc/rules/b.xml'), 'new');
    assert.deepEqual(
      worker.log.find(/^Updated/, 'Integrity sync').map(({ message }) => message),
      ['Updated etc/rules/b.xml'],
    );
    assert.equal(statSync(join(worker.home, 'etc/rules/a.xml')).ino, ino, 'what is equal is left alone');
  });

  test('Then the master prepares a zip package with a JSON containing all this information and the required files the worker needs to update.', async () => {
    const peer = await withPeer({ 'etc/rules/a': 'aaa', 'etc/rules/b': 'bbb' });
    const { manifest, packages } = await told(peer, {
      'etc/rules/b': metadata('bbb'),
      'etc/rules/c': metadata('c'),
    });
    assert.equal(manifest.missing['etc/rules/a'].hash, blake2b('aaa'));
    assert.equal(manifest.extra['etc/rules/c'].hash, blake2b('c'));
    await peer.confirm('syn_m_c_e', {});
    assert.equal(packages.length, 1);
    const zip = packages[0] ?? Buffer.alloc(0);
    assert.equal(zip.subarray(0, 4).toString('latin1'), 'PK\u0003\u0004');
    assert.ok(zip.includes('files_metadata.json') && zip.includes('etc/rules/a'));
    assert.ok(zip.includes('aaa') && !zip.includes('bbb'), 'what the worker has does not travel');
  });

  test('… the same package serves all workers: it is made once', async () => {
    cluster = ClusterInProcess.prepare({ workers: 3 });
    for (let i = 0; i < 50; i += 1) cluster.master.write(`etc/rules/${i}.xml`, `rule ${i}`);
    await cluster.startMaster();
    await Promise.all(cluster.workers.map((worker) => worker.start()));
    for (const worker of cluster.workers) await cluster.settled(worker);
    assert.equal(cluster.master.services.packages.builds, 1);
  });

  test('The maximum zip size is specified in the max_zip_size variable of the cluster.json file.', async () => {
    cluster = ClusterInProcess.prepare();
    const limits = { max_zip_size: 100 * KIB, min_zip_size: 10 * KIB };
    cluster.master.write('etc/cluster.json', JSON.stringify({ intervals: { communication: limits } }));
    for (const name of ['a', 'b', 'c']) cluster.master.write(`etc/rules/${name}`, kilobytes(40, name));
    await cluster.startMaster();
    const worker = cluster.worker();
    await worker.start();
    await cluster.roundOver(worker);
    const { files, bytes } = worker.wire.requests('master', 'syn_m_c')[0]?.body ?? {};
    assert.deepEqual([files, bytes], [2, 80 * KIB]);
  });

  test('In case it is exceeded, the remaining files will be synced in the next iteration of Integrity.', async () => {
    cluster = ClusterInProcess.prepare({
      intervals: { communication: { maxZipSizeBytes: 100 * KIB, minZipSizeBytes: 10 * KIB } },
    });
    for (const name of ['a', 'b', 'c', 'd', 'e'])
      cluster.master.write(`etc/rules/${name}`, kilobytes(40, name));
    const worker = cluster.worker();
    worker.write('etc/rules/extra', 'x');
    await cluster.startMaster();
    await worker.start();
    const count = () => readdirSync(join(worker.home, 'etc/rules')).length;
    for (const [round, expected] of [2, 4, 5].entries()) {
      await cluster.roundOver(worker);
      assert.equal(count(), expected, `after round ${round + 1}`);
      // The next iteration follows soon: after 500 ms, then after 1 s.
      await cluster.pass(500 * 2 ** round);
    }
    await cluster.settled(worker);
    const messages = worker.log.find(/left to the next round/).map(({ message }) => message.split(' ')[0]);
    assert.deepEqual(messages, ['3', '1']);
  });

  test('… compress_level of cluster.json is what it is packed with', async () => {
    const sizes: number[] = [];
    for (const compress_level of [0, 9]) {
      cluster = ClusterInProcess.prepare({ files: { 'etc/rules/a': kilobytes(40, 'abcdefgh') } });
      const communication = { compress_level };
      cluster.master.write('etc/cluster.json', JSON.stringify({ intervals: { communication } }));
      await cluster.startMaster();
      await cluster.worker().start();
      await cluster.settled(cluster.worker());
      const sent = cluster.worker().wire.requests('master', 'new_file');
      sizes.push(sent.find(({ body }) => body.name.endsWith('.zip'))?.body.size);
      if (compress_level === 0) await cluster.close();
    }
    const [stored = 0, packed = 0] = sizes;
    assert.ok(stored > 40 * KIB && packed < 10 * KIB, `${stored} and ${packed} bytes`);
  });

  test('… a file above the limit travels alone, so that every round gets on', async () => {
    cluster = ClusterInProcess.prepare({
      intervals: { communication: { maxZipSizeBytes: 10 * KIB, minZipSizeBytes: KIB } },
      files: { 'etc/rules/a': kilobytes(40, 'a'), 'etc/rules/b': kilobytes(40, 'b') },
    });
    await cluster.startMaster();
    const worker = cluster.worker();
    await worker.start();
    await cluster.roundOver(worker);
    await cluster.pass(500);
    await cluster.settled(worker);
    assert.deepEqual(
      worker.wire.requests('master', 'syn_m_c').map(({ body }) => body.files),
      [1, 1],
    );
  });
});

describe('Integrity thread, stage 4', () => {
  test('Once the worker receives the package, it updates the necessary files.', async () => {
    cluster = await ClusterInProcess.start({ files: { 'etc/rules/a.xml': 'old', 'etc/rules/b.xml': 'b' } });
    const { wire, home } = cluster.worker();
    // Whatever arrives before the last word is not in place yet: all of it or nothing.
    let before = '';
    wire.onMessage = ({ from, command, kind }) => {
      if (from === 'master' && command === 'syn_m_c_e' && kind === 'request')
        before = cluster.worker().read('etc/rules/a.xml');
    };
    cluster.master.write('etc/rules/a.xml', 'new');
    cluster.master.noticeFiles();
    await cluster.settled(cluster.worker());
    assert.equal(before, 'old');
    assert.equal(cluster.worker().read('etc/rules/a.xml'), 'new');
    await cluster.until('temporary files to go', () => leftovers(home).length === 0);
    await cluster.until('temporary files to go', () => leftovers(cluster.master.home).length === 0);
  });
});

describe('If there is no data to synchronize or there has been an error reading data from the worker, the worker is always notified about it.', () => {
  test('no data to synchronize: metadata that equals the master’s', async () => {
    const peer = await withPeer({ 'etc/rules/a': 'aaa' });
    const task = await peer.show(JSON.stringify({ 'etc/rules/a': metadata('aaa') }));
    const { args } = await peer.confirm('syn_m_c_ok', {});
    assert.deepEqual(args, { task });
    await cluster.until('the permission', async () => (await peer.ask()).granted);
    assert.equal(cluster.master.log.find(/Sync not required/, 'Integrity check').length, 1);
  });

  test('no data to synchronize: a check costs one request', async () => {
    cluster = await ClusterInProcess.start({ files: { 'etc/rules/a': 'aaa' } });
    const worker = cluster.worker();
    await cluster.pass(SYNC_INTEGRITY_MS);
    await cluster.until('the round to end', () => roundOf(worker.root) === 'waiting');
    const channel = worker.services.channels.master();
    const before = { ...channel?.statistics };
    const sentBefore = worker.wire.sent.length;
    await cluster.pass(SYNC_INTEGRITY_MS);
    await cluster.until('the round to end', () => roundOf(worker.root) === 'waiting');
    assert.equal((channel?.statistics.messagesOut ?? 0) - (before.messagesOut ?? 0), 1);
    assert.equal((channel?.statistics.messagesIn ?? 0) - (before.messagesIn ?? 0), 1);
    const reply = worker.wire.sent.at(-1);
    assert.deepEqual([worker.wire.sent.length - sentBefore, reply?.command], [2, 'syn_i_w_m_p']);
    assert.deepEqual([reply?.body.inStep, reply?.body.granted], [true, false]);
  });

  for (const [what, shown, code] of [
    ['no JSON', 'this is no JSON', 3036],
    ['not UTF-8', Buffer.from([0x7b, 0xff, 0x7d]), 3036],
    ['not a list of files', '{"etc/rules/a":{"hash":1}}', 3036],
    ['a path that leaves the home', JSON.stringify({ '../../etc/passwd': metadata('x') }), 3114],
  ] as const) {
    test(`an error reading data from the worker: its metadata is ${what}`, async () => {
      const peer = await withPeer();
      await peer.show(shown);
      const { args } = await peer.confirm('syn_m_c_e', {});
      assert.deepEqual([args.file, args.error.code], [null, code]);
      await cluster.until('the permission', async () => (await peer.ask()).granted);
      assert.match(
        cluster.master.log.find(new RegExp(`Error ${code}`), 'Integrity check')[0]?.level ?? '',
        /error/,
      );
      await cluster.until('temporary files to go', () => leftovers(cluster.master.home).length === 0);
    });
  }

  test('an error reading data from the worker: its metadata is not there', async () => {
    const peer = await withPeer();
    const task = await peer.begin();
    await peer.channel.request('syn_i_w_m_e', { task, file: 'never-sent.meta' });
    const { args } = await peer.confirm('syn_m_c_e', {});
    assert.equal(args.error.code, 3040);
    await cluster.until('the permission', async () => (await peer.ask()).granted);
  });

  test('an error reading data from the worker: it names a file of the master as its metadata', async () => {
    const peer = await withPeer();
    const task = await peer.begin();
    await peer.channel.request('syn_i_w_m_e', { task, file: '../../../etc/rules/local.xml' });
    const { args } = await peer.confirm('syn_m_c_e', {});
    assert.equal(args.error.code, 3114);
    assert.equal(cluster.master.read('etc/rules/local.xml'), 'x');
  });

  test('an error reading data from the worker: its metadata does not come', async () => {
    const peer = await withPeer();
    await peer.begin();
    for (let leftMs = RECEIVE_TIMEOUT_MS; leftMs > 0; leftMs -= 40_000) {
      await peer.channel.request('echo-c', { data: 'alive' });
      await cluster.pass(40_000);
    }
    const { args } = await peer.confirm('syn_m_c_e', {});
    assert.equal(args.error.code, 3039);
    await cluster.until('the permission', async () => (await peer.ask()).granted);
  });

  test('… and the worker logs it, and tries again', async () => {
    cluster = ClusterInProcess.prepare({ files: { 'etc/rules/a': 'a' } });
    const worker = cluster.worker();
    await cluster.startMaster();
    await cluster.pass(1_000);
    const packages = join(cluster.master.home, PACKAGES_DIRECTORY);
    // The package cannot be written: an error of the master this time.
    rmSync(packages, { recursive: true, force: true });
    writeFileSync(packages, 'in the way');
    await worker.start();
    await cluster.until('the error', () => worker.log.find(/Error 3001/, 'Integrity sync').length > 0);
    assert.equal(worker.services.status.lastCheck?.outcome, 'failed');
    await cluster.until('the round to end', () => roundOf(worker.root) === 'retrying');
    rmSync(packages);
    await cluster.pass(2_000);
    await cluster.settled(worker);
  });
});

describe('the size limit', () => {
  const MIB = 1024 * KIB;
  const limits = { maxZipSizeBytes: 100 * MIB, minZipSizeBytes: 10 * MIB };

  /** A worker that waits in vain for what the master sends: its metadata passes, the files do not. */
  async function startStarving(files: Record<string, string>) {
    cluster = ClusterInProcess.prepare({ files, intervals: { communication: limits } });
    await cluster.startMaster();
    const worker = cluster.worker();
    worker.wire.loses = ({ from, command, kind }) =>
      from === 'master' && command === 'file_upd' && kind === 'request';
    await worker.start();
    await cluster.until('the sync', () => worker.wire.answers('worker', 'new_file').length > 1);
    return worker;
  }

  test('Also, if a timeout error occurs while the worker is waiting to receive the zip, the master will cancel the current task and reduce the zip size limit.', async () => {
    const worker = await startStarving({ 'etc/rules/a': kilobytes(40, 'a') });
    const { log } = cluster.master;
    await cluster.pass(RECEIVE_TIMEOUT_MS - 2_000);
    assert.equal(log.find(/cancelled the task/).length, 0);
    await cluster.pass(2_000);
    await cluster.until(
      'the end',
      () => log.find(/cancelled the task: Error 3039/, 'Integrity sync').length > 0,
    );
    assert.equal(worker.wire.requests('worker', 'cancel_task').length, 1);
    assert.deepEqual(
      log.find(/sync size limit/).map(({ message }) => message),
      ['Decreasing sync size limit to 10.00 MB.'],
    );
    assert.equal(worker.log.find(/Error 3039/, 'Integrity sync').length, 1);
    await cluster.until('temporary files to go', () => leftovers(cluster.master.home).length === 0);
  });

  test('… to what was sent and a tolerance, when the line stood still at 90 % of the only file', async () => {
    const fileBytes = 20 * MIB;
    cluster = ClusterInProcess.prepare({
      files: { 'etc/lists/large': kilobytes(fileBytes / KIB, 'a') },
      intervals: { communication: limits },
    });
    await cluster.startMaster();
    const worker = cluster.worker();
    let carriedBytes = 0;
    let pieces = 0;
    worker.wire.loses = ({ from, command, kind, body }) => {
      if (from !== 'master' || command !== 'file_upd' || kind !== 'request') return false;
      if (carriedBytes + body.data.length > 0.9 * fileBytes) return true;
      carriedBytes += body.data.length;
      pieces += 1;
      return false;
    };
    await worker.start();
    const confirmed = () => worker.wire.answers('worker', 'file_upd').length;
    await cluster.until('90 %', () => carriedBytes > 0.9 * fileBytes - MIB && confirmed() === pieces);
    const { log } = cluster.master;
    await cluster.until('the worker to give up', async () => {
      await cluster.pass(1_000);
      return log.find(/cancelled the task: Error 3039/, 'Integrity sync').length > 0;
    });
    const limitMib = Number(/to ([\d.]+) MB/.exec(log.find(/^Decreasing/)[0]?.message ?? '')?.[1]);
    assert.ok(limitMib * MIB <= 0.8 * carriedBytes, `${limitMib} MiB after ${carriedBytes} bytes`);
    assert.ok(limitMib * MIB > 0.8 * (carriedBytes - MAX_UNTOLD_PROGRESS_BYTES), `${limitMib} MiB`);
  });

  test('… and the next process keeps to the reduced limit', async () => {
    const large = Object.fromEntries([1, 2, 3, 4].map((i) => [`etc/lists/${i}`, kilobytes(4096, `${i}`)]));
    const worker = await startStarving(large);
    assert.equal(worker.wire.requests('master', 'syn_m_c')[0]?.body.files, 4);
    await cluster.pass(RECEIVE_TIMEOUT_MS);
    await cluster.until('the end', () => worker.wire.answers('master', 'cancel_task').length === 1);
    worker.wire.loses = () => false;
    await cluster.pass(SYNC_INTEGRITY_MS);
    await cluster.until('the next', () => worker.wire.requests('master', 'syn_m_c').length === 2);
    assert.equal(worker.wire.requests('master', 'syn_m_c')[1]?.body.files, 2);
  });

  test('The limit will gradually increase again if no new timeout errors occur.', async () => {
    const worker = await startStarving({ 'etc/rules/a': kilobytes(40, 'a') });
    await cluster.pass(RECEIVE_TIMEOUT_MS);
    await cluster.until('the end', () => worker.wire.answers('master', 'cancel_task').length === 1);
    worker.wire.loses = () => false;
    const raised = () => cluster.master.log.find(/^Increasing sync size limit/);
    await cluster.pass(SYNC_INTEGRITY_MS);
    await cluster.settled(worker);
    await cluster.until('the first rise', () => raised().length === 1);
    for (const round of [2, 3]) {
      cluster.master.write('etc/rules/a', `round ${round}`);
      cluster.master.noticeFiles();
      await cluster.settled(worker);
      await cluster.until('another rise', () => raised().length === round);
    }
    assert.deepEqual(
      raised().map(({ message }) => Number(/to ([\d.]+) MB/.exec(message)?.[1])),
      [12.5, 15.63, 19.53],
    );
  });

  test('… up to max_zip_size, and not after slow transfers', () => {
    const changes: number[] = [];
    const limit = createActor(
      packageLimitMachine.provide({
        actions: {
          tellChanged: ({ context }) => changes.push(context.limitBytes),
          logLowered: () => {},
          logRaised: () => {},
        },
      }),
      {
        input: {
          connectionId: 1,
          maxBytes: 100,
          minBytes: 60,
          tolerance: 0.2,
          receiveTimeoutMs: RECEIVE_TIMEOUT_MS,
        },
      },
    ).start();
    limit.send({ type: 'limit.exceeded', sentBytes: 90 });
    limit.send({ type: 'limit.sent', durationMs: 0.8 * RECEIVE_TIMEOUT_MS });
    for (const _ of [1, 2, 3]) limit.send({ type: 'limit.sent', durationMs: 1 });
    limit.send({ type: 'limit.exceeded', sentBytes: 10 });
    assert.deepEqual(changes.map(Math.round), [72, 90, 100, 60]);
  });
});
