import assert from 'node:assert/strict';
import test from 'node:test';
import { MAX_LIVE_READERS, MAX_USER_LIVE_READERS } from '../../src/api/limits.ts';
import { LiveFeed } from '../../src/api/live/feed.ts';
import type { LiveSnapshot } from '../../src/api/live/snapshot.ts';
import { waitFor } from '../harness/wait-for.ts';

const SNAPSHOT = { at: 'now' } as LiveSnapshot;

test('whoever comes and goes in a loop is told what was seen last, and the cluster is not asked anew each time', async () => {
  let looks = 0;
  const feed = new LiveFeed(async () => {
    looks += 1;
    return SNAPSHOT;
  });
  await feed.look();
  const startedMs = performance.now();
  for (let i = 0; i < 50; i += 1) {
    const told = Promise.withResolvers<LiveSnapshot>();
    const leave = feed.follow('watcher', told.resolve);
    assert.equal(await told.promise, SNAPSHOT);
    leave();
  }
  const elapsedS = (performance.now() - startedMs) / 1000;
  assert.ok(looks <= 1 + Math.ceil(elapsedS), `${looks} looks in ${elapsedS} s`);
  feed.close();
});

test('all who wait for one look are told once', async () => {
  const look = Promise.withResolvers<LiveSnapshot>();
  const feed = new LiveFeed(() => look.promise);
  const told = [0, 0, 0];
  for (const index of told.keys()) {
    feed.follow('watcher', () => {
      told[index] = (told[index] ?? 0) + 1;
    });
    const sinceMs = performance.now();
    await waitFor('its timer of no time to have run', () => performance.now() > sinceMs + 2 || null);
  }
  look.resolve(SNAPSHOT);
  await feed.look();
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(told, [1, 1, 1]);
  feed.close();
});

test('one user does not take the places of all', () => {
  const feed = new LiveFeed(async () => SNAPSHOT);
  const follow = (user: string) => feed.follow(user, () => {});
  const [leave] = Array.from({ length: MAX_USER_LIVE_READERS }, () => follow('one'));
  assert.throws(() => follow('one'), { code: 3408, message: /16 pages are followed live by one/ });
  follow('other');
  leave?.();
  follow('one');
  for (let i = MAX_USER_LIVE_READERS + 1; i < MAX_LIVE_READERS; i += 1) follow(`user${i}`);
  assert.throws(() => follow('last'), { code: 3408, message: /64 pages are followed live/ });
  feed.close();
});
