import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { DEFAULT_MISMATCH_LIMIT } from '../../machines/agent-groups/mismatch-counter.ts';
import { GroupsInMemory, INTERVAL_MS, InMemoryWorker, START_DELAY_MS } from './groups-in-memory.ts';

let cluster: GroupsInMemory;
beforeEach(() => {
  cluster = new GroupsInMemory();
});
afterEach(() => cluster.stop());

/** Workers that are connected and have had their first comparison. */
async function connected(count = 1): Promise<InMemoryWorker[]> {
  const workers = Array.from({ length: count }, (_, index) => new InMemoryWorker(`worker${index + 1}`));
  for (const worker of workers) cluster.connect(worker);
  await cluster.pass(START_DELAY_MS);
  cluster.travelled.length = 0;
  return workers;
}
async function one(): Promise<InMemoryWorker> {
  const [worker] = await connected();
  assert.ok(worker);
  return worker;
}

describe('Agent groups send thread', () => {
  test('The aim is that every agent-group received in the master ends up in the database of all the worker nodes.', async () => {
    for (const id of [1, 2, 3]) cluster.assign(id, 'default');
    const workers = await connected(3);
    for (const worker of workers) assert.ok(cluster.isEqual(worker), worker.name);
    assert.equal(cluster.unsynced.size, 0);
  });

  test('The communication is started by the master node (behaving like a broadcast).', async () => {
    const worker = new InMemoryWorker('worker1');
    cluster.connect(worker);
    await cluster.pass(START_DELAY_MS);
    assert.deepEqual(
      cluster.travelled.map(({ command }) => command),
      ['syn_g_m_w', 'syn_w_g_e'],
    );
  });

  test('1: When there is new agent-groups information, the master sends a JSON string with it to each worker. This is done only once per node.', async () => {
    const workers = await connected(2);
    cluster.assign(1, 'default,web');
    await cluster.pass(20 * INTERVAL_MS);
    assert.deepEqual(cluster.sent('syn_g_m_w'), [
      { worker: 'worker1', command: 'syn_g_m_w', agents: 1 },
      { worker: 'worker2', command: 'syn_g_m_w', agents: 1 },
    ]);
    for (const worker of workers) assert.equal(worker.groups.get(1), 'default,web');
  });

  test('1: … and while nothing changed nothing is sent', async () => {
    await connected(2);
    const { readings } = cluster;
    await cluster.pass(100 * INTERVAL_MS);
    assert.ok(cluster.readings > readings);
    assert.deepEqual(cluster.travelled, []);
  });

  test('2: The workers send the received information to their local wazuh-db service, where it is updated.', async () => {
    cluster.assign(1, 'default');
    const worker = await one();
    cluster.assign(1, 'web');
    cluster.assign(2, 'default');
    await cluster.pass(INTERVAL_MS);
    assert.deepEqual([...worker.groups], [...cluster.groups]);
    assert.equal(cluster.sent('syn_w_g_e').length, 1);
  });

  test('2: … what could not be written is sent again, until it is', async () => {
    const worker = await one();
    worker.unknown.add(2);
    cluster.assign(1, 'default');
    cluster.assign(2, 'default');
    await cluster.pass(2 * INTERVAL_MS);
    assert.deepEqual([...worker.groups.keys()], [1]);
    assert.ok(cluster.unsynced.has(2), 'it does not count as synced');
    worker.unknown.delete(2);
    await cluster.pass(2 * INTERVAL_MS);
    assert.ok(cluster.isEqual(worker));
    assert.equal(cluster.unsynced.size, 0);
    assert.deepEqual(cluster.sent('syn_w_g_c'), []);
  });

  test('3: The worker compares the checksum of its database with the checksum of the master.', async () => {
    const worker = new InMemoryWorker('worker1');
    worker.groups.set(9, 'of nobody');
    cluster.connect(worker);
    await cluster.pass(START_DELAY_MS);
    assert.equal(cluster.sent('syn_g_m_w').length, 1);
    worker.groups.delete(9);
    await cluster.pass(INTERVAL_MS);
    assert.equal(cluster.sent('syn_g_m_w').length, 2, 'a worker that differs is compared again');
    await cluster.pass(10 * INTERVAL_MS);
    assert.equal(cluster.sent('syn_g_m_w').length, 2, 'and left alone when it matches');
  });

  test('4: If the checksum has been different for 10 consecutive times, the worker notifies the master.', async () => {
    cluster.assign(1, 'default');
    const worker = await one();
    assert.equal(DEFAULT_MISMATCH_LIMIT, 10);
    worker.groups.set(9, 'of nobody');
    cluster.assign(2, 'default');
    await cluster.pass(DEFAULT_MISMATCH_LIMIT * INTERVAL_MS - INTERVAL_MS / 2);
    assert.equal(cluster.sent('syn_g_m_w').length, 9);
    assert.deepEqual(cluster.sent('syn_w_g_c'), []);
    await cluster.pass(INTERVAL_MS);
    assert.equal(cluster.sent('syn_g_m_w').length, 10);
    assert.equal(cluster.sent('syn_w_g_c').length, 1);
    const [first, ...others] = cluster.sent('syn_g_m_w').map(({ agents }) => agents);
    assert.equal(first, 1);
    assert.deepEqual(new Set(others), new Set([0]), 'what it has is not sent again with the checksum');
  });

  test('4: … consecutive: one that is equal begins the count anew', async () => {
    const worker = await one();
    for (const times of [1, 2, 3]) {
      worker.groups.set(9, 'of nobody');
      cluster.assign(1, `group${times}`);
      await cluster.pass(8 * INTERVAL_MS);
      worker.groups.delete(9);
      await cluster.pass(2 * INTERVAL_MS);
      assert.ok(cluster.isEqual(worker));
    }
    assert.ok(cluster.sent('syn_g_m_w').length > 2 * DEFAULT_MISMATCH_LIMIT);
    assert.deepEqual(cluster.sent('syn_w_g_c'), []);
  });

  test('5: When notified, the master sends to the worker all the agent-groups information.', async () => {
    for (const id of [1, 2, 3]) cluster.assign(id, 'default');
    const [differing, other] = await connected(2);
    differing?.groups.set(9, 'of nobody');
    cluster.assign(1, 'web');
    await cluster.pass(11 * INTERVAL_MS);
    assert.deepEqual(cluster.sent('syn_g_m_w_c'), [{ worker: 'worker1', command: 'syn_g_m_w_c', agents: 3 }]);
    assert.ok(other !== undefined && cluster.isEqual(other));
  });

  test('6: The worker overwrites its database with the agent-groups information it has received from the master.', async () => {
    for (const id of [1, 2, 3]) cluster.assign(id, 'default');
    const worker = await one();
    worker.groups.set(9, 'of nobody');
    worker.groups.set(2, 'changed here');
    cluster.assign(1, 'web');
    await cluster.pass(11 * INTERVAL_MS);
    assert.deepEqual([...worker.groups], [...cluster.groups]);
    assert.equal(cluster.sent('syn_wgc_e').length, 1);
    cluster.travelled.length = 0;
    await cluster.pass(20 * INTERVAL_MS);
    assert.deepEqual(cluster.travelled, [], 'and then it is left alone');
  });

  test('A worker that was away is repaired on return by what it missed, without a full copy', async () => {
    for (let id = 1; id <= 50; id += 1) cluster.assign(id, 'default');
    const [away, other] = await connected(2);
    assert.ok(away !== undefined && other !== undefined);
    cluster.disconnect(away);
    for (const group of ['a', 'b', 'c']) {
      cluster.assign(7, group);
      cluster.assign(8, 'x');
      await cluster.pass(2 * INTERVAL_MS);
    }
    cluster.travelled.length = 0;
    cluster.connect(away);
    await cluster.settle();
    assert.ok(cluster.isEqual(away) && cluster.isEqual(other));
    assert.deepEqual(cluster.travelled, [
      { worker: 'worker1', command: 'syn_g_m_w', agents: 2 },
      { worker: 'worker1', command: 'syn_w_g_e', agents: 0 },
    ]);
  });

  test('… and one that missed nothing only compares, which finds a database that was lost meanwhile', async () => {
    cluster.assign(1, 'default');
    const worker = await one();
    cluster.disconnect(worker);
    worker.groups.clear();
    cluster.connect(worker);
    await cluster.settle();
    assert.equal(cluster.sent('syn_g_m_w')[0]?.agents, 0);
    await cluster.pass(10 * INTERVAL_MS);
    assert.ok(cluster.isEqual(worker));
    assert.equal(cluster.sent('syn_g_m_w_c').length, 1);
  });

  test('… and one that does not tell whether its checksum matches is sent the checksum after each pause, as it is used to', async () => {
    const worker = await one();
    worker.tells = false;
    cluster.assign(1, 'default');
    await cluster.pass(5 * INTERVAL_MS);
    assert.deepEqual(
      cluster.sent('syn_g_m_w').map(({ agents }) => agents),
      [1, 0, 0, 0, 0],
    );
    worker.groups.clear();
    await cluster.pass(11 * INTERVAL_MS);
    assert.ok(cluster.isEqual(worker));
  });
});

