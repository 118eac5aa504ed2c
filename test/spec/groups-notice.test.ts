import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AnyActorRef } from 'xstate';
import { ClusterInProcess } from './cluster-in-process.ts';

test('What the embedded store of a worker tells of changes reaches the process that keeps its groups like the master’s', async () => {
  const cluster = await ClusterInProcess.start();
  try {
    const worker = cluster.worker();
    const follow = ['connector', 'handler', 'groups'].reduce<AnyActorRef | undefined>(
      (actor, id) => actor?.getSnapshot().children?.[id],
      worker.root,
    );
    assert.ok(follow);
    const isIn = (state: string) => follow.getSnapshot().matches({ resting: state });
    // The master has to collect groups for the first time, and the worker to look whether it has them still.
    await cluster.until('the worker to be in step', async () => {
      await cluster.pass(1_000);
      return isIn('inStep');
    });
    await worker.services.store.current.query('global delete-agent 1');
    await cluster.until('the notice', () => isIn('settling'));
  } finally {
    await cluster.close();
  }
});
