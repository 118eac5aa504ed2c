import assert from 'node:assert/strict';
import { groupsBroadcastMachine } from '../../machines/agent-groups/broadcast.ts';
import { groupsSendMachine } from '../../machines/agent-groups/send.ts';
import { masterAgentGroups } from '../../src/node/effects/agent-groups-master.ts';
import type { NodeServices } from '../../src/node/services.ts';
import { done, failed, type Model } from '../harness/model.ts';
import { wiredTransfers } from '../harness/wire/services.ts';
import { actorOf, wireTest } from '../harness/wire/wire.ts';
import { failure, lastEvent, live, paramsOf, thrown } from './trace.ts';

/** The store is not part of these: what asks it is in the hands of the model. */
const broadcastOf = (services: NodeServices) =>
  masterAgentGroups(services, wiredTransfers(services), () => {}).broadcast;

const posted = { outboxId: 1, sizeBytes: 9, digest: 'd'.repeat(128), progressTimeoutMs: 1_000 };
const sent = { outcome: 'done', handle: 5, bytesSent: 9, failure: null };

const TASK = 'agent-groups-7-1';
const report = { updatedChunks: 1, errors: [], matches: null, differing: null };

const send: Model<typeof groupsSendMachine> = {
  input: { connectionId: 7, kind: 'full', sinceVersion: 3, version: 5, answerTimeoutMs: 1_000 },
  events: [
    done('prepare', { strings: 1, agents: 2, chunks: 1, isComplete: true }),
    done('prepare', { strings: 2, agents: 2, chunks: 40, isComplete: true }),
    failed('prepare', thrown(2005)),
    done('post', posted),
    failed('post', thrown(3113)),
    done('stringSend', sent),
    done('stringSend', { ...sent, outcome: 'failed', handle: null, failure: failure(3111) }),
    failed('stringSend', thrown(1000)),
    done('announce', { task: TASK }),
    failed('announce', thrown(3110)),
    { type: 'worker.answered', task: TASK, report, failure: null },
    { type: 'worker.answered', task: TASK, report: { ...report, errors: ['no'] }, failure: null },
    { type: 'worker.answered', task: TASK, report: null, failure: failure(3036) },
  ],
  key: ({ prepared, handles, answer, failure }) => [
    prepared?.strings,
    handles.length,
    answer?.report?.errors.length,
    answer?.failure?.code,
    failure?.code,
  ],
  invariants: {
    'it leaves nothing running': (trace) => {
      if (trace.snapshot.status === 'done') assert.deepEqual(live(trace), []);
    },
  },
};
wireTest(groupsSendMachine, send, {
  provide: (services) => actorOf(broadcastOf(services), 'send'),
  answeredBy: [],
  actors: ['workspace', 'announce'],
  asks: { announce: { command: 'syn_g_m_w_c', reply: (output) => output as object } },
});

const ended = (outcome: string, matches: boolean | null, wasComplete = true) =>
  done('send', {
    outcome,
    matches,
    wasComplete,
    differing: null,
    failure: outcome === 'failed' ? failure(3020) : null,
  });

const broadcast: Model<typeof groupsBroadcastMachine> = {
  input: { connectionId: 7, acknowledged: 0, published: 0, retryMs: 10_000, answerTimeoutMs: 1_000 },
  events: ({ context }) => [
    ...(context.published < 2 ? [{ type: 'groups.published' as const, version: context.published + 1 }] : []),
    { type: 'rx.syn_w_g_c', counter: 31 },
    { type: 'rx.syn_w_g_e', counter: 32, task: TASK, ...report, matches: false },
    { type: 'rx.syn_wgc_e', counter: 34, task: TASK, ...report },
    { type: 'rx.syn_w_g_err', counter: 35, task: TASK, error: failure(3036) },
    { type: 'rx.syn_wgc_err', counter: 36, task: TASK, error: failure(3036) },
    ended('stored', true),
    ended('stored', false, false),
    ended('incomplete', false),
    ended('stored', null),
    ended('failed', null),
    failed('send', thrown(1000)),
  ],
  key: ({ published, attempted, pauses }) => [published > attempted, attempted > 0, pauses > 0],
  stopWhen: ({ context }) => context.pauses > 1,
  excludes: (_, event) => event.type === 'groups.published' && event.version === undefined,
  invariants: {
    'every request of the worker has exactly one answer': (trace) => {
      const event = lastEvent(trace);
      const answers = [...paramsOf(trace.last, 'acknowledge'), ...paramsOf(trace.last, 'refuse')];
      const isRequest = event?.type.startsWith('rx.') === true;
      assert.deepEqual(answers, isRequest ? [{ connectionId: 7, counter: event?.counter }] : []);
    },
  },
};
wireTest(groupsBroadcastMachine, broadcast, {
  provide: broadcastOf,
  answeredBy: ['acknowledge', 'refuse'],
  actors: [],
});
