import assert from 'node:assert/strict';
import { test } from 'node:test';
import { STALE_LOG_INTERVAL_MS, StaleLog } from '../../src/node/effects/stale-log.ts';
import { ManualClock } from '../harness/manual-clock.ts';

test('reports that are left out are told at once, and then once an interval with their sum, also the last ones', () => {
  const counts: string[] = [];
  const clock = new ManualClock();
  const log = new StaleLog(clock, (line) => counts.push(line.split('left out: ')[1] ?? ''));
  log.note(1);
  assert.deepEqual(counts, ['1.']);
  log.note(2);
  log.note(3);
  clock.increment(STALE_LOG_INTERVAL_MS - 1);
  assert.deepEqual(counts, ['1.']);
  clock.increment(1);
  assert.deepEqual(counts, ['1.', '5.'], 'though nothing more came');
  clock.increment(STALE_LOG_INTERVAL_MS);
  log.note(4);
  assert.deepEqual(counts, ['1.', '5.', '4.']);
});
