import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NodeStatus, type WorkerStatus } from '../../src/node/status.ts';

test('a worker is found by its newest session: requests do not go where an evicted one is closing', () => {
  const status = new NodeStatus(new Date(0));
  const session = (address: string) => ({ name: 'worker1', address }) as WorkerStatus;
  status.workers.set(3, session('10.0.0.1:1'));
  status.workers.set(7, session('10.0.0.1:2'));
  assert.equal(status.worker('worker1')?.connectionId, 7);
  status.workers.delete(3);
  assert.equal(status.worker('worker1')?.connectionId, 7);
  assert.equal(status.worker('worker2'), undefined);
});
