import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PROGRESS_INTERVAL_MS } from '../../src/node/transfers/limits.ts';
import { Pace } from '../../src/node/transfers/pace.ts';

const HOUR_MS = 3_600_000;

test('progress is told at once, and then once an interval', () => {
  let nowMs = HOUR_MS;
  const pace = new Pace({ elapsedMs: () => nowMs });
  assert.deepEqual([pace.isDue(), pace.isDue()], [true, false]);
  nowMs += PROGRESS_INTERVAL_MS - 1;
  assert.equal(pace.isDue(), false);
  nowMs += 1;
  assert.deepEqual([pace.isDue(), pace.isDue()], [true, false]);
});
