import assert from 'node:assert/strict';
import type { AnyEventObject } from 'xstate';
import { groupsOverwriteMachine } from '../../machines/agent-groups/overwrite.ts';
import { done, failed, type Model, modelTest } from '../harness/model.ts';
import { groupsProcessInvariants } from './groups-process.ts';
import { paramsOf, thrown } from './trace.ts';

const differing = { total: 2, ids: [3, 7] };
const masterHash = (events: readonly AnyEventObject[]) =>
  events.find(({ type }) => type === 'xstate.done.actor.overwrite')?.output.masterHash;
const stored = { receivedChunks: 2, updatedChunks: 2, errors: [] as string[] };

const model: Model<typeof groupsOverwriteMachine> = {
  input: { connectionId: 7, counter: 30, handles: [5, 6], task: 'agent-groups-7-30', storeTimeoutMs: 40_000 },
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
    done('search', differing),
    failed('search', thrown(2005)),
  ],
  key: ({ stored, matches, differing, failure }) => [
    String(stored.masterHash),
    matches,
    differing !== null,
    failure?.code,
  ],
  invariants: {
    ...groupsProcessInvariants(['overwrite']),
    'hashes are computed anew after the groups are written, compared after that, and who differs is looked for last':
      ({ all }) => {
        const order = ['workspace', 'overwrite', 'recalculate', 'readHash', 'search'];
        assert.deepEqual(
          all.started.map(({ src }) => src),
          order.slice(0, all.started.length),
        );
      },
    'the master hears who differs, if anybody does and it was found out': ({ all, events }) => {
      const [answer] = paramsOf<{ differing: unknown }>(all, 'answer');
      const found = events.some(({ type }) => type === 'xstate.done.actor.search');
      assert.deepEqual(answer?.differing ?? null, found && answer ? differing : null);
      const isSearched = all.started.some(({ src }) => src === 'search');
      const hashes = events.filter(({ type }) => type === 'xstate.done.actor.readHash');
      assert.equal(
        isSearched,
        hashes.some(({ output }) => output.hash !== masterHash(events)),
      );
    },
  },
};

modelTest(groupsOverwriteMachine, model);
