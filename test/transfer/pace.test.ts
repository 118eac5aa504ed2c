import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PROGRESS_INTERVAL_MS } from '../../src/node/transfers/limits.ts';
import { Pace } from '../../src/node/transfers/pace.ts';

const HOUR_MS = 3_600_000;

test('progress is told at once, and then once an interval', () => {
  let nowMs = HOUR_MS;
  const pace = new Pace({ now: () => nowMs });
  assert.deepEqual([pace.isDue(), pace.isDue()], [true, false]);
  nowMs += PROGRESS_INTERVAL_MS - 1;
  assert.equal(pace.isDue(), false);
  nowMs += 1;
  assert.deepEqual([pace.isDue(), pace.isDue()], [true, false]);
});

test('a clock that is set back does not silence a transfer, which would be given up for dead', () => {
  let nowMs = 2 * HOUR_MS;
  const pace = new Pace({ now: () => nowMs });
  assert.equal(pace.isDue(), true);
  nowMs -= HOUR_MS;
  assert.deepEqual([pace.isDue(), pace.isDue()], [true, false]);
  nowMs += PROGRESS_INTERVAL_MS;
  assert.equal(pace.isDue(), true);
});
