import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  MAX_REJECTION_LINES,
  REJECTION_PERIOD_MS,
  RejectionLog,
} from '../../src/node/effects/rejection-log.ts';
import { ManualClock } from '../harness/manual-clock.ts';

test('strangers cannot fill the log: past a few lines a period they are counted, and the count is told', () => {
  const lines: string[] = [];
  const clock = new ManualClock();
  const log = new RejectionLog(clock, (line) => lines.push(line));
  const knock = (times: number) => {
    for (let i = 0; i < times; i += 1)
      log.note('Rejected a connection from 127.0.0.1:9', { code: 3104, message: 'no handshake' });
  };
  knock(1000);
  assert.equal(lines.length, MAX_REJECTION_LINES);
  assert.equal(
    lines[0],
    'Rejected a connection from 127.0.0.1:9: Error 3104 - The handshake took too long: no handshake',
  );
  log.note('Refused worker1', { code: 3028, message: 'taken' });
  assert.equal(lines.length, MAX_REJECTION_LINES + 1, 'of another kind they are told');
  clock.increment(REJECTION_PERIOD_MS);
  assert.equal(
    lines[MAX_REJECTION_LINES + 1],
    `Rejected ${1000 - MAX_REJECTION_LINES} more connections since 1970-01-01T00:00:00.000Z.`,
    'also if nobody knocks again',
  );
  knock(1);
  assert.equal(lines.length, MAX_REJECTION_LINES + 3, 'and a new period begins');
});

test('who notes something hears whether it was written, and what is summed up is called what it is', () => {
  const lines: string[] = [];
  const clock = new ManualClock();
  const log = new RejectionLog(clock, (line) => lines.push(line), 'transfers');
  const written = Array.from({ length: MAX_REJECTION_LINES + 2 }, () =>
    log.note('file-receive a.zip, worker1: failed', { code: 3112, message: 'a.zip' }),
  );
  assert.deepEqual(written, [...Array.from({ length: MAX_REJECTION_LINES }, () => true), false, false]);
  clock.increment(REJECTION_PERIOD_MS);
  assert.equal(lines.at(-1), '2 more transfers failed since 1970-01-01T00:00:00.000Z.');
});

test('a clock that is set back hides nobody who knocks after it', () => {
  const lines: string[] = [];
  const clock = new ManualClock();
  const log = new RejectionLog(clock, (line) => lines.push(line));
  const knock = () =>
    log.note('Rejected a connection from 127.0.0.1:9', { code: 3104, message: 'no handshake' });
  for (let i = 0; i < MAX_REJECTION_LINES; i += 1) knock();
  clock.aheadMs = -3_600_000;
  clock.increment(REJECTION_PERIOD_MS);
  knock();
  assert.equal(lines.length, MAX_REJECTION_LINES + 1);
});
