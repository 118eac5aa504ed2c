import assert from 'node:assert/strict';
import { mkdirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { MAX_GROUPS_PAUSE_MS } from '../../machines/agent-groups/broadcast-types.ts';
import { DEFAULT_MISMATCH_LIMIT } from '../../machines/agent-groups/mismatch-counter.ts';
import { GroupsCluster, INTERVAL_S, SETTLE_S } from './groups-cluster.ts';

const WORKERS = 2;
let cluster: GroupsCluster;
beforeEach(async () => {
  cluster = await GroupsCluster.open({ workers: WORKERS });
});
afterEach(() => cluster.close());

const commands = () => cluster.travelled.map(({ command }) => command);
const everyWorker = (command: string, agents: number) =>
  [1, 2].map((number) => ({ worker: `worker${number}`, command, agents }));

describe('Agent groups send thread', () => {
  test('The aim is that every agent-group received in the master ends up in the database of all the worker nodes.', async () => {
    for (const id of [1, 2, 3]) await cluster.assign(id, 'default');
    await cluster.pass(INTERVAL_S);
    for (const number of [1, 2]) {
      assert.deepEqual(await cluster.groupsOf(cluster.worker(number)), [
        '1: default',
        '2: default',
        '3: default',
      ]);
      assert.ok(await cluster.isEqual(cluster.worker(number)));
    }
    assert.deepEqual(await cluster.unsynced(), []);
  });

  test('The communication is started by the master node (behaving like a broadcast).', async () => {
    cluster.leave(cluster.worker(2));
    await cluster.assign(1, 'web');
    await cluster.pass(INTERVAL_S);
    assert.deepEqual(commands(), ['syn_g_m_w', 'syn_w_g_e']);
  });

  test('1: When there is new agent-groups information, the master sends a JSON string with it to each worker. This is done only once per node.', async () => {
    await cluster.assign(1, 'default,web');
    await cluster.pass(10 * INTERVAL_S);
    assert.deepEqual(cluster.sent('syn_g_m_w'), everyWorker('syn_g_m_w', 1));
    assert.equal((await cluster.groupsOf(cluster.worker()))[0], '1: default,web');
  });

  test('1: … and while nothing changed nothing is sent', async () => {
    const { readings } = cluster;
    await cluster.pass(10 * INTERVAL_S);
    assert.ok(cluster.readings > readings);
    assert.deepEqual(cluster.travelled, []);
  });

  test('2: The workers send the received information to their local wazuh-db service, where it is updated.', async () => {
    await cluster.assign(1, 'default');
    await cluster.pass(INTERVAL_S);
    cluster.forget();
    await cluster.assign(1, 'web');
    await cluster.assign(2, 'default');
    await cluster.pass(INTERVAL_S);
    assert.deepEqual(await cluster.groupsOf(cluster.worker()), ['1: web', '2: default', '3: ']);
    assert.equal(cluster.sent('syn_w_g_e').length, WORKERS);
  });

  test('2: … what could not be written is sent again, until it is', async () => {
    const tap = cluster.tap(cluster.worker());
    tap.fault = { refuses: 2 };
    await cluster.assign(1, 'default');
    await cluster.assign(2, 'default');
    await cluster.pass(2 * INTERVAL_S);
    assert.deepEqual(await cluster.groupsOf(cluster.worker()), ['1: default', '2: ', '3: ']);
    assert.deepEqual(await cluster.unsynced(), [1, 2], 'they do not count as synced');
    tap.fault = 'works';
    await cluster.pass(2 * INTERVAL_S);
    assert.ok(await cluster.isEqual(cluster.worker()));
    assert.deepEqual(await cluster.unsynced(), []);
    assert.deepEqual(cluster.sent('syn_w_g_c'), []);
  });

  test('3: The worker compares the checksum of its database with the checksum of the master.', async () => {
    const worker = cluster.worker();
    cluster.leave(cluster.worker(2));
    await cluster.assign(3, 'db', worker);
    await cluster.assign(1, 'web');
    await cluster.pass(INTERVAL_S);
    assert.deepEqual(commands(), ['syn_g_m_w', 'syn_w_g_e']);
    await cluster.assign(3, '', worker);
    await cluster.pass(INTERVAL_S);
    assert.equal(cluster.sent('syn_g_m_w').length, 2, 'a worker that differs is compared again');
    await cluster.pass(5 * INTERVAL_S);
    assert.equal(cluster.sent('syn_g_m_w').length, 2, 'and left alone when it matches');
  });

  test('4: If the checksum has been different for 10 consecutive times, the worker notifies the master.', async () => {
    assert.equal(DEFAULT_MISMATCH_LIMIT, 10);
    cluster.leave(cluster.worker(2));
    await cluster.assign(3, 'db', cluster.worker());
    await cluster.assign(1, 'web');
    await cluster.pass((DEFAULT_MISMATCH_LIMIT - 1) * INTERVAL_S);
    assert.equal(cluster.sent('syn_g_m_w').length, DEFAULT_MISMATCH_LIMIT - 1);
    assert.deepEqual(cluster.sent('syn_w_g_c'), []);
    await cluster.pass(INTERVAL_S);
    assert.equal(cluster.sent('syn_g_m_w').length, DEFAULT_MISMATCH_LIMIT);
    assert.equal(cluster.sent('syn_w_g_c').length, 1);
    const [first, ...others] = cluster.sent('syn_g_m_w').map(({ agents }) => agents);
    assert.equal(first, 1);
    assert.deepEqual(new Set(others), new Set([0]), 'what it has is not sent again with the checksum');
  });

  test('4: … consecutive: one that is equal begins the count anew', async () => {
    const worker = cluster.worker();
    for (const groups of ['default', 'web']) {
      await cluster.assign(3, 'db', worker);
      await cluster.assign(1, groups);
      await cluster.pass(8 * INTERVAL_S);
      await cluster.assign(3, '', worker);
      await cluster.pass(2 * INTERVAL_S);
      assert.ok(await cluster.isEqual(worker));
    }
    const compared = cluster.sent('syn_g_m_w').filter(({ worker }) => worker === 'worker1');
    assert.ok(compared.length > DEFAULT_MISMATCH_LIMIT);
    assert.deepEqual(cluster.sent('syn_w_g_c'), []);
  });

  test('5: When notified, the master sends to the worker all the agent-groups information.', async () => {
    for (const id of [1, 2]) await cluster.assign(id, 'default');
    await cluster.assign(3, 'db', cluster.worker());
    await cluster.pass(DEFAULT_MISMATCH_LIMIT * INTERVAL_S);
    assert.deepEqual(cluster.sent('syn_g_m_w_c'), [{ worker: 'worker1', command: 'syn_g_m_w_c', agents: 3 }]);
    assert.ok(await cluster.isEqual(cluster.worker(2)));
  });

  test('6: The worker overwrites its database with the agent-groups information it has received from the master.', async () => {
    const worker = cluster.worker();
    await cluster.assign(1, 'web');
    await cluster.assign(3, 'db', worker);
    await cluster.pass(DEFAULT_MISMATCH_LIMIT * INTERVAL_S);
    assert.deepEqual(await cluster.groupsOf(worker), ['1: web', '2: ', '3: ']);
    assert.equal(cluster.sent('syn_wgc_e').length, 1);
    cluster.forget();
    await cluster.pass(5 * INTERVAL_S);
    assert.deepEqual(cluster.travelled, [], 'and then it is left alone');
  });

  test('6: … what still differs is compared after growing pauses, told once, and mended when it can be', async () => {
    const worker = cluster.worker();
    const tap = cluster.tap(worker);
    await cluster.assign(3, 'db', worker);
    tap.fault = { refuses: 3 };
    await cluster.assign(1, 'web');
    await cluster.pass(DEFAULT_MISMATCH_LIMIT * INTERVAL_S);
    assert.equal(cluster.sent('syn_g_m_w_c').length, 1);
    cluster.forget();
    const compared: number[] = [];
    for (let passed = INTERVAL_S; passed <= 35 * INTERVAL_S; passed += INTERVAL_S) {
      const before = cluster.sent('syn_g_m_w').length;
      await cluster.pass(INTERVAL_S);
      if (cluster.sent('syn_g_m_w').length > before) compared.push(passed / INTERVAL_S);
    }
    assert.deepEqual(compared, [1, 3, 7, 15, 31]);
    assert.equal(cluster.sent('syn_g_m_w_c').length, compared.length);
    const told = cluster.master.log.find(
      /its checksum still differs: 1 agent has other groups there: 3 \(a3\)/,
    );
    assert.equal(told.length, 1);
    cluster.forget();
    await cluster.assign(2, 'web');
    await cluster.pass(INTERVAL_S);
    assert.equal((await cluster.groupsOf(worker))[1], '2: web', 'what is new it is told at once');
    assert.deepEqual(cluster.sent('syn_g_m_w_c'), [], 'and no more than that');
    tap.fault = 'works';
    await cluster.pass(MAX_GROUPS_PAUSE_MS / 1_000);
    assert.deepEqual(await cluster.groupsOf(worker), ['1: web', '2: web', '3: ']);
    assert.equal(cluster.master.log.find(/is equal again/).length, 1);
    assert.deepEqual(await cluster.unsynced(), []);
  });

  test('A group whose directory has no file is one on the workers too, so that checksums become equal', async () => {
    mkdirSync(join(cluster.master.home, 'etc/shared/empty'));
    await cluster.pass(INTERVAL_S);
    await cluster.assign(1, 'web,empty');
    await cluster.pass(3 * INTERVAL_S);
    for (const number of [1, 2]) {
      assert.deepEqual(await cluster.groupsOf(cluster.worker(number)), ['1: web,empty', '2: ', '3: ']);
      assert.ok(await cluster.isEqual(cluster.worker(number)));
    }
    assert.deepEqual(commands(), ['syn_g_m_w', 'syn_w_g_e', 'syn_g_m_w', 'syn_w_g_e']);
    rmdirSync(join(cluster.master.home, 'etc/shared/empty'));
    await cluster.pass(3 * INTERVAL_S);
    for (const number of [1, 2]) {
      assert.deepEqual(await cluster.groupsOf(cluster.worker(number)), ['1: web', '2: ', '3: ']);
      assert.ok(!(await cluster.worker(number).services.store.current.groups()).includes('empty'));
    }
  });

  test('A worker that was away is repaired on return by what it missed, without a full copy', async () => {
    const worker = cluster.worker();
    cluster.leave(worker);
    for (const group of ['default', 'web', 'db']) {
      await cluster.assign(1, group);
      await cluster.assign(2, 'web');
      await cluster.pass(INTERVAL_S);
    }
    cluster.forget();
    cluster.comeBack(worker);
    await cluster.pass(INTERVAL_S);
    assert.ok(await cluster.isEqual(worker));
    assert.deepEqual(cluster.travelled, [
      { worker: 'worker1', command: 'syn_g_m_w', agents: 2 },
      { worker: 'worker1', command: 'syn_w_g_e', agents: 0 },
    ]);
  });

  test('… and one that missed nothing only compares, which finds a database that was changed meanwhile', async () => {
    await cluster.assign(1, 'default');
    await cluster.pass(INTERVAL_S);
    const worker = cluster.worker();
    cluster.leave(worker);
    await cluster.pass(1);
    await cluster.assign(1, '', worker);
    cluster.forget();
    cluster.comeBack(worker);
    await cluster.pass(INTERVAL_S);
    assert.equal(cluster.sent('syn_g_m_w')[0]?.agents, 0);
    await cluster.pass(DEFAULT_MISMATCH_LIMIT * INTERVAL_S);
    assert.ok(await cluster.isEqual(worker));
    assert.equal(cluster.sent('syn_g_m_w_c').length, 1);
  });

  test('A worker in step whose back-up is restored asks for everything when that has settled', async () => {
    const worker = cluster.worker();
    const store = worker.services.store.current;
    const snapshot = (await store.backup()).split('/').at(-1);
    await cluster.assign(1, 'web');
    await cluster.pass(INTERVAL_S + SETTLE_S);
    assert.ok(await cluster.isEqual(worker));
    cluster.forget();
    const { status } = await store.query(`global backup restore ${JSON.stringify({ snapshot })}`);
    assert.equal(status, 'ok');
    assert.ok(!(await cluster.isEqual(worker)));
    cluster.notice(worker);
    await cluster.pass(SETTLE_S - 1);
    assert.deepEqual(cluster.travelled, [], 'what comes by two ways may come one after the other');
    await cluster.pass(1);
    assert.ok(await cluster.isEqual(worker));
    assert.deepEqual(commands(), ['syn_w_g_c', 'syn_g_m_w_c', 'syn_wgc_e']);
  });

  test('… and one whose store tells of changes that are none says nothing', async () => {
    await cluster.pass(SETTLE_S);
    for (let times = 0; times < 5; times += 1) {
      cluster.notice(cluster.worker());
      await cluster.pass(SETTLE_S);
    }
    assert.deepEqual(cluster.travelled, []);
  });
});

describe('Local agent-groups thread', () => {
  test('It periodically asks to its local wazuh-db service new information (since the last time this task was run) of agent-groups.', async () => {
    for (const id of [1, 2, 3]) {
      const { readings } = cluster;
      await cluster.assign(id, 'default');
      await cluster.pass(INTERVAL_S);
      assert.equal(cluster.readings, readings + 1);
    }
    const first = cluster.sent('syn_g_m_w').filter(({ worker }) => worker === 'worker1');
    assert.deepEqual(
      first.map(({ agents }) => agents),
      [1, 1, 1],
    );
  });

  test('The task is not repeated until such information is sent to all worker nodes.', async () => {
    const [quick, slow] = [cluster.worker(1), cluster.worker(2)];
    slow.wire.loses = ({ command, kind }) => command === 'syn_w_g_e' && kind === 'request';
    await cluster.assign(1, 'default');
    await cluster.pass(INTERVAL_S);
    const { readings } = cluster;
    await cluster.assign(2, 'default');
    await cluster.pass(4 * INTERVAL_S);
    assert.equal(cluster.readings, readings);
    assert.deepEqual(await cluster.unsynced(), [1, 2], 'a row counts as synced when all have it');
    cluster.leave(slow);
    await cluster.pass(2 * INTERVAL_S);
    assert.ok(await cluster.isEqual(quick), 'one that has left keeps nobody waiting');
  });

  test('… and a worker that never says that it has them keeps the others waiting no longer than its deadline', async () => {
    const [quick, mute] = [cluster.worker(1), cluster.worker(2)];
    mute.wire.loses = ({ command, kind }) => command === 'syn_w_g_e' && kind === 'request';
    await cluster.assign(1, 'default');
    await cluster.pass(INTERVAL_S);
    await cluster.assign(2, 'default');
    await cluster.pass(8 * INTERVAL_S);
    assert.ok(await cluster.isEqual(quick));
    assert.deepEqual(await cluster.unsynced(), [1, 2]);
    mute.wire.loses = () => false;
    await cluster.pass(8 * INTERVAL_S);
    assert.ok(await cluster.isEqual(mute));
    assert.deepEqual(await cluster.unsynced(), []);
  });

  test('While no worker is connected nothing is read, so nothing is lost', async () => {
    const workers = [1, 2].map((number) => cluster.worker(number));
    for (const worker of workers) cluster.leave(worker);
    await cluster.pass(INTERVAL_S);
    const { readings } = cluster;
    await cluster.assign(1, 'default');
    await cluster.pass(5 * INTERVAL_S);
    assert.equal(cluster.readings, readings);
    for (const worker of workers) cluster.comeBack(worker);
    await cluster.pass(2 * INTERVAL_S);
    for (const worker of workers) assert.ok(await cluster.isEqual(worker));
    assert.deepEqual(await cluster.unsynced(), []);
  });
});
