import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import test from 'node:test';
import { MAX_UNREAD_BYTES } from '../../src/api/limits.ts';
import { waitFor } from '../harness/wait-for.ts';
import { openApi } from './fixture.ts';

const api = await openApi({ tokenLifetimeMs: 1_500 });
const { app, services } = api;
await app.listen({ host: '127.0.0.1', port: 0 });
const { port } = app.server.address() as { port: number };

test('a live page whose user logs out while it does not read is ended, and the API goes on', async () => {
  const uncaught: unknown[] = [];
  const onUncaught = (error: unknown) => uncaught.push(error);
  process.on('uncaughtException', onUncaught);
  const followers = new Set<unknown>();
  let tell: (snapshot: never) => void = () => {};
  const { feed } = services;
  const follow = feed.follow.bind(feed);
  feed.follow = (reader) => {
    followers.add(reader);
    tell = reader as typeof tell;
    const leave = follow(reader);
    return () => {
      followers.delete(reader);
      leave();
    };
  };
  const accepted = once(app.server, 'connection') as Promise<[Socket]>;
  const socket = connect(port, '127.0.0.1').on('error', () => {});
  const [served] = await accepted;
  const { authorization } = await api.bearer('readonly');
  socket.write(`GET /live HTTP/1.1\r\nHost: x\r\nAuthorization: ${authorization}\r\n\r\n`);
  await waitFor('the first words', () => socket.bytesRead > 0 || null);
  socket.pause();
  const bulk = { at: 'x'.repeat(60_000) } as never;
  // More than what the kernel takes while nobody reads, and less than what ends the page at once.
  await waitFor('a connection that is full', () => {
    if (served.writableLength < MAX_UNREAD_BYTES / 2) tell(bulk);
    return served.writableLength >= MAX_UNREAD_BYTES / 2 || null;
  });
  await services.users.revokeTokens('watcher');
  await waitFor('the page to be ended', () => followers.size === 0 || null);
  tell(bulk);
  await waitFor('the connection to be dropped', () => served.destroyed || null);
  socket.destroy();
  const answer = await app.inject({ url: '/health' });
  assert.equal(answer.statusCode, 200);
  process.off('uncaughtException', onUncaught);
  assert.deepEqual(uncaught, []);
});
