import assert from 'node:assert/strict';
import { keepaliveSenderMachine } from '../../machines/connection/keepalive-sender.ts';
import { clientHandler } from '../../src/node/effects/client-handler.ts';
import { done, failed, type Model, modelTest } from '../harness/model.ts';
import { refusedRequests } from '../harness/wire/requests.ts';
import { actorOf, wireTest } from '../harness/wire/wire.ts';
import { count, live, thrown } from './trace.ts';

const MAX_FAILURES = 3;

const model: Model<typeof keepaliveSenderMachine> = {
  input: { connectionId: 7, intervalMs: 1_000, maxFailures: MAX_FAILURES },
  events: [done('sendKeepalive'), failed('sendKeepalive', thrown(3020))],
  key: ({ failures }) => failures,
  deadlinesMs: { waiting: 1_000 },
  invariants: {
    'it gives up when, and only when, too many keepalives in a row stayed unanswered': ({
      events,
      snapshot,
      all,
    }) => {
      const ends = events.map(({ type }) => type).filter((type) => type.includes('.actor.'));
      const failuresInARow = ends.length - 1 - ends.lastIndexOf('xstate.done.actor.sendKeepalive');
      assert.equal(snapshot.status === 'done', failuresInARow === MAX_FAILURES);
      assert.equal(count(all, 'logLost'), failuresInARow === MAX_FAILURES ? 1 : 0);
      if (snapshot.status === 'done') assert.equal(snapshot.output?.failure?.code, 3020);
    },
    'every end of a keepalive is logged once': ({ all, events }) => {
      const ends = events.filter(({ type }) => type.includes('.actor.')).length;
      assert.equal(count(all, 'logAnswered', 'logUnanswered', 'logLost'), ends);
    },
    'keepalives go out one at a time, on the connection': (trace) => {
      assert.ok(live(trace).length <= 1);
      for (const { input } of trace.all.started) assert.deepEqual(input, { connectionId: 7 });
    },
  },
};

modelTest(keepaliveSenderMachine, model);
wireTest(keepaliveSenderMachine, model, {
  provide: (services, transfers) =>
    actorOf(clientHandler(services, transfers, refusedRequests(services)), 'keepaliveSender'),
  answeredBy: [],
  actors: ['sendKeepalive'],
  asks: { sendKeepalive: { command: 'echo-c', reply: () => ({ data: 'keepalive' }) } },
});
