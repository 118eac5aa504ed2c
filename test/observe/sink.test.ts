import assert from 'node:assert/strict';
import { openSync } from 'node:fs';
import { test } from 'node:test';
import { Sink } from '../../src/observe/sink.ts';
import { TROUBLE_PERIOD_MS, WriteTrouble } from '../../src/observe/write-trouble.ts';

/** A file that has no room, ever. */
const full = () => openSync('/dev/full', 'a');

test('a disk that is full does not hold a closing file up: what it did not take comes back', () => {
  const sink = new Sink(full(), { patient: true });
  sink.write('one\n');
  assert.equal(sink.takeFailure()?.code, 'ENOSPC');
  sink.write('two\n');
  assert.equal(sink.isCaughtUp, false);
  assert.equal(sink.close(), 'one\ntwo\n');
});

test('nor one that standard output is sent to', async () => {
  const sink = new Sink(full(), { patient: false });
  sink.write('one\n');
  sink.write('two\n');
  await sink.drained();
  assert.equal(sink.takeFailure()?.code, 'ENOSPC');
  assert.equal(sink.close(), 'one\ntwo\n');
});

test('what waits for a full disk is bounded: further lines are counted, and the first ones are kept', () => {
  const sink = new Sink(full(), { patient: true, maxBacklogBytes: 8 });
  for (const line of ['one\n', 'two\n', 'three\n', 'four\n']) sink.write(line);
  assert.equal(sink.lostLines, 2);
  assert.equal(sink.takeLostLines(), 0, 'not before there is room to say so');
  assert.equal(sink.close(), 'one\ntwo\n');
});

test('a file that cannot be written is told of once, then at most once a period with a count, and once when it is well', () => {
  const trouble = new WriteTrouble();
  const startMs = 1_000_000;
  const noteAt = (afterMs: number, failure: string | null = 'full') =>
    trouble.note(failure, failure === null, startMs + afterMs);
  assert.equal(noteAt(0, null), null);
  assert.equal(noteAt(0), 'full');
  for (let afterMs = 1; afterMs < TROUBLE_PERIOD_MS; afterMs += TROUBLE_PERIOD_MS / 100)
    assert.equal(noteAt(afterMs), null);
  assert.equal(noteAt(TROUBLE_PERIOD_MS), 'full; so it was for 101 lines since this was told');
  assert.equal(noteAt(TROUBLE_PERIOD_MS + 1), null);
  assert.equal(trouble.note(null, false, startMs), null, 'a line that only waits is neither');
  assert.equal(noteAt(TROUBLE_PERIOD_MS + 2, null), 'it is written again');
  assert.equal(noteAt(TROUBLE_PERIOD_MS + 3, null), null);
  assert.equal(noteAt(TROUBLE_PERIOD_MS + 4), 'full', 'trouble that comes anew is told at once');
});

test('a clock that is set back keeps nobody waiting for more than a period', () => {
  const trouble = new WriteTrouble();
  trouble.note('full', false, 10 * TROUBLE_PERIOD_MS);
  assert.equal(trouble.note('full', false, 0), null);
  assert.match(trouble.note('full', false, TROUBLE_PERIOD_MS) ?? '', /for 2 lines/);
});
