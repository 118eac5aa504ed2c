import assert from 'node:assert/strict';
import { localRequestMachine } from '../../machines/connection/local-request.ts';
import { localHandler } from '../../src/node/effects/local-handler.ts';
import { done, failed, type Model, modelTest } from '../harness/model.ts';
import { refusedRequests } from '../harness/wire/requests.ts';
import { actorOf, wireTest } from '../harness/wire/wire.ts';
import { count, live, paramsOf, thrown } from './trace.ts';

const model: Model<typeof localRequestMachine> = {
  input: { connectionId: 7, counter: 9, command: 'get_nodes', args: { a: 1 }, timeoutMs: 1_000 },
  events: [done('answer', { items: [], totalItems: 0 }), failed('answer', thrown(3022))],
  invariants: {
    'a request has exactly one outcome: an answer, an error, or an error in time': ({
      all,
      events,
      snapshot,
    }) => {
      assert.equal(count(all, 'reply', 'refuse'), snapshot.status === 'done' ? 1 : 0);
      for (const { counter } of [...paramsOf(all, 'reply'), ...paramsOf(all, 'refuse')])
        assert.equal(counter, 9);
      const [refusal] = paramsOf<{ failure: { code: number } }>(all, 'refuse');
      const end = events.at(-1)?.type ?? '';
      const code = end.startsWith('xstate.after.')
        ? 3020
        : end.startsWith('xstate.error.')
          ? 3022
          : undefined;
      assert.equal(refusal?.failure.code, code);
    },
    'nothing works on after the outcome': (trace) => {
      assert.deepEqual(live(trace), trace.snapshot.status === 'done' ? [] : ['answer']);
    },
  },
};

modelTest(localRequestMachine, model);
wireTest(localRequestMachine, model, {
  provide: (services, transfers) =>
    actorOf(localHandler(services, transfers, refusedRequests(services)), 'localRequest'),
  answeredBy: ['reply', 'refuse'],
  actors: [],
  first: { counter: 9, command: 'get_nodes' },
});
