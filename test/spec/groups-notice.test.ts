import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AnyActorRef } from 'xstate';
import { ClusterInProcess } from './cluster-in-process.ts';

/** Until the master has collected groups for the first time, and the worker has looked whether it has them still. */
const BEGINNING_MS = 70_000;

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
    await cluster.pass(BEGINNING_MS);
    await cluster.until('the worker to be in step', () => isIn('inStep'));
    await worker.services.store.current.query('global delete-agent 1');
    await cluster.until('the notice', () => isIn('settling'));
  } finally {
    await cluster.close();
  }
});
