import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { StoreNews } from '../../src/agents/store.ts';
import { WdbStore } from '../../src/agents/wdb-store.ts';
import type { MusterError } from '../../src/protocol/errors.ts';
import { waitFor } from '../harness/wait-for.ts';
import { answering, FakeWdb } from './fake-wdb.ts';
import { StoreHome } from './fixture.ts';

const PROBE = 'global select-groups';
const told = (news: readonly StoreNews[]) =>
  news.map((one) => (one.kind === 'silent' ? one.failure.code : one.kind));

describe('a client of a wazuh-db tells', { concurrency: true }, () => {
  it('once that nobody answers, once that somebody does, however many requests there are', async () => {
    using home = new StoreHome();
    const store = new WdbStore({ socket: home.socket });
    const news: StoreNews[] = [];
    store.onNews((one) => news.push(one));
    for (let count = 0; count < 3; count += 1) await assert.rejects(store.query(PROBE), { code: 2005 });
    assert.deepEqual(told(news), [2005]);
    const wdb = await FakeWdb.start(answering('ok []'), home);
    await Promise.all([1, 2, 3].map(() => store.query(PROBE)));
    assert.deepEqual(told(news), [2005, 'answers']);
    await wdb.stop();
    for (let count = 0; count < 3; count += 1) await assert.rejects(store.query(PROBE));
    assert.equal(news.length, 3);
    assert.equal(news[2]?.kind, 'silent');
    await store.close();
    await assert.rejects(store.query(PROBE), { code: 3125 });
    assert.equal(news.length, 3, 'that it is closed is no news');
  });

  it('whoever listens late what is so now', async () => {
    using home = new StoreHome();
    const store = new WdbStore({ socket: home.socket });
    await assert.rejects(store.query(PROBE), { code: 2005 });
    const news: StoreNews[] = [];
    store.onNews((one) => news.push(one));
    assert.deepEqual(told(news), [2005]);
    await store.close();
  });

  it('that it answers by whatever answer, and not that it is silent for one request that is slow among others', async () => {
    await using wdb = await FakeWdb.start((socket, request) => {
      if (request === PROBE) answering('err no')(socket, request);
    });
    const store = new WdbStore({ socket: wdb.home.socket, timeoutMs: 1500 });
    const news: StoreNews[] = [];
    store.onNews((one) => news.push(one));
    let isOver = false;
    const slow = assert.rejects(store.query('global slow'), { code: 3200 }).finally(() => (isOver = true));
    await waitFor('the end of the slow one', async () => {
      await store.query(PROBE);
      return isOver || null;
    });
    await slow;
    assert.deepEqual(told(news), ['answers']);
    wdb.behaviour = () => {};
    await assert.rejects(store.query(PROBE), { code: 3200 });
    assert.deepEqual(told(news), ['answers', 3200]);
    await store.close();
  });

  it('nothing of answers that make no sense: somebody is there', async () => {
    await using wdb = await FakeWdb.start(answering('what'));
    const store = new WdbStore({ socket: wdb.home.socket });
    const news: StoreNews[] = [];
    store.onNews((one) => news.push(one));
    await assert.rejects(store.query(PROBE), (error: MusterError) => error.code === 2007);
    assert.deepEqual(news, []);
    await store.close();
  });
});
