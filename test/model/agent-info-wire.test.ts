import assert from 'node:assert/strict';
import { agentInfoReceiveMachine } from '../../machines/agent-info/receive.ts';
import { agentInfoSendMachine } from '../../machines/agent-info/send.ts';
import { masterAgentInfo } from '../../src/node/effects/agent-info-master.ts';
import { workerAgentInfo } from '../../src/node/effects/agent-info-worker.ts';
import { done, failed, type Model } from '../harness/model.ts';
import { wiredTransfers } from '../harness/wire/services.ts';
import { wireTest } from '../harness/wire/wire.ts';
import { count, failure, lastEvent, paramsOf, thrown } from './trace.ts';

/** Stores are not part of these: what asks them is in the hands of the model. */

const several = { rows: 500, chunks: 3, lastId: 500, isLast: true };
const first = { ...several, isLast: false };
const single = { rows: 100, chunks: 1, lastId: 100, isLast: true };
const nothing = { rows: 0, chunks: 0, lastId: 0, isLast: true };
const posted = { outboxId: 1, sizeBytes: 9, digest: 'd'.repeat(128), progressTimeoutMs: 1_000 };
const sent = { outcome: 'done', handle: 5, bytesSent: 9, failure: null };

const round: Model<typeof agentInfoSendMachine> = {
  input: { connectionId: 7, maxChunks: 32, resultTimeoutMs: 1_000 },
  events: [
    done('read', nothing),
    done('read', first),
    done('read', several),
    done('read', single),
    failed('read', thrown(2005)),
    done('askPermission', { granted: true }),
    done('askPermission', { granted: false }),
    failed('askPermission', thrown(3103)),
    done('pack', posted),
    failed('pack', thrown(3113)),
    done('stringSend', sent),
    done('stringSend', { ...sent, outcome: 'failed', handle: null, failure: failure(3111) }),
    failed('stringSend', thrown(1000)),
    done('begin'),
    failed('begin', thrown(3116)),
    { type: 'rx.syn_m_a_e', counter: 31, updatedChunks: 3, errors: [], wanted: [] },
    { type: 'rx.syn_m_a_e', counter: 32, updatedChunks: 0, errors: ['agent 7 has no name'], wanted: [] },
    { type: 'rx.syn_m_a_err', counter: 33, error: failure(3037) },
    done('confirm', { rows: 400 }),
    failed('confirm', thrown(2005)),
  ],
  excludes: ({ context }, event) =>
    event.type === 'xstate.done.actor.read' &&
    ((event.output.isLast === false && context.afterId > 0) ||
      (event.output.chunks > 1 && context.maxChunks === 1)),
  key: ({ batch, maxChunks, afterId, failedChunks, updatedChunks, failure }) => [
    batch.chunks,
    batch.isLast,
    maxChunks,
    afterId,
    failedChunks > 0,
    updatedChunks > 0,
    failure?.code,
  ],
  invariants: {
    'every request of the master is answered once, by its counter': (trace) => {
      const event = lastEvent(trace);
      const answers = [...paramsOf(trace.last, 'acknowledge'), ...paramsOf(trace.last, 'refuse')];
      const isRequest = event?.type.startsWith('rx.') === true;
      assert.deepEqual(answers, isRequest ? [{ connectionId: 7, counter: event?.counter }] : []);
    },
    'rows are confirmed because of the word of the master, and of nothing else': (trace) => {
      const isConfirming = trace.last.started.some(({ src }) => src === 'confirm');
      if (isConfirming) assert.equal(lastEvent(trace)?.type, 'rx.syn_m_a_e');
    },
  },
};

wireTest(agentInfoSendMachine, round, {
  provide: (services) => workerAgentInfo(services, wiredTransfers(services)),
  answeredBy: ['acknowledge', 'refuse'],
  actors: ['workspace', 'askPermission', 'begin'],
  asks: {
    askPermission: { command: 'syn_a_w_m_p', reply: (output) => output as object },
    begin: { command: 'syn_a_w_m', reply: () => ({ task: 'agent-info-7-1' }) },
  },
});

const lock: Model<typeof agentInfoReceiveMachine> = {
  input: { connectionId: 7, storeTimeoutMs: 40_000 },
  events: [
    { type: 'rx.syn_a_w_m_p', counter: 31 },
    { type: 'rx.syn_a_w_m', counter: 32, handle: 5 },
    done('store', { receivedChunks: 3, updatedChunks: 2, errors: ['agent 7 has no name'], wanted: [] }),
    failed('store', thrown(3036)),
  ],
  key: () => 0,
  invariants: {
    'every request of the worker is answered once, by its counter': (trace) => {
      const event = lastEvent(trace);
      const answers = ['answer', 'refuseBegin', 'replyTask'].flatMap((type) => paramsOf(trace.last, type));
      const isRequest = event?.type.startsWith('rx.') === true;
      assert.deepEqual(
        answers.map(({ counter }) => counter),
        isRequest ? [event?.counter] : [],
      );
    },
    'the worker is told of every end': (trace) => {
      const ends = trace.events.filter(({ type }) => type.startsWith('xstate.')).length;
      assert.equal(count(trace.all, 'tellResult', 'tellFailure'), ends);
    },
  },
};

wireTest(agentInfoReceiveMachine, lock, {
  provide: (services) => masterAgentInfo(services, wiredTransfers(services)),
  answeredBy: ['answer', 'refuseBegin', 'replyTask'],
  actors: [],
});
