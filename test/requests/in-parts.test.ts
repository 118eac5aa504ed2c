import assert from 'node:assert/strict';
import { it } from 'node:test';
import { ANSWER_MARGIN_MS, forEachOf } from '../../src/requests/in-parts.ts';

it('what is not begun shortly before the answer is due is told, and so is what was done by then', async (t) => {
  let nowMs = 1_000_000;
  t.mock.method(performance, 'now', () => nowMs);
  const items = Array.from({ length: 2_000 }, (_, index) => index);
  const done: number[] = [];
  const failed: number[] = [];
  const context = { signal: new AbortController().signal, deadlineMs: nowMs + 10_000 };
  await forEachOf(items, context, {
    work: async (item) => {
      if (item === 700) nowMs = context.deadlineMs - ANSWER_MARGIN_MS;
      await Promise.resolve();
      done.push(item);
    },
    failed: (item, { code }) => {
      assert.equal(code, 3021);
      failed.push(item);
    },
  });
  assert.ok(done.includes(700) && done.length < items.length, 'some were done, and not all');
  assert.deepEqual(
    [...done, ...failed].sort((a, b) => a - b),
    items,
    'each is told once',
  );
  assert.ok(Math.min(...failed) > 700, 'what was begun in time is done');
});

it('of little time half is for what is under way: some is begun at once', async () => {
  const done: number[] = [];
  const context = {
    signal: new AbortController().signal,
    deadlineMs: performance.now() + ANSWER_MARGIN_MS / 4,
  };
  await forEachOf([1, 2], context, {
    work: async (item) => void done.push(item),
    failed: () => assert.fail('there is time'),
  });
  assert.deepEqual(done, [1, 2]);
});

it('nothing is begun for nobody', async () => {
  const codes: number[] = [];
  await forEachOf(
    [1, 2],
    { signal: AbortSignal.abort(), deadlineMs: performance.now() + 10_000 },
    {
      work: () => assert.fail('nobody waits'),
      failed: (_, { code }) => codes.push(code),
    },
  );
  assert.deepEqual(codes, [3120, 3120]);
});
