import assert from 'node:assert/strict';
import { groupsOverwriteMachine } from '../../machines/agent-groups/overwrite.ts';
import { done, failed, type Model, modelTest } from '../harness/model.ts';
import { groupsProcessInvariants } from './groups-process.ts';
import { thrown } from './trace.ts';

const stored = { receivedChunks: 2, updatedChunks: 2, errors: [] as string[] };

const model: Model<typeof groupsOverwriteMachine> = {
  input: { connectionId: 7, counter: 30, handle: 5, task: 'agent-groups-7-30', storeTimeoutMs: 40_000 },
  events: [
    done('overwrite', { ...stored, masterHash: 'a' }),
    done('overwrite', { ...stored, masterHash: null, errors: ['agent 7 is unknown'] }),
    done('overwrite', { ...stored, masterHash: undefined }),
    failed('overwrite', thrown(3036)),
    done('recalculate'),
    failed('recalculate', thrown(2003)),
    done('readHash', { hash: 'a' }),
    done('readHash', { hash: null }),
    failed('readHash', thrown(2005)),
  ],
  key: ({ stored, matches, failure }) => [String(stored.masterHash), matches, failure?.code],
  invariants: {
    ...groupsProcessInvariants(['overwrite']),
    'hashes are computed anew after the groups are written, and compared after that': ({ all }) => {
      const order = ['overwrite', 'recalculate', 'readHash'];
      assert.deepEqual(
        all.started.map(({ src }) => src),
        order.slice(0, all.started.length),
      );
    },
  },
};

modelTest(groupsOverwriteMachine, model);
