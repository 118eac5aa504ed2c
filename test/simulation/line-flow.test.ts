import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { LineFlow, MAX_LINES_UNDER_WAY } from '../../src/sim/line-flow.ts';
import { waitFor } from '../harness/wait-for.ts';

test('a thread that tells lines faster than they are taken waits, and goes on when there is room', async () => {
  const flow = new LineFlow();
  const told = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  const thread = new Worker(new URL('./tell-lines.ts', import.meta.url), {
    workerData: { lines: flow.memory, told },
  });
  const isTold = (count: number) => () => {
    const now = Atomics.load(told, 0);
    assert.ok(now <= count, `${now} lines were told`);
    return now === count;
  };
  try {
    await waitFor('all lines that may be under way', isTold(MAX_LINES_UNDER_WAY));
    for (let taken = 1; taken <= 3; taken += 1) {
      flow.end();
      await waitFor('one more', isTold(MAX_LINES_UNDER_WAY + taken));
    }
  } finally {
    await thread.terminate();
  }
});
