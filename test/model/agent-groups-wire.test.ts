import assert from 'node:assert/strict';
import { groupsFollowMachine } from '../../machines/agent-groups/follow.ts';
import { mismatchCounterMachine } from '../../machines/agent-groups/mismatch-counter.ts';
import { groupsOverwriteMachine } from '../../machines/agent-groups/overwrite.ts';
import { groupsReceiveMachine } from '../../machines/agent-groups/receive.ts';
import { workerAgentGroups } from '../../src/node/effects/agent-groups-worker.ts';
import type { NodeServices } from '../../src/node/services.ts';
import { done, failed, type Model } from '../harness/model.ts';
import { wiredTransfers } from '../harness/wire/services.ts';
import { actorOf, wireTest } from '../harness/wire/wire.ts';
import { groupsProcessInvariants } from './groups-process.ts';
import { count, failure, lastEvent, paramsOf, thrown } from './trace.ts';

/** The store is not part of these: what asks it is in the hands of the model. */
const follow = (services: NodeServices) => workerAgentGroups(services, wiredTransfers(services));

const stored = { receivedChunks: 2, updatedChunks: 2, errors: [], masterHash: 'h' };
const withoutHash = { ...stored, masterHash: undefined };
const input = {
  connectionId: 7,
  counter: 30,
  handles: [5, 6],
  task: 'agent-groups-7-30',
  storeTimeoutMs: 40_000,
};

const receive: Model<typeof groupsReceiveMachine> = {
  input,
  events: [
    done('store', stored),
    done('store', withoutHash),
    failed('store', thrown(3036)),
    done('readHash', { hash: 'h' }),
    done('readHash', { hash: 'other' }),
    failed('readHash', thrown(2005)),
  ],
  invariants: groupsProcessInvariants(['store']),
};
wireTest(groupsReceiveMachine, receive, {
  provide: (services) => actorOf(follow(services), 'receive'),
  answeredBy: ['replyTask'],
  actors: [],
  first: { counter: 30, command: 'syn_g_m_w' },
});

const overwrite: Model<typeof groupsOverwriteMachine> = {
  input,
  events: [
    done('overwrite', stored),
    done('overwrite', withoutHash),
    failed('overwrite', thrown(3036)),
    done('recalculate'),
    failed('recalculate', thrown(2005)),
    done('readHash', { hash: 'h' }),
    done('readHash', { hash: 'other' }),
    failed('readHash', thrown(2005)),
    done('search', { total: 1, ids: [7] }),
    failed('search', thrown(2005)),
  ],
  key: ({ stored, failure }) => [stored.masterHash, failure?.code],
  invariants: groupsProcessInvariants(['overwrite']),
};
wireTest(groupsOverwriteMachine, overwrite, {
  provide: (services) => actorOf(follow(services), 'overwrite'),
  answeredBy: ['replyTask'],
  actors: [],
  first: { counter: 30, command: 'syn_g_m_w_c' },
});

const counter: Model<typeof mismatchCounterMachine> = {
  input: { connectionId: 7, limit: 2 },
  events: [{ type: 'groups.matched' }, { type: 'groups.differed' }, done('ask'), failed('ask', thrown(3103))],
  key: ({ mismatches }) => Math.min(mismatches, 3),
  invariants: {
    'the master is asked when there were too many, not before': ({ all, snapshot }) => {
      if (all.started.length === 0) assert.ok(snapshot.context.mismatches < 2);
    },
  },
};
wireTest(mismatchCounterMachine, counter, {
  provide: (services) => actorOf(follow(services), 'counter'),
  answeredBy: [],
  actors: ['ask'],
  asks: { ask: { command: 'syn_w_g_c', reply: () => ({}) } },
});

const ends = (child: string) => [
  done(child, { outcome: 'stored', matches: true, masterHash: 'a', failure: null }),
  done(child, { outcome: 'stored', matches: false, masterHash: 'a', failure: null }),
  done(child, { outcome: 'failed', matches: null, masterHash: null, failure: failure(3036) }),
  failed(child, thrown(1000)),
];
const following: Model<typeof groupsFollowMachine> = {
  input: { connectionId: 7, storeTimeoutMs: 40_000, settleMs: 30_000, mismatchLimit: 10 },
  events: [
    { type: 'rx.syn_g_m_w', counter: 31, handles: [5] },
    { type: 'rx.syn_g_m_w_c', counter: 32, handles: [6] },
    ...ends('receive'),
    ...ends('overwrite'),
    done('readHash', { hash: 'a' }),
    done('readHash', { hash: 'b' }),
    failed('readHash', thrown(2005)),
    done('ask'),
    failed('ask', thrown(3103)),
  ],
  key: ({ failure }) => failure?.code,
  invariants: {
    'every string of the master is taken by one process or refused': (trace) => {
      const begun = trace.last.started.filter(({ src }) => src === 'receive' || src === 'overwrite').length;
      const isRequest = lastEvent(trace)?.type.startsWith('rx.') === true;
      assert.equal(begun + paramsOf(trace.last, 'refuse').length, isRequest ? 1 : 0);
    },
    'the master is told of a crash': (trace) => {
      const isCrash = /^xstate\.error\.actor\.(receive|overwrite)$/.test(lastEvent(trace)?.type ?? '');
      assert.equal(count(trace.last, 'tellCrash'), isCrash ? 1 : 0);
    },
  },
};
wireTest(groupsFollowMachine, following, {
  provide: follow,
  answeredBy: ['refuse'],
  actors: ['ask'],
  asks: { ask: { command: 'syn_w_g_c', reply: () => ({}) } },
});
