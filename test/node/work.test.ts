import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LiveRequest } from '../../src/node/dapi/live-requests.ts';
import { type WorkParts, work } from '../../src/node/dapi/work.ts';
import { ManualClock } from '../harness/manual-clock.ts';

test('a clock that is set takes no request the time that it has left', async () => {
  const clock = new ManualClock();
  const sent: { request: { timeoutMs: number } }[] = [];
  const channel = {
    traits: { resultForm: 'plain' },
    request: async (_command: string, args: (typeof sent)[number]) => sent.push(args),
  };
  const parts = {
    services: {
      config: { role: 'master', nodeName: 'master' },
      clock,
      status: { worker: () => ({ connectionId: 1 }) },
      channels: { find: () => channel },
    },
    forwards: { ask: (_channel: object, _id: string, _signal: AbortSignal, send: () => unknown) => send() },
    nextNumber: () => 1,
  } as unknown as WorkParts;
  const live = {
    origin: { node: null },
    sender: null,
    request: { method: 'a', args: {} },
    workDueMs: clock.elapsedMs() + 10_000,
  } as unknown as LiveRequest;
  clock.increment(1_000);
  clock.aheadMs = 3_600_000;
  const { signal } = new AbortController();
  await work(parts, live, { place: 'worker1', args: {}, ids: null }, signal);
  assert.equal(sent[0]?.request.timeoutMs, 9_000);
});
