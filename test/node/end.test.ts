import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, test } from 'node:test';
import { waitFor } from '../harness/wait-for.ts';
import { ClusterInProcess, type InProcessNode, roundOf } from '../spec/cluster-in-process.ts';
import { Peer } from '../spec/peer.ts';
import type { Sent } from '../spec/wire.ts';

let cluster: ClusterInProcess;
afterEach(() => cluster.close());

const below = (home: string, path: string) =>
  existsSync(join(home, path)) ? readdirSync(join(home, path)) : [];
/** What a sync keeps on disk while it runs. */
const temporary = ({ home }: InProcessNode) => [
  ...below(home, 'queue/cluster/.staging'),
  ...below(home, 'queue/cluster/.outgoing'),
];
/** Files that arrive; a part is kept on purpose, for the next transfer to go on from. */
const arriving = ({ home }: InProcessNode, peer: string) =>
  below(home, `queue/cluster/${peer}`).filter((name) => !name.endsWith('.part'));

const LARGE = Buffer.alloc(3 * 1024 * 1024, 'large');

describe('a connection that breaks in the middle of a sync', () => {
  const moments: [string, (sent: Sent) => boolean][] = [
    ['the worker may begin', (m) => m.command === 'syn_i_w_m' && m.kind === 'ok'],
    ['its metadata is announced', (m) => m.from === 'worker' && m.command === 'new_file'],
    ['its metadata travels', (m) => m.from === 'worker' && m.command === 'file_upd' && m.kind === 'request'],
    ['its metadata is there', (m) => m.command === 'syn_i_w_m_e' && m.kind === 'ok'],
    ['the master announces files', (m) => m.command === 'syn_m_c' && m.kind === 'request'],
    ['the files are announced', (m) => m.from === 'master' && m.command === 'new_file'],
    ['the files travel', (m) => m.from === 'master' && m.command === 'file_upd' && m.body.offset > 0],
    ['the master has sent everything', (m) => m.command === 'syn_m_c_e' && m.kind === 'request'],
    ['the worker has everything', (m) => m.command === 'syn_m_c_e' && m.kind === 'ok'],
  ];
  for (const [what, isMoment] of moments) {
    test(`when ${what}: nothing is left of it, and the next connection completes it`, async () => {
      cluster = await ClusterInProcess.start({ files: { 'etc/rules/local.xml': '1' } });
      const { master } = cluster;
      const worker = cluster.worker();
      const { wire } = worker;
      const status = () => master.services.status;
      let isOver = false;
      wire.onMessage = (message) => {
        if (isOver || !isMoment(message)) return;
        isOver = true;
        wire.isUp = false;
        wire.cut();
      };
      master.write('etc/rules/local.xml', '2');
      master.write('etc/lists/large', LARGE);
      master.noticeFiles();
      await cluster.until('the break', () => isOver && status().workers.size === 0);
      await cluster.until('the worker to notice', () => worker.services.status.master === null);
      assert.equal(roundOf(worker.root), null, 'the round ended with its connection');
      await cluster.until(
        'temporary files to go',
        () => temporary(master).length + arriving(master, 'worker1').length === 0,
      );
      await cluster.until(
        'temporary files of the worker to go',
        () => temporary(worker).filter((name) => name !== 'integrity.meta').length === 0,
      );
      wire.isUp = true;
      await cluster.pass(10_000);
      await cluster.settled(worker);
      assert.equal(worker.read('etc/rules/local.xml'), '2');
    });
  }

  test('its permission is free for the next connection, and no request stays without an end', async () => {
    cluster = ClusterInProcess.prepare({ files: { 'etc/rules/local.xml': '1' } });
    await cluster.startMaster();
    const node = 'c'.repeat(32);
    const peer = await Peer.connect(cluster.network.wire(), cluster.clock);
    await peer.hello({ node, session: 1 });
    await peer.show('{}');
    await peer.next('syn_m_c');
    assert.equal((await peer.ask()).granted, false);
    const outstanding = peer.channel.request('get_health', { nodes: null });
    peer.channel.destroy(null);
    assert.equal((await Peer.refusal(outstanding)).code, 3103);
    const next = await Peer.connect(cluster.network.wire(), cluster.clock);
    await cluster.until('the old one to be gone', () => cluster.master.services.status.workers.size === 0);
    await next.hello({ node, session: 2 });
    assert.equal((await next.ask()).granted, true);
  });
});

describe('the end of a node', () => {
  test('a master that stops says so to its workers, and leaves no actor, channel or socket', async () => {
    cluster = await ClusterInProcess.start({ workers: 2 });
    const { master } = cluster;
    await master.stop();
    assert.equal(master.root.getSnapshot().status, 'done');
    assert.deepEqual(Object.keys(master.root.getSnapshot().children), []);
    assert.equal(master.services.status.workers.size, 0);
    assert.equal(existsSync(join(master.home, 'queue/cluster/c-internal.sock')), false);
    for (const { services } of cluster.workers)
      await cluster.until('the worker to notice', () => services.status.master === null);
    await cluster.startMaster();
    await cluster.pass(10_000);
    await cluster.until('all to be back', () => master.services.status.workers.size === 2);
  });

  test('a worker that stops leaves the master at once', async () => {
    cluster = await ClusterInProcess.start();
    const worker = cluster.worker();
    await worker.stop();
    await cluster.until('the master to know', () => cluster.master.services.status.workers.size === 0);
    assert.deepEqual(Object.keys(worker.root.getSnapshot().children), []);
    assert.equal(worker.services.channels.master(), undefined);
  });

  test('a node that stops in the middle of a sync ends it: no timer, no file, no thread of work goes on', async () => {
    const timers = new Set<unknown>();
    const clock = {
      now: () => Date.now(),
      elapsedMs: () => performance.now(),
      setTimeout: (task: () => void, timeoutMs: number) => {
        const timer = setTimeout(() => {
          timers.delete(timer);
          task();
        }, timeoutMs);
        timers.add(timer);
        return timer;
      },
      clearTimeout: (timer: NodeJS.Timeout) => {
        timers.delete(timer);
        clearTimeout(timer);
      },
    };
    cluster = ClusterInProcess.prepare({ clock, files: { 'etc/lists/large': LARGE } });
    const worker = cluster.worker();
    const sockets = () =>
      process.getActiveResourcesInfo().filter((kind) => /Pipe|TCP|FSReq/.test(kind)).length;
    const before = sockets();
    await cluster.startMaster();
    worker.wire.loses = ({ from, command, kind }) =>
      from === 'master' && command === 'file_upd' && kind === 'request';
    await worker.start();
    await cluster.until('files to travel', () => worker.wire.requests('master', 'file_upd').length > 1);
    await worker.stop();
    await cluster.master.stop();
    await waitFor('every timer to be cleared', () => timers.size === 0);
    await waitFor('every socket to be closed', () => sockets() <= before);
    await waitFor(
      'temporary files to go',
      () => temporary(worker).length + temporary(cluster.master).length === 0,
    );
    assert.throws(() => worker.read('etc/lists/large'), 'nothing of it was applied');
  });
});
