import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { AgentStore } from '../../src/agents/store.ts';
import { systemClock } from '../../src/node/clock.ts';
import { addAgents, embeddedSubject, infoOf, subjects } from '../agents/fixture.ts';
import { AgentInfoPair } from './agent-info-pair.ts';

const HOUR_S = 3_600;
const nowS = () => Math.floor(Date.now() / 1000);
const near = (seenS: unknown, wantedS: number) =>
  assert.ok(Math.abs(Number(seenS) - wantedS) <= 10, `${seenS} is not about ${wantedS}`);
const seenS = async (store: AgentStore) => (await store.agentInfo(1))?.last_keepalive;
const chunkOf = (more: object) => JSON.stringify([infoOf(1, { ...more })]);

for (const { name, make, skip } of subjects) {
  describe(`clocks that differ, over ${name}`, { skip }, () => {
    it('a keepalive never lies in the future, where no later one could replace it', async () => {
      await using subject = await make();
      const { store } = subject;
      await addAgents(store, 1);
      await store.writeAgentInfo(chunkOf({ last_keepalive: nowS() + 1_000 * HOUR_S }));
      near(await seenS(store), nowS());
      await store.writeAgentInfo(chunkOf({ last_keepalive: nowS() + 2_000 * HOUR_S, version: 'later' }));
      assert.equal((await store.agentInfo(1))?.version, 'later');
    });

    it('keepalives are written by the own clock, so that the newer one wins', async () => {
      await using subject = await make();
      const { store } = subject;
      await addAgents(store, 1);
      const behind = nowS() - HOUR_S;
      await store.writeAgentInfo(chunkOf({ last_keepalive: nowS() - 60, version: 'earlier' }));
      const { updated } = await store.writeAgentInfo(chunkOf({ last_keepalive: behind, version: 'later' }), {
        clockBehindS: HOUR_S,
      });
      assert.equal(updated, 1);
      near(await seenS(store), nowS());
      assert.equal((await store.agentInfo(1))?.version, 'later');
    });
  });
}

for (const { name, make, skip } of subjects) {
  describe(`nodes that do not tell their clocks, over ${name}`, { skip }, () => {
    const tell = async (store: AgentStore, ...reports: object[]) => {
      const chunk = JSON.stringify(reports.map((report) => infoOf(1, { ...report })));
      const { updated, stale } = await store.writeAgentInfo(chunk, { clockBehindS: null });
      const info = await store.agentInfo(1);
      return [updated, stale, info?.node_name, info?.connection_status];
    };
    const report = (node_name: string, connection_status: string, agoS: number) => ({
      node_name,
      connection_status,
      last_keepalive: nowS() - agoS,
    });

    it('an agent that comes to one whose clock is behind is there at once, and does not go back by what is old', async () => {
      await using subject = await make();
      const { store } = subject;
      await addAgents(store, 2);
      await tell(store, report('left', 'active', 5));
      await tell(store, report('left', 'disconnected', 1));
      const joined = [1, 0, 'joined', 'active'];
      assert.deepEqual(await tell(store, report('joined', 'active', 61)), joined);
      assert.deepEqual(await tell(store, report('left', 'disconnected', 600)), [0, 1, 'joined', 'active']);
    });

    it('one that is connected elsewhere stays there where the report is old for certain', async () => {
      await using subject = await make();
      const { store } = subject;
      await addAgents(store, 2);
      await tell(store, report('joined', 'active', 60));
      const recent = { ...report('left', 'active', 1), id: 2, name: 'a2' };
      assert.deepEqual(await tell(store, report('left', 'active', 3 * HOUR_S), recent), [
        1,
        1,
        'joined',
        'active',
      ]);
    });

    it('one whose clock was put back is right about its own agents', async () => {
      await using subject = await make();
      const { store } = subject;
      await addAgents(store, 1);
      await tell(store, report('node', 'active', 0));
      const left = [1, 0, 'node', 'disconnected'];
      assert.deepEqual(await tell(store, report('node', 'disconnected', HOUR_S)), left);
    });
  });
}

