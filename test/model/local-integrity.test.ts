import assert from 'node:assert/strict';
import { localIntegrityMachine } from '../../machines/integrity/local-integrity.ts';
import { done, failed, modelTest } from '../harness/model.ts';
import { count, paramsOf, thrown } from './trace.ts';

const summary = {
  digest: 'd'.repeat(128),
  fileCount: 3,
  created: 1,
  updated: 1,
  deleted: 0,
  durationMs: 5,
};

modelTest(localIntegrityMachine, {
  events: [done('scan', summary), failed('scan', thrown(3119))],
  invariants: {
    'what a scan found is published, and only that': ({ all, events }) => {
      const found = events.filter(({ type }) => type === 'xstate.done.actor.scan');
      assert.deepEqual(
        paramsOf(all, 'publish'),
        found.map(({ output }) => ({ digest: output.digest })),
      );
    },
    'a round has a first line in the log and a last': ({ all, snapshot }) => {
      assert.equal(count(all, 'logStarting'), 1);
      assert.equal(count(all, 'logFinished', 'logFailed'), snapshot.status === 'done' ? 1 : 0);
    },
    'its outcome says whether it succeeded': ({ snapshot, events }) => {
      if (snapshot.status !== 'done') return;
      assert.equal(snapshot.output?.succeeded, events.at(-1)?.type === 'xstate.done.actor.scan');
      assert.equal(snapshot.output?.failure?.code ?? null, snapshot.output?.succeeded ? null : 3119);
    },
  },
});
