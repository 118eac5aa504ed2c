import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { renameSync } from 'node:fs';
import { describe, it } from 'node:test';
import { openStore } from '../../src/agents/open-store.ts';
import { WdbStore } from '../../src/agents/wdb-store.ts';
import { encodeFrame } from '../../src/transport/length-frame.ts';
import { waitFor } from '../harness/wait-for.ts';
import { answering, type Behaviour, FakeWdb } from './fake-wdb.ts';
import { StoreHome } from './fixture.ts';

const clientOf = (home: StoreHome, timeoutMs = 10_000) => new WdbStore({ socket: home.socket, timeoutMs });

/** A socket that nobody serves: Node removes only what stands at the path that it has bound. */
async function leaveSocket(home: StoreHome): Promise<void> {
  const fake = await FakeWdb.start(answering('ok []'), home);
  renameSync(home.socket, `${home.socket}.left`);
  await fake.stop();
  renameSync(`${home.socket}.left`, home.socket);
}

/** A store whose wazuh-db behaves like this, and the code with which its methods fail. */
async function failsWith(behaviour: Behaviour, code: number, timeoutMs?: number): Promise<void> {
  await using fake = await FakeWdb.start(behaviour);
  const store = clientOf(fake.home, timeoutMs);
  try {
    await assert.rejects(store.groups(), { code });
    await assert.rejects(store.unsyncedAgentInfo(0), { code });
    await assert.rejects(store.groupsToSend({ agents: 'all' }), { code });
    await assert.rejects(store.confirmAgentInfo([{ id: 1, text: '{"id":1}' }]), { code });
    // What goes wrong is over with its request: the next one finds a connection.
    fake.behaviour = answering('ok []');
    assert.deepEqual(await waitFor('an answer', () => store.groups().catch(() => null)), []);
  } finally {
    await store.close();
  }
}

