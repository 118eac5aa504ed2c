import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import test, { mock } from 'node:test';
import {
  MAX_HISTORY_ENTRIES,
  MAX_NODE_SYNCS,
  MAX_SHOWN_CHARS,
  MAX_SYNC_NAMES,
  MAX_UNREAD_MS,
} from '../../src/api/limits.ts';
import { Collector } from '../../src/api/live/collector.ts';
import type { Reader } from '../../src/api/live/feed.ts';
import type { LiveHistoryEntry, LiveSnapshot } from '../../src/api/live/snapshot.ts';
import { MAX_NODES } from '../../src/protocol/limits.ts';
import { waitFor } from '../harness/wait-for.ts';
import { FakeNodes } from '../page/fake-nodes.ts';
import { FakeCluster, openApi } from './fixture.ts';

const api = await openApi({ tokenLifetimeMs: 1_500 });
const { app, services } = api;
await app.listen({ host: '127.0.0.1', port: 0 });
const { port } = app.server.address() as { port: number };

/** What a live page is told, one event after the other. */
async function* events(signal: AbortSignal): AsyncGenerator<{ event: string; data: unknown }> {
  const headers = await api.bearer('readonly');
  const answer = await fetch(`http://127.0.0.1:${port}/live`, { headers, signal });
  let event = '';
  let pieces: string[] = [];
  for await (const text of answer.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    const [first = '', ...others] = text.split('\n');
    pieces.push(first);
    for (const piece of others) {
      const line = pieces.join('');
      pieces = [piece];
      if (line.startsWith('event: ')) event = line.slice('event: '.length);
      if (line.startsWith('data: ')) yield { event, data: JSON.parse(line.slice('data: '.length)) };
    }
  }
}

/** Follows, and reads nothing after the first words. */
async function stuckPage() {
  const readers = new Set<Reader>();
  const { feed } = services;
  const follow = feed.follow.bind(feed);
  mock.method(feed, 'follow', (user: string, reader: Reader) => {
    readers.add(reader);
    const leave = follow(user, reader);
    return () => {
      readers.delete(reader);
      leave();
    };
  });
  const accepted = once(app.server, 'connection') as Promise<[Socket]>;
  const socket = connect(port, '127.0.0.1').on('error', () => {});
  const [served] = await accepted;
  const { authorization } = await api.bearer('readonly');
  socket.write(`GET /live HTTP/1.1\r\nHost: x\r\nAuthorization: ${authorization}\r\n\r\n`);
  await waitFor('the first words', () => socket.bytesRead > 0 || null);
  socket.pause();
  mock.reset();
  const [tell = () => {}] = readers;
  return { socket, served, readers, tell };
}

/** More than what the kernel takes while nobody reads. */
const BULK = { at: 'x'.repeat(16_777_216), history: [] } as unknown as LiveSnapshot;

test('a live page whose user logs out while it does not read is ended, and the API goes on', async () => {
  const uncaught: unknown[] = [];
  const onUncaught = (error: unknown) => uncaught.push(error);
  process.on('uncaughtException', onUncaught);
  const { socket, served, readers, tell } = await stuckPage();
  tell(BULK);
  assert.ok(served.writableLength > 0, 'a connection that is full');
  await services.users.revokeTokens('watcher');
  await waitFor('the page to be ended', () => readers.size === 0 || null);
  tell(BULK);
  await waitFor('the connection to be dropped', () => served.destroyed || null);
  socket.destroy();
  const answer = await app.inject({ url: '/health' });
  assert.equal(answer.statusCode, 200);
  process.off('uncaughtException', onUncaught);
  assert.deepEqual(uncaught, []);
});

test('a live page that reads nothing is told nothing more, and is dropped after a time', async () => {
  const { socket, served, tell } = await stuckPage();
  tell(BULK);
  const unread = served.writableLength;
  assert.ok(unread > 0);
  tell(BULK);
  assert.ok(served.writableLength <= unread, 'it is told one thing at a time');
  assert.equal(served.destroyed, false);
  const startMs = performance.now();
  mock.method(performance, 'now', () => startMs + MAX_UNREAD_MS);
  tell(BULK);
  mock.reset();
  assert.equal(served.destroyed, true);
  socket.destroy();
});

test('a cluster of as many nodes as there may be is shown, second after second', async () => {
  const names = Array.from({ length: MAX_NODES }, (_, i) => `worker-${i}`);
  new FakeNodes(api.cluster, names);
  const stop = new AbortController();
  const counts: number[] = [];
  let history = 0;
  for await (const { event, data } of events(stop.signal)) {
    if (event === 'history') history += (data as LiveHistoryEntry[]).length;
    if (event === 'snapshot')
      counts.push((data as LiveSnapshot).nodes.filter(({ isConnected }) => isConnected).length);
    if (counts.filter((count) => count === MAX_NODES).length === 2) break;
  }
  stop.abort();
  assert.equal(history, MAX_HISTORY_ENTRIES, 'the past is told once');
  for (const method of [...api.cluster.answers.keys()]) api.cluster.answers.delete(method);
});

test('of what a node says of itself no more is taken than is shown', async () => {
  const cluster = new FakeCluster();
  const long = 'x'.repeat(70_000);
  const nodes = new FakeNodes(cluster, ['master', 'worker1']);
  const failed = {
    startedAt: '2026-01-01T00:00:00.000Z',
    durationSeconds: 1,
    failure: { code: 3119, message: long },
  };
  const files = Array<string>(1_000).fill(long);
  const recent = {
    ...failed,
    created: 1,
    updated: 0,
    deleted: 0,
    files: { created: files, updated: files, deleted: [] },
  };
  const worker = nodes.nodes[1];
  assert.ok(worker !== undefined);
  worker.status = {
    more: long,
    lastCheck: { ...failed, outcome: long },
    recentSyncs: Array.from({ length: 100 }, (_, i) => ({
      ...recent,
      startedAt: `2026-01-01T00:00:00.${100 + i}Z`,
    })),
  };
  const collector = new Collector(cluster, () => ({
    inFlight: 0,
    perSecond: 0,
    medianMs: null,
    p99Ms: null,
    failed: 0,
  }));
  const { nodes: shown, history } = await collector.look();
  assert.equal(shown[1]?.integrityCheck.result.length, MAX_SHOWN_CHARS);
  assert.equal(history.length, MAX_NODE_SYNCS);
  for (const { files, failure } of history) {
    assert.equal(failure?.length, MAX_SHOWN_CHARS);
    assert.equal(files.created.length, MAX_SYNC_NAMES);
    assert.ok(
      [...files.created, ...files.updated].every(
        (name) => name.length === MAX_SHOWN_CHARS && name.endsWith('…'),
      ),
    );
  }
});

test('a look of the master at its own files that failed is shown as failed, with the reason', async () => {
  const cluster = new FakeCluster();
  const nodes = new FakeNodes(cluster, ['master', 'worker1']);
  const [master] = nodes.nodes;
  assert.ok(master !== undefined);
  const failure = { code: 3119, message: 'File system error: EIO' };
  const scan = { startedAt: '2026-01-01T00:00:00.000Z', durationSeconds: 1, files: 3, failure };
  master.status = { lastLocalIntegrity: scan };
  const requests = { inFlight: 0, perSecond: 0, medianMs: null, p99Ms: null, failed: 0 };
  const [shown] = (await new Collector(cluster, () => requests).look()).nodes;
  assert.deepEqual([shown?.integrityCheck.state, shown?.integrityCheck.result], ['failed', failure.message]);
});
