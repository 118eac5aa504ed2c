import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';
import { ClusterInProcess, type InProcessWorker, roundOf } from './cluster-in-process.ts';
import { Peer } from './peer.ts';
import type { Sent } from './wire.ts';

const SYNC_INTEGRITY_MS = 9_000;
const RECALCULATE_INTEGRITY_MS = 8_000;

let cluster: ClusterInProcess;
afterEach(() => cluster.close());

/** A worker that lacks one file, and what it and its master say until it has it. */
async function oneSync(): Promise<InProcessWorker> {
  cluster = ClusterInProcess.prepare({ files: { 'etc/rules/local.xml': 'x' } });
  await cluster.startMaster();
  await cluster.worker().start();
  await cluster.settled(cluster.worker());
  return cluster.worker();
}

/** Where in the conversation the first message of this kind stands. */
function at(
  worker: InProcessWorker,
  from: Sent['from'],
  command: string,
  kind: Sent['kind'] = 'request',
): number {
  const { sent } = worker.wire;
  const index = sent.findIndex((m) => m.from === from && m.command === command && m.kind === kind);
  assert.notEqual(index, -1, `${from} sends ${command} (${kind})`);
  return index;
}

const inOrder = (...places: number[]) =>
  assert.deepEqual(
    places,
    places.toSorted((a, b) => a - b),
  );