describe('a worker whose clock is wrong', () => {
  it('and jitters: one keepalive that is told twice is the same time, so what else changed arrives', async () => {
    await using worker = await embeddedSubject({ isMaster: false });
    await using master = await embeddedSubject();
    for (const { store } of [worker, master]) await addAgents(store, 1);
    const pair = new AgentInfoPair({ worker: worker.store, master: master.store });
    pair.master.services.status.workers.set(7, { name: 'worker1', clockBehindS: 0 } as never);
    let behindS = 61;
    Object.assign(pair.worker.services, {
      clock: { ...systemClock, now: () => systemClock.now() - behindS * 1000 },
    });
    const keepaliveS = nowS() - 61;
    const report = (status: string) =>
      worker.store.query(
        `global sql update agent set sync_status='syncreq',connection_status='${status}',last_keepalive=${keepaliveS} where id=1`,
      );
    using line = pair.connect();
    await report('active');
    assert.equal((await line.round())?.outcome, 'synced');
    behindS = 59;
    await report('disconnected');
    assert.equal((await line.round())?.outcome, 'synced');
    assert.equal((await master.store.agentInfo(1))?.connection_status, 'disconnected');
  });

  it('is not one whose strings take long to arrive: that says nothing of its clock', async () => {
    await using worker = await embeddedSubject({ isMaster: false });
    await using master = await embeddedSubject();
    for (const { store } of [worker, master]) await addAgents(store, 1);
    const pair = new AgentInfoPair({ worker: worker.store, master: master.store });
    const status = { name: 'worker1', clockBehindS: 0 };
    pair.master.services.status.workers.set(7, status as never);
    // A minute goes by at both nodes while the string is under way.
    let laterMs = 0;
    const clock = { ...systemClock, now: () => systemClock.now() + laterMs };
    for (const end of [pair.master, pair.worker]) Object.assign(end.services, { clock });
    const keepaliveS = nowS() - 30;
    await worker.store.query(
      `global sql update agent set sync_status='syncreq',connection_status='active',last_keepalive=${keepaliveS} where id=1`,
    );
    using line = pair.connect(({ command }) => {
      if (command === 'str_upd') laterMs = 60_000;
    });
    assert.equal((await line.round())?.outcome, 'synced');
    assert.equal(await seenS(master.store), keepaliveS);
    assert.equal(status.clockBehindS, 0);
    assert.equal(pair.master.log.find(/Its clock is/).length, 0);
  });

  for (const [what, behindS] of [
    ['behind', HOUR_S],
    ['ahead', -HOUR_S],
  ] as const) {
    it(`by an hour (${what}): its agents move to and from it, and the newer keepalive wins`, async () => {
      await using worker = await embeddedSubject({ isMaster: false });
      await using master = await embeddedSubject();
      for (const { store } of [worker, master]) await addAgents(store, 1);
      const pair = new AgentInfoPair({ worker: worker.store, master: master.store });
      const status = { name: 'worker1', clockBehindS: 0 };
      pair.master.services.status.workers.set(7, status as never);
      const clock = { ...systemClock, now: () => systemClock.now() - behindS * 1000 };
      Object.assign(pair.worker.services, { clock });
      await master.store.writeAgentInfo(chunkOf({ last_keepalive: nowS() - 60, version: 'elsewhere' }));
      await worker.store.query(
        `global sql update agent set sync_status='syncreq',version='here',connection_status='active',last_keepalive=${nowS() - behindS} where id=1`,
      );
      using line = pair.connect();
      assert.equal((await line.round())?.outcome, 'synced');
      assert.equal((await master.store.agentInfo(1))?.version, 'here');
      near(await seenS(master.store), nowS());
      near(status.clockBehindS, behindS);
      assert.equal(pair.master.log.find(/Its clock is 3[56]\d\d seconds/).length, 1);
    });
  }
});
