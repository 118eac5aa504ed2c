import assert from 'node:assert/strict';
import { localRequestMachine } from '../../machines/connection/local-request.ts';
import type { FileSendInput, FileSendOutput } from '../../machines/transfer/file-send.ts';
import { localHandler } from '../../src/node/effects/local-handler.ts';
import { done, failed, type Model, modelTest } from '../harness/model.ts';
import { refusedRequests } from '../harness/wire/requests.ts';
import { actorOf, wireTest } from '../harness/wire/wire.ts';
import { count, failure, live, paramsOf, thrown } from './trace.ts';

const file: FileSendInput = {
  connectionId: 3,
  path: '/tmp/upload',
  name: 'sent-upload',
  sizeBytes: 300,
  digest: 'ab'.repeat(64),
  progressTimeoutMs: 5_000,
};
const sent: FileSendOutput = { outcome: 'done', bytesSent: 300, resumedFromBytes: 0, failure: null };

const model: Model<typeof localRequestMachine> = {
  input: {
    connectionId: 7,
    counter: 9,
    command: 'get_nodes',
    args: { a: 1 },
    isAcknowledged: false,
    timeoutMs: 1_000,
  },
  events: [
    done('answer', { reply: { items: [], totalItems: 0 }, file: null }),
    done('answer', { reply: { items: [], totalItems: 1 }, file }),
    failed('answer', thrown(3022)),
    done('fileSend', sent),
    done('fileSend', { ...sent, outcome: 'failed', failure: failure(3022) }),
    failed('fileSend', thrown(3022)),
  ],
  key: ({ answer }) => [answer !== null],
  deadlinesMs: { 'working.answering': 1_000, 'working.sending': 1_000 },
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
      const end = events.at(-1);
      const isFailure = end?.type.startsWith('xstate.error.') === true || end?.output?.outcome === 'failed';
      const code = end?.type.startsWith('xstate.after.') === true ? 3020 : isFailure ? 3022 : undefined;
      assert.equal(refusal?.failure.code, code);
    },
    'nothing works on after the outcome': (trace) => {
      const working = trace.snapshot.context.answer === null ? 'answer' : 'fileSend';
      assert.deepEqual(live(trace), trace.snapshot.status === 'done' ? [] : [working]);
    },
    'a file is there before anybody is told so': ({ all, events }) => {
      const isFile = events.some(
        ({ type, output }) => type === 'xstate.done.actor.answer' && output.file !== null,
      );
      const [reply] = paramsOf<{ answer: object }>(all, 'reply');
      if (!isFile || reply === undefined) return;
      assert.equal(events.at(-1)?.output.outcome, 'done');
      assert.deepEqual(reply.answer, { items: [], totalItems: 1 });
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