describe('Integrity synchronization process', () => {
  test('1: The worker’s sync_integrity task wakes up after sleeping during interval seconds (which is defined in the cluster.json file).', async () => {
    cluster = ClusterInProcess.prepare();
    const worker = cluster.worker();
    worker.write('etc/cluster.json', JSON.stringify({ intervals: { worker: { sync_integrity: 30 } } }));
    await cluster.startMaster();
    await worker.start();
    await cluster.settled(worker);
    const asked = () => worker.wire.requests('worker', 'syn_i_w_m_p').length;
    for (const rounds of [1, 2, 3]) {
      assert.equal(asked(), rounds);
      await cluster.pass(29_000);
      assert.equal(asked(), rounds, 'it sleeps');
      await cluster.pass(1_000);
      await cluster.until('the round to end', () => asked() > rounds && roundOf(worker.root) === 'waiting');
    }
  });

  test('1: The first thing it does is checking whether the previous synchronization process is finished or not using the syn_i_w_m_p command.', async () => {
    const { wire } = await oneSync();
    const requests = wire.requests('worker').map(({ command }) => command);
    assert.deepEqual(requests.slice(0, 3), ['hello', 'syn_i_w_m_p', 'syn_i_w_m']);
  });

  test('1: The master replies with a boolean value specifying that the previous synchronization process is finished and, therefore, the worker can start a new one.', async () => {
    const { wire } = await oneSync();
    assert.equal(wire.answers('master', 'syn_i_w_m_p')[0]?.body.granted, true);
  });

  test('… and a worker that is refused waits for its next turn', async () => {
    cluster = ClusterInProcess.prepare({ files: { 'etc/rules/local.xml': 'x' } });
    await cluster.startMaster();
    const worker = cluster.worker();
    // The worker's last answer never arrives: the master takes the process for unfinished for a while.
    worker.wire.loses = ({ from, command, kind }) =>
      from === 'worker' && command === 'syn_m_c_e' && kind !== 'request';
    await worker.start();
    await cluster.settled(worker);
    cluster.master.write('etc/rules/local.xml', 'y');
    cluster.master.noticeFiles();
    await cluster.until('the refusal', () => worker.log.find(/didn't grant permission/).length === 1);
    assert.equal(worker.wire.requests('worker', 'syn_i_w_m').length, 1);
    worker.wire.loses = () => false;
    await cluster.pass(140_000);
    await cluster.settled(worker);
  });

  test('2: The worker starts the synchronization process using syn_i_w_m command.', async () => {
    const worker = await oneSync();
    inOrder(at(worker, 'master', 'syn_i_w_m_p', 'ok'), at(worker, 'worker', 'syn_i_w_m'));
  });

  test('2: When the master receives the command, it creates an asyncio task to process the received integrity from the worker node. But since no file has been received yet, the task keeps waiting until the worker sends the file.', async () => {
    cluster = ClusterInProcess.prepare({ files: { 'etc/rules/local.xml': 'x' } });
    await cluster.startMaster();
    const peer = await Peer.connect(cluster.worker().wire, cluster.clock);
    await peer.hello();
    const task = await peer.begin();
    await cluster.pass(60_000);
    const answers = () => peer.heard.filter(({ command }) => command.startsWith('syn_m_c'));
    assert.deepEqual(answers(), [], 'it waits');
    assert.equal(cluster.master.services.status.worker('peer')?.status.isSyncing, true);
    await peer.sendFile('shown.meta', '{}');
    assert.deepEqual(answers(), [], 'and the file alone does not wake it');
    await peer.channel.request('syn_i_w_m_e', { task, file: 'shown.meta' });
    await peer.next('syn_m_c');
  });

  test('2: The master sends the worker the task ID so the worker can notify the master to wake it up once the file has been sent.', async () => {
    const { wire } = await oneSync();
    const task = wire.answers('master', 'syn_i_w_m')[0]?.body.task;
    assert.equal(wire.requests('worker', 'syn_i_w_m_e')[0]?.body.task, task);
  });

  test('… and another task ID wakes nothing', async () => {
    cluster = ClusterInProcess.prepare();
    await cluster.startMaster();
    const peer = await Peer.connect(cluster.worker().wire, cluster.clock);
    await peer.hello();
    await peer.begin();
    const request = peer.channel.request('syn_i_w_m_e', { task: 'another', file: 'shown.meta' });
    assert.equal((await Peer.refusal(request)).code, 3027);
  });

  test('3: The worker starts the sending file process. Which has three steps: new_file, file_upd and file_end.', async () => {
    const worker = await oneSync();
    inOrder(
      at(worker, 'master', 'syn_i_w_m', 'ok'),
      at(worker, 'worker', 'new_file'),
      at(worker, 'worker', 'file_upd'),
      at(worker, 'worker', 'file_end'),
    );
  });

  test('4: The worker notifies the master that the integrity file has already been sent.', async () => {
    const worker = await oneSync();
    inOrder(at(worker, 'master', 'file_end', 'ok'), at(worker, 'worker', 'syn_i_w_m_e'));
    const { name } = worker.wire.requests('worker', 'new_file')[0]?.body ?? {};
    assert.equal(worker.wire.requests('worker', 'syn_i_w_m_e')[0]?.body.file, name);
  });

  test('4: In that moment, the master wakes the previously created task up and compares the worker files with its own. In this example the master finds out the worker integrity is outdated.', async () => {
    const worker = await oneSync();
    inOrder(at(worker, 'worker', 'syn_i_w_m_e'), at(worker, 'master', 'syn_m_c'));
    const { log } = cluster.master;
    const finished = log.find(/Received metadata of 0 files\. Sync required\./, 'Integrity check');
    assert.equal(finished.length, 1);
  });

  test('5: The master starts a sync integrity process with the worker using the syn_m_c command.', async () => {
    const worker = await oneSync();
    const { task, missing, files } = worker.wire.requests('master', 'syn_m_c')[0]?.body ?? {};
    assert.equal(task, worker.wire.answers('master', 'syn_i_w_m')[0]?.body.task);
    assert.deepEqual([missing, files], [1, 1]);
  });

  test('5: The worker creates a task to process the received integrity from the master but the task is sleeping since it’s not been received yet. This is the same process the worker has done with the master but changing directions.', async () => {
    const worker = await oneSync();
    const task = worker.wire.answers('worker', 'syn_m_c')[0]?.body.task;
    assert.equal(worker.wire.requests('master', 'syn_m_c_e')[0]?.body.task, task);
    inOrder(at(worker, 'worker', 'syn_m_c', 'ok'), at(worker, 'master', 'new_file'));
  });

  test('6: The master sends all information to the worker using the sending file process.', async () => {
    const worker = await oneSync();
    inOrder(
      at(worker, 'master', 'new_file'),
      at(worker, 'master', 'file_upd'),
      at(worker, 'master', 'file_end'),
      at(worker, 'master', 'syn_m_c_e'),
    );
    const { wire } = worker;
    assert.equal(wire.requests('master', 'new_file').length, wire.requests('master', 'file_end').length);
  });

  test('7: The master notifies the worker that the integrity information has already been sent using the syn_m_c_e command.', async () => {
    const { wire } = await oneSync();
    const { file, error } = wire.requests('master', 'syn_m_c_e')[0]?.body ?? {};
    assert.equal(error, null);
    assert.ok(wire.requests('master', 'new_file').some(({ body }) => body.name === file));
    const ends = wire.sent.filter(({ command, kind }) => command === 'file_end' && kind === 'ok');
    assert.ok(wire.sent.indexOf(ends.at(-1) as Sent) < at(cluster.worker(), 'master', 'syn_m_c_e'));
  });

  test('7: The worker wakes the previously created task up to process and update the required files.', async () => {
    cluster = ClusterInProcess.prepare({ files: { 'etc/rules/local.xml': 'x' } });
    await cluster.startMaster();
    const worker = cluster.worker();
    worker.wire.loses = ({ from, command, kind }) =>
      from === 'master' && command === 'syn_m_c_e' && kind === 'request';
    await worker.start();
    await cluster.until('the last word', () => worker.wire.requests('master', 'syn_m_c_e').length === 1);
    await cluster.pass(5_000);
    assert.throws(() => worker.read('etc/rules/local.xml'), 'without the notice it keeps sleeping');
    await cluster.pass(115_000);
    await cluster.until('the round to end', () => roundOf(worker.root) === 'retrying');
    worker.wire.loses = () => false;
    await cluster.pass(20_000);
    await cluster.settled(worker);
  });

  test('To sum up, asynchronous tasks are created only when the received request needs to wait for some data to be available … If the request can be solved instantly, no asynchronous tasks are created for it.', async () => {
    cluster = await ClusterInProcess.start({ files: { 'etc/rules/local.xml': 'x' } });
    const isSyncing = () => cluster.master.services.status.worker('worker1')?.status.isSyncing;
    await cluster.until('the process to end', () => isSyncing() === false);
    const channel = cluster.worker().services.channels.master();
    const { digest } = cluster.master.services.index;
    const replies = [
      channel?.request('syn_i_w_m_p', { digest }),
      channel?.request('echo', { data: 'x' }),
      channel?.request('get_health', { nodes: null }),
    ];
    await Promise.all(replies);
    assert.equal(isSyncing(), false);
    assert.equal(cluster.master.log.find(/Starting/, 'Integrity check').length, 1);
  });
});

describe('Local integrity thread', () => {
  const rounds = () => cluster.master.log.find(/^Starting\.$/, 'Local integrity').length;

  test('This thread is only executed by the master.', async () => {
    cluster = await ClusterInProcess.start();
    await cluster.pass(20_000);
    assert.ok(rounds() > 0);
    assert.deepEqual(cluster.worker().log.find(/./, 'Local integrity'), []);
  });

  test('It periodically reads all its integrity files and calculates their checksums.', async () => {
    cluster = ClusterInProcess.prepare({ files: { 'etc/rules/local.xml': '1' } });
    await cluster.startMaster();
    const { index, status } = cluster.master.services;
    await cluster.until('the round to end', () => status.lastLocalIntegrity !== null);
    for (const content of ['2', '3']) {
      const before = { rounds: rounds(), digest: index.digest };
      cluster.master.write('etc/rules/local.xml', content);
      await cluster.pass(RECALCULATE_INTEGRITY_MS - 1_000);
      assert.equal(rounds(), before.rounds);
      await cluster.pass(1_000);
      assert.equal(rounds(), before.rounds + 1);
      await cluster.until('the new digest', () => index.digest !== before.digest);
      await cluster.until(
        'the round to end',
        () => cluster.master.log.find(/^Finished/, 'Local integrity').length === rounds(),
      );
    }
  });

  test('Calculating a checksum is a slow process … To fix that problem, this thread calculates the necessary integrity checksums and stores it in a global variable which is periodically updated.', async () => {
    cluster = ClusterInProcess.prepare({ workers: 3, files: { 'etc/rules/local.xml': 'x' } });
    await cluster.startMaster();
    const { index } = cluster.master.services;
    let scans = 0;
    const scan = index.scan.bind(index);
    index.scan = () => {
      scans += 1;
      return scan();
    };
    await Promise.all(cluster.workers.map((worker) => worker.start()));
    for (const worker of cluster.workers) await cluster.settled(worker);
    assert.equal(scans, 0, 'no worker makes the master read its files');
    await cluster.pass(SYNC_INTEGRITY_MS);
    assert.ok(scans >= 1);
  });

  test('… before the first round there is nothing to compare with, and nothing is granted', async () => {
    cluster = ClusterInProcess.prepare({ files: { 'etc/rules/precious.xml': 'kept' } });
    const { master } = cluster;
    const worker = cluster.worker();
    worker.write('etc/rules/precious.xml', 'kept');
    let finish = () => {};
    const held = new Promise<void>((resolve) => {
      finish = resolve;
    });
    master.beforeStart = ({ index }) => {
      const scan = index.scan.bind(index);
      index.scan = (signal) => held.then(() => scan(signal));
    };
    await master.start();
    await cluster.until('the port', () => master.services.status.address !== null);
    await worker.start();
    await cluster.until('the answer', () => worker.wire.answers('master', 'syn_i_w_m_p').length > 0);
    const { granted, inStep } = worker.wire.answers('master', 'syn_i_w_m_p')[0]?.body ?? {};
    assert.deepEqual([granted, inStep], [false, false]);
    finish();
    await cluster.until('the push', () => worker.wire.requests('master', 'syn_i_m_w').length === 1);
    await cluster.until('a round', () => worker.services.status.lastCheck?.outcome === 'in-step');
    assert.equal(worker.read('etc/rules/precious.xml'), 'kept');
    assert.equal(worker.wire.requests('worker', 'syn_i_w_m').length, 0);
  });
});

describe('Push: a change reaches a worker without waiting for the period', () => {
  test('the master tells every worker, and each starts a round at once', async () => {
    cluster = await ClusterInProcess.start({ workers: 2, files: { 'etc/rules/local.xml': '1' } });
    cluster.master.write('etc/rules/local.xml', '2');
    cluster.master.noticeFiles();
    for (const worker of cluster.workers) {
      await cluster.settled(worker);
      assert.equal(worker.wire.requests('master', 'syn_i_m_w').length, 1);
    }
  });

  test('many changes during a round mean one more round', async () => {
    cluster = await ClusterInProcess.start({ files: { 'etc/rules/local.xml': '1' } });
    const { wire, services } = cluster.worker();
    const before = wire.requests('worker', 'syn_i_w_m_p').length;
    let pushes = 0;
    wire.onMessage = ({ command, kind }) => {
      if (command !== 'syn_i_w_m' || kind !== 'request' || pushes > 0) return;
      pushes = 5;
      for (let i = 0; i < 5; i += 1) {
        cluster.worker().root.send({
          type: 'supervisor.send',
          child: 'connector',
          event: { type: 'files.changed' },
        });
      }
    };
    cluster.master.write('etc/rules/local.xml', '2');
    cluster.master.noticeFiles();
    await cluster.settled(cluster.worker());
    await cluster.until('the last round', () => services.status.lastCheck?.outcome === 'in-step');
    assert.equal(pushes, 5);
    assert.equal(wire.requests('worker', 'syn_i_w_m_p').length, before + 2);
  });

  test('an altered file of a worker is put right at once', async () => {
    cluster = await ClusterInProcess.start({ files: { 'etc/rules/local.xml': '1' } });
    cluster.worker().write('etc/rules/local.xml', 'altered');
    cluster.worker().noticeFiles();
    await cluster.settled(cluster.worker());
  });

  test('a scan that finds nothing new tells nobody', async () => {
    cluster = await ClusterInProcess.start({ files: { 'etc/rules/local.xml': '1' } });
    const { wire } = cluster.worker();
    const scanned = () => cluster.master.log.find(/^Finished/, 'Local integrity').length;
    const before = scanned();
    cluster.master.noticeFiles();
    await cluster.until('the scan', () => scanned() > before);
    assert.equal(wire.requests('master', 'syn_i_m_w').length, 0);
  });

  test('unless push.enabled of muster.json is false: then the period has to do', async () => {
    cluster = ClusterInProcess.prepare({ files: { 'etc/rules/local.xml': '1' } });
    cluster.master.write('etc/muster.json', JSON.stringify({ push: { enabled: false } }));
    await cluster.startMaster();
    const worker = cluster.worker();
    await worker.start();
    await cluster.settled(worker);
    const { digest } = cluster.master.services.index;
    cluster.master.write('etc/rules/local.xml', '2');
    cluster.master.noticeFiles();
    await cluster.until('the scan', () => cluster.master.services.index.digest !== digest);
    assert.equal(worker.wire.requests('master', 'syn_i_m_w').length, 0);
    await cluster.pass(SYNC_INTEGRITY_MS);
    await cluster.settled(worker);
  });
});