describe('a wazuh-db that', { concurrency: true }, () => {
  it('is absent', async () => {
    using home = new StoreHome();
    const store = clientOf(home);
    await assert.rejects(store.groups(), { code: 2005 });
    const fake = await FakeWdb.start(answering('ok []'), home);
    assert.deepEqual(await store.groups(), []);
    await fake.stop();
    // That a connection was lost may be noticed only when it is used.
    const codeOf = () =>
      store.groups().then(
        () => null,
        ({ code }) => code,
      );
    await waitFor('the absence to be noticed', async () => (await codeOf()) === 2005);
    await store.close();
  });

  it('left its socket behind when it died', async () => {
    using home = new StoreHome();
    await leaveSocket(home);
    const store = clientOf(home);
    await assert.rejects(store.groups(), { code: 2005, message: /wdb: nobody serves this socket any more/ });
    await store.close();
    const opened = await openStore({ choice: 'auto', home: home.path, isMaster: true });
    assert.equal(opened.store.kind, 'embedded');
    await opened.store.close();
  });

  it('is slow', () => failsWith(() => {}, 3200, 100));

  it('answers too late: the late answer is not taken for that of the next request', async () => {
    let late: (() => void) | null = null;
    await using fake = await FakeWdb.start((socket) => {
      late = () => socket.write(encodeFrame('ok ["late"]', 100));
    });
    const store = new WdbStore({ socket: fake.home.socket, timeoutMs: 100, connections: 1 });
    await assert.rejects(store.query('global select-groups'), { code: 3200 });
    const answerLate = late as (() => void) | null;
    fake.behaviour = (socket) => {
      answerLate?.();
      socket.write(encodeFrame('ok ["new"]', 100));
    };
    const next = () => store.query('global select-groups').catch(() => null);
    assert.equal((await waitFor('an answer', next)).payload, '["new"]');
    await store.close();
  });

  it('answers err', () => failsWith(answering('err no way'), 2003));

  it('cuts its answer', async () => {
    const whole = encodeFrame('ok [{"name":"default"}]', 100);
    for (const sizeBytes of [0, 2, 4, 9, whole.length - 1]) {
      await failsWith((socket) => socket.end(whole.subarray(0, sizeBytes)), 2010);
    }
  });

  it('answers garbage', async () => {
    for (const garbage of [
      '',
      'garbage',
      'ok',
      'ok garbage',
      'ok {"a":1}',
      'ok [1',
      'ok null',
      'ok [null]',
      'unk x',
    ]) {
      await failsWith(answering(garbage), 2007);
    }
  });

  it('answers rows that are none of ours', async () => {
    await failsWith(answering('ok [{"nothing":true}]'), 2007);
    await failsWith(answering('ok [{"id":"x","name":7,"data":{}}]'), 2007);
  });

  it('answers random bytes', async () => {
    await using fake = await FakeWdb.start((socket) => socket.end(randomBytes(5_000)));
    const store = clientOf(fake.home);
    for (let tries = 0; tries < 20; tries += 1) {
      await assert.rejects(store.groups(), ({ code }) => [2007, 2009, 2010].includes(code));
    }
    await store.close();
  });

  it('answers 65,536 bytes', async () => {
    for (const sizeBytes of [65_536, 65_537, 1_000_000]) {
      await using fake = await FakeWdb.start(answering('ok ['.padEnd(sizeBytes, ' ')));
      const store = clientOf(fake.home);
      await assert.rejects(store.groups(), { code: 2009 });
      await store.close();
    }
  });

  it('answers twice', async () => {
    await using fake = await FakeWdb.start((socket) => {
      const answer = encodeFrame('ok ["a"]', 100);
      socket.write(Buffer.concat([answer, answer]));
    });
    const store = new WdbStore({ socket: fake.home.socket, connections: 1 });
    const [first, second] = [store.query('global a'), store.query('global b')];
    assert.equal((await first).payload, '["a"]');
    assert.equal((await second).payload, '["a"]');
    // Each on a connection of its own, as the first one had more to say than it was asked.
    assert.equal(fake.accepted, 2);
    await store.close();
  });

  it('says for ever that there is more', async () => {
    await using fake = await FakeWdb.start(answering('due [{"id":1}]'));
    const store = clientOf(fake.home);
    await assert.rejects(store.allAgents(), { code: 2007 });
    await assert.rejects(store.disconnectAgents(1, 'synced'), { code: 2007 });
    await store.close();
  });

  it('dies while it is asked by many', async () => {
    await using fake = await FakeWdb.start((_, request) => {
      if (request.endsWith('5')) fake.drop();
    });
    const store = clientOf(fake.home, 1_000);
    const asked = Array.from({ length: 10 }, (_, index) => store.query(`global find-group g${index}`));
    for (const result of await Promise.allSettled(asked)) assert.equal(result.status, 'rejected');
    await store.close();
  });

  it('is kept waiting by nobody: more requests than it takes are refused at once', async () => {
    await using fake = await FakeWdb.start(() => {});
    const store = clientOf(fake.home);
    const refused: number[] = [];
    const asked = Array.from({ length: 16_400 }, () =>
      store.query('global select-groups').catch(({ code }) => refused.push(code)),
    );
    await store.close();
    await Promise.all(asked);
    assert.ok(refused.filter((code) => code === 3110).length >= 10);
    assert.ok(refused.every((code) => code === 3110 || code === 3125));
  });
});

describe('opening the store of a home', { concurrency: true }, () => {
  it('uses a wazuh-db that answers, and says so', async () => {
    await using fake = await FakeWdb.start(answering('ok []'));
    const { store, message } = await openStore({ choice: 'auto', home: fake.home.path, isMaster: true });
    assert.equal(store.kind, 'wazuh-db');
    assert.match(message, /kept by the wazuh-db that serves .*queue\/db\/wdb\.$/);
    await store.close();
  });

  it('otherwise makes a database and serves it there, and says so', async () => {
    using home = new StoreHome();
    const { store, message } = await openStore({ choice: 'auto', home: home.path, isMaster: true });
    assert.equal(store.kind, 'embedded');
    assert.match(message, /kept in .*queue\/db\/global\.db, served at .*queue\/db\/wdb\.$/);
    const second = await openStore({ choice: 'auto', home: home.path, isMaster: true });
    assert.equal(second.store.kind, 'wazuh-db');
    assert.deepEqual(await second.store.allAgents(-1), [0]);
    await second.store.close();
    await store.close();
    // And again, as nothing is left in the way.
    const again = await openStore({ choice: 'auto', home: home.path, isMaster: true });
    assert.equal(again.store.kind, 'embedded');
    await again.store.close();
  });

  it('does not open the database beside a program that has the socket and answers nonsense', async () => {
    await using fake = await FakeWdb.start(answering('nonsense'));
    await assert.rejects(openStore({ choice: 'auto', home: fake.home.path, isMaster: true }), { code: 2007 });
  });
});
