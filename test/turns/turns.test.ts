import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Turns } from '../../src/turns.ts';

/** A task that ends when it is told. */
function task() {
  const end = Promise.withResolvers<string>();
  const state = { hasBegun: false, resolve: end.resolve, reject: end.reject, run: () => end.promise };
  state.run = () => {
    state.hasBegun = true;
    return end.promise;
  };
  return state;
}

describe('turns', () => {
  it('come one after the other, in order, however the one before ended', async () => {
    const turns = new Turns();
    const [first, second, third] = [task(), task(), task()];
    const results = [first, second, third].map(({ run }) => turns.run(run));
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual([first.hasBegun, second.hasBegun], [true, false]);
    first.reject(new Error('no'));
    await assert.rejects(results[0] ?? first.run(), /no/);
    second.resolve('second');
    assert.equal(await results[1], 'second');
    third.resolve('third');
    assert.equal(await results[2], 'third');
    assert.equal(await turns.run(async () => 'later'), 'later');
  });

  it('come so many at a time, if they may', async () => {
    const turns = new Turns({ atOnce: 2 });
    const [first, second, third, fourth] = [task(), task(), task(), task()];
    const results = [first, second, third, fourth].map(({ run }) => turns.run(run));
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual([first.hasBegun, second.hasBegun, third.hasBegun], [true, true, false]);
    second.resolve('second');
    await results[1];
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual([third.hasBegun, fourth.hasBegun], [true, false]);
    for (const { resolve } of [first, third, fourth]) resolve('done');
    await Promise.all(results);
    const again = [task(), task(), task()];
    const more = again.map(({ run }) => turns.run(run));
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(
      again.map(({ hasBegun }) => hasBegun),
      [true, true, false],
    );
    for (const { resolve } of again) resolve('done');
    await Promise.all(more);
  });

  it('are for so many and no more: 3110', async () => {
    const turns = new Turns({ maxWaiting: 2 });
    const first = task();
    const results = [turns.run(first.run), turns.run(async () => 'b'), turns.run(async () => 'c')];
    await assert.rejects(turns.run(first.run), { code: 3110 });
    first.resolve('a');
    assert.deepEqual(await Promise.all(results), ['a', 'b', 'c']);
  });

  it('are given up at once by those whom nobody wants any more: 3120, and their places are free', async () => {
    const turns = new Turns({ maxWaiting: 1 });
    const [first, unwanted, last] = [task(), task(), task()];
    const end = new AbortController();
    const running = turns.run(first.run);
    const waiting = turns.run(unwanted.run, end.signal);
    end.abort();
    await assert.rejects(waiting, { code: 3120 });
    await assert.rejects(turns.run(unwanted.run, end.signal), { code: 3120 });
    const next = turns.run(last.run);
    first.resolve('first');
    last.resolve('last');
    assert.deepEqual(await Promise.all([running, next]), ['first', 'last']);
    assert.equal(unwanted.hasBegun, false);
  });
});
