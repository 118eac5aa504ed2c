import assert from 'node:assert/strict';
import { it } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { Slices } from '../../src/node/dapi/slices.ts';

it('takes so many in a turn of the event loop and no more, all in their order', async () => {
  const slices = new Slices(3);
  const done: number[] = [];
  for (let i = 0; i < 8; i += 1) slices.run(() => done.push(i));
  assert.deepEqual(done, [0, 1, 2], 'what has room begins at once');
  await setImmediate();
  assert.deepEqual(done, [0, 1, 2, 3, 4, 5]);
  slices.run(() => done.push(8));
  assert.equal(done.length, 6, 'behind those that wait');
  await setImmediate();
  assert.deepEqual(done, [0, 1, 2, 3, 4, 5, 6, 7, 8]);
  await setImmediate();
  slices.run(() => done.push(9));
  assert.equal(done.at(-1), 9, 'a turn in which nothing was done has room again');
});

it('lets what follows from some happen before the next are begun', async () => {
  const slices = new Slices(1);
  const seen: string[] = [];
  for (const name of ['a', 'b']) {
    slices.run(() => {
      seen.push(`${name} begins`);
      void Promise.resolve().then(() => process.nextTick(() => seen.push(`${name} is written`)));
    });
  }
  await setImmediate();
  await setImmediate();
  assert.deepEqual(seen, ['a begins', 'a is written', 'b begins', 'b is written']);
});
