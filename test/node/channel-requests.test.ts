import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { test } from 'node:test';
import type { Clock } from '../../src/node/clock.ts';
import { Requests } from '../../src/node/requests.ts';
import { MusterError } from '../../src/protocol/errors.ts';
import { MAX_COUNTER } from '../../src/protocol/limits.ts';

/** A clock that stands still and shows which timers run. */
class StoppedClock implements Clock {
  readonly timers = new Set<() => void>();
  now = () => 0;
  elapsedMs = () => 0;
  setTimeout = (task: () => void) => {
    this.timers.add(task);
    return task;
  };
  clearTimeout = (task: () => void) => void this.timers.delete(task);
}

function setUp(firstCounter = 0) {
  const clock = new StoppedClock();
  const requests = new Requests<string>(clock, firstCounter);
  const counters: number[] = [];
  const { signal } = new AbortController();
  const send = () => requests.send('x', 1_000, signal, (counter) => counters.push(counter));
  const left = () => [requests.size, clock.timers.size, getEventListeners(signal, 'abort').length];
  return { clock, requests, counters, send, left };
}

test('however a request ends, it leaves neither timer nor listener', async () => {
  const { clock, requests, counters, send, left } = setUp();
  const answered = send();
  assert.deepEqual(left(), [1, 1, 1]);
  assert.equal(requests.settle(counters[0] ?? -1, 'reply'), true);
  assert.equal(await answered, 'reply');
  assert.deepEqual(left(), [0, 0, 0]);
  const late = assert.rejects(send(), { code: 3020 });
  for (const timer of [...clock.timers]) timer();
  await late;
  assert.deepEqual(left(), [0, 0, 0]);
  const lost = assert.rejects(send(), { code: 3103 });
  requests.failAll(new MusterError(3103));
  await lost;
  assert.deepEqual(left(), [0, 0, 0]);
  const unsendable = requests.send('x', 1_000, undefined, () => {
    throw new MusterError(3113);
  });
  await assert.rejects(unsendable, { code: 3113 });
  assert.deepEqual(left(), [0, 0, 0]);
});

test('a reply that nobody waits for is told apart', () => {
  const { requests, counters, send } = setUp();
  void send();
  const [counter = -1] = counters;
  assert.equal(requests.has(counter), true);
  assert.equal(requests.settle(counter + 1, 'stray'), false);
  assert.equal(requests.settle(counter, 'reply'), true);
  assert.equal(requests.settle(counter, 'again'), false);
});

test('after the greatest counter comes 0', async () => {
  const { counters, send, requests } = setUp(MAX_COUNTER - 1);
  const sent = [send(), send(), send()];
  assert.deepEqual(counters, [MAX_COUNTER, 0, 1]);
  for (const counter of counters) requests.settle(counter, '');
  await Promise.all(sent);
});
