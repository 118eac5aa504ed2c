import assert from 'node:assert/strict';
import { dapiPartMachine } from '../../machines/dapi/part.ts';
import { done, failed, type Model, modelTest } from '../harness/model.ts';
import { failure, live, thrown } from './trace.ts';

const model: Model<typeof dapiPartMachine> = {
  input: { requestId: 5, index: 1, place: 'worker1', source: 'worker2' },
  events: [
    { type: 'turn.granted' },
    { type: 'turn.refused', failure: failure(3110) },
    done('work'),
    failed('work', thrown(3103)),
  ],
  sentBy: { turn: 'turn' },
  invariants: {
    'nothing is worked on before it is its turn, and its turn ends with it': (trace) => {
      const isGranted = trace.events.some(({ type }) => type === 'turn.granted');
      assert.equal(
        trace.all.started.some(({ id }) => id === 'work'),
        isGranted,
      );
      const running = trace.snapshot.value === 'working' ? ['turn', 'work'] : ['turn'];
      assert.deepEqual(live(trace), trace.snapshot.status === 'done' ? [] : running);
    },
    'it says which part it was, and why it failed': ({ snapshot, events }) => {
      if (snapshot.status !== 'done') return;
      const end = events.at(-1);
      const code =
        end?.type === 'turn.refused' ? 3110 : end?.type === 'xstate.error.actor.work' ? 3103 : null;
      assert.deepEqual([snapshot.output?.index, snapshot.output?.failure?.code ?? null], [1, code]);
    },
  },
};

modelTest(dapiPartMachine, model);
