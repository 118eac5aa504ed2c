import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { DatabaseSync } from 'node:sqlite';
import { describe, it } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { promisify } from 'node:util';
import { CallDeadlines } from '../../src/agents/embedded/call-deadlines.ts';
import { EmbeddedStore } from '../../src/agents/embedded/store.ts';
import { waitFor } from '../harness/wait-for.ts';
import { addAgents, StoreHome } from './fixture.ts';

const TIMEOUT_MS = 200;
/** Longer than anything here waits. */
const HANG = 'global sleep 10000';
const open = (home: StoreHome, more: object = {}) =>
  EmbeddedStore.open({ home: home.path, isMaster: true, isServed: true, timeoutMs: TIMEOUT_MS, ...more });

async function elapsedMs(task: Promise<unknown>): Promise<number> {
  const beginMs = performance.now();
  await task;
  return performance.now() - beginMs;
}

describe('an embedded store whose thread hangs', { concurrency: true }, () => {
  it('answers nobody, and has died: 3200; the next one finds all that was answered, and the socket', async () => {
    using home = new StoreHome();
    const store = await open(home);
    await addAgents(store, 3);
    const hanging = store.query(HANG);
    await assert.rejects(Promise.all([hanging, store.unsyncedAgentInfo(0)]), { code: 3200 });
    await assert.rejects(hanging, /global\.db: nothing in 200 ms/);
    assert.equal((await store.died).code, 3200);
    await assert.rejects(store.allAgents(), { code: 3200 });
    const next = await open(home);
    assert.deepEqual(await next.allAgents(), [1, 2, 3]);
    await next.close();
    await store.close();
  });

  it('is not dead because many have asked: the time of a call begins when the one before it is answered', async () => {
    using home = new StoreHome();
    // More than half of this and of the second look, so that two take longer than both.
    const store = await open(home, { timeoutMs: 2_000 });
    const sleeping = async () => {
      const answer = store.query('global sleep 1700');
      await setImmediate(); // requests of one moment are one call
      return { answer };
    };
    const first = await sleeping();
    const second = await sleeping();
    await Promise.all([first.answer, second.answer, store.unsyncedAgentInfo(0)]);
    await store.close();
  });

  it('is closed within seconds, and says that it was not in order', async () => {
    using home = new StoreHome();
    const store = await open(home, { timeoutMs: 60_000 });
    const hanging = assert.rejects(store.query(HANG), { code: 3125 });
    await setImmediate(); // requests of one moment travel together, at its end
    const closingMs = await elapsedMs(assert.rejects(store.close(), { code: 3200 }));
    await hanging;
    assert.ok(closingMs < 5_000, `${closingMs} ms, which is more than its supervisor waits`);
  });

  it('is not opened any more when nobody wants it', async () => {
    using home = new StoreHome();
    await (await open(home)).close();
    const other = new DatabaseSync(home.database);
    other.exec('BEGIN EXCLUSIVE');
    const end = new AbortController();
    const opening = open(home, { busyTimeoutMs: 60_000, signal: end.signal });
    end.abort();
    await assert.rejects(opening, { code: 3125 });
    other.close(); // and so the thread ends
  });

  it('within SQLite, where nothing can end it, leaves its socket to the next one', async () => {
    using home = new StoreHome();
    const program = [new URL('store-process.ts', import.meta.url).pathname, 'hangInSqlite', home.path];
    const run = promisify(execFile)(process.execPath, program, { timeout: 60_000 });
    // It cannot end by itself.
    const { stdout, signal } = await run.catch((error) => error);
    assert.equal(signal, 'SIGKILL');
    assert.equal(stdout, '3200\n1 threads are stuck\nserved again: ok [{"name":"a1"}]\n');
  });
});

describe('deadlines of calls', { concurrency: true }, () => {
  it('wait for a back-up or a vacuum, and begin anew after it', async () => {
    const overdue: string[] = [];
    const deadlines = (name: string) => new CallDeadlines(20, () => overdue.push(name));
    const [patient, other] = [deadlines('patient'), deadlines('other')];
    patient.begin(1);
    other.begin(1);
    patient.takeCare(true);
    await waitFor('the other to be overdue', () => overdue.length > 0 || null);
    assert.deepEqual(overdue, ['other']);
    patient.takeCare(false);
    await waitFor('it to be overdue', () => overdue.length > 1 || null);
    patient.stop();
  });

  it('are those of the oldest call that is not answered', async () => {
    let isOverdue = false;
    const deadlines = new CallDeadlines(20, () => {
      isOverdue = true;
    });
    deadlines.begin(1, 60_000);
    deadlines.end(1);
    deadlines.begin(2);
    await waitFor('the second to be overdue', () => isOverdue || null);
  });
});

it('many requests to a database that another program keeps locked do not wait for it one after the other', async () => {
  using home = new StoreHome();
  const store = await open(home, { timeoutMs: 5_000, busyTimeoutMs: 500 });
  const other = new DatabaseSync(home.database);
  other.exec('BEGIN IMMEDIATE');
  const outcomes = await Promise.allSettled(
    Array.from({ length: 200 }, (_, index) => store.insertGroup(`g${index}`)),
  );
  for (const outcome of outcomes) assert.match(String((outcome as PromiseRejectedResult).reason), /locked/);
  other.close();
  await waitFor('it to be free', () =>
    store.insertGroup('web').then(
      () => true,
      () => null,
    ),
  );
  await store.close();
});