describe('Local agent-groups thread', () => {
  test('It periodically asks to its local wazuh-db service new information (since the last time this task was run) of agent-groups.', async () => {
    await one();
    for (const id of [1, 2, 3]) {
      const { readings } = cluster;
      cluster.assign(id, 'default');
      await cluster.pass(INTERVAL_MS);
      assert.equal(cluster.readings, readings + 1);
    }
    assert.deepEqual(
      cluster.sent('syn_g_m_w').map(({ agents }) => agents),
      [1, 1, 1],
    );
  });

  test('The task is not repeated until such information is sent to all worker nodes.', async () => {
    const [quick, slow] = await connected(2);
    assert.ok(quick !== undefined && slow !== undefined);
    slow.isMute = true;
    cluster.assign(1, 'default');
    await cluster.pass(INTERVAL_MS);
    const { readings } = cluster;
    cluster.assign(2, 'default');
    await cluster.pass(4 * INTERVAL_MS);
    assert.equal(cluster.readings, readings);
    assert.ok(cluster.unsynced.has(1), 'a row counts as synced when all have it');
    cluster.disconnect(slow);
    await cluster.pass(2 * INTERVAL_MS);
    assert.ok(cluster.isEqual(quick), 'one that has left keeps nobody waiting');
  });

  test('… and a worker that never says that it has them keeps the others waiting no longer than its deadline', async () => {
    const [quick, mute] = await connected(2);
    assert.ok(quick !== undefined && mute !== undefined);
    mute.isMute = true;
    cluster.assign(1, 'default');
    await cluster.pass(INTERVAL_MS);
    cluster.assign(2, 'default');
    await cluster.pass(8 * INTERVAL_MS);
    assert.ok(cluster.isEqual(quick));
    assert.equal(cluster.unsynced.size, 2);
    mute.isMute = false;
    await cluster.pass(8 * INTERVAL_MS);
    assert.ok(cluster.isEqual(mute));
    assert.equal(cluster.unsynced.size, 0);
  });

  test('While no worker is connected nothing is read, so nothing is lost', async () => {
    cluster.assign(1, 'default');
    await cluster.pass(10 * INTERVAL_MS);
    assert.equal(cluster.readings, 0);
    const worker = await one();
    assert.ok(cluster.isEqual(worker));
  });
});
