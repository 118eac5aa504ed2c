import assert from 'node:assert/strict';
import { groupsReceiveMachine } from '../../machines/agent-groups/receive.ts';
import { done, failed, type Model, modelTest } from '../harness/model.ts';
import { groupsProcessInvariants } from './groups-process.ts';
import { thrown } from './trace.ts';

const stored = { receivedChunks: 2, updatedChunks: 2, errors: [] as string[] };

const model: Model<typeof groupsReceiveMachine> = {
  input: { connectionId: 7, counter: 30, handles: [5, 6], task: 'agent-groups-7-30', storeTimeoutMs: 40_000 },
  events: [
    done('store', { ...stored, masterHash: 'a' }),
    done('store', { ...stored, masterHash: null, errors: ['agent 7 is unknown'] }),
    done('store', { ...stored, masterHash: undefined }),
    failed('store', thrown(3036)),
    done('readHash', { hash: 'a' }),
    done('readHash', { hash: null }),
    failed('readHash', thrown(2005)),
  ],
  key: ({ stored, matches }) => [String(stored.masterHash), matches],
  deadlinesMs: { 'working.storing': 40_000, 'working.comparing': 40_000 },
  invariants: {
    ...groupsProcessInvariants(['store']),
    'the checksums are compared after the groups are written': ({ all, events }) => {
      const isWritten = events.some(({ type }) => type === 'xstate.done.actor.store');
      if (!isWritten) assert.ok(all.started.every(({ src }) => src !== 'readHash'));
    },
  },
};

modelTest(groupsReceiveMachine, model);
