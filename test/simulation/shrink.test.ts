import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Act } from '../../src/sim/acts.ts';
import { MAX_RUNS, shrink } from '../../src/sim/shrink.ts';
import type { Run, SimulateOptions } from '../../src/sim/simulate.ts';
import { failureOf, runOf } from './runs.ts';

const actsOf = (count: number): Act[] =>
  Array.from({ length: count }, (_, index) => ({ atMs: index, kind: 'cut', node: 'worker1' }));

const NO_OUTCOME = 'no outcome';

/** Shrinks a run of so many acts, whose runs fail as `messageOf` tells for the acts that they have. */
async function shrunk(count: number, messageOf: (acts: readonly number[]) => string | null) {
  let runs = 0;
  const simulate = async ({ acts = [] }: Partial<SimulateOptions>): Promise<Run | null> => {
    runs += 1;
    const message = messageOf(acts.map(({ atMs }) => atMs));
    if (message === NO_OUTCOME) return null;
    return runOf({ acts, failure: message === null ? null : failureOf(message) });
  };
  const first = await simulate({ acts: actsOf(count) });
  assert.ok(first);
  runs = 0;
  const { kept, run } = await shrink(first, { seed: 1 }, simulate);
  assert.deepEqual(
    run.acts.map(({ atMs }) => atMs),
    kept,
  );
  return { kept, runs };
}

describe('shrinking', () => {
  it('leaves the acts that it takes to fail, and no other', async () => {
    const { kept } = await shrunk(40, (acts) => (acts.includes(3) && acts.includes(17) ? '2: torn' : null));
    assert.deepEqual(kept, [3, 17]);
  });

  it('leaves nothing of a run that fails by itself', async () => {
    const { kept } = await shrunk(40, () => '1: not in step');
    assert.deepEqual(kept, []);
  });

  it('leaves all of a run that only all of its acts make fail', async () => {
    const { kept } = await shrunk(20, (acts) => (acts.length === 20 ? '8: spins' : null));
    assert.equal(kept.length, 20);
  });

  it('goes on behind a run that has no outcome, and does not take that for the same failure', async () => {
    const { kept } = await shrunk(40, (acts) => {
      if (!acts.includes(3)) return NO_OUTCOME;
      return acts.includes(17) ? '2: torn' : null;
    });
    assert.deepEqual(kept, [3, 17]);
  });

  it('does not go on for ever', async () => {
    const { runs } = await shrunk(2_000, (acts) => (acts.length === 2_000 ? '8: spins' : null));
    assert.equal(runs, MAX_RUNS);
  });

  it('takes the same promise broken in other words for the same, and another promise not', async () => {
    const { kept } = await shrunk(10, (acts) => {
      if (acts.includes(4)) return `2: the set of worker${acts.length} was never published`;
      return '7: two live sessions of worker1';
    });
    assert.deepEqual(kept, [4]);
  });

  it('tells errors that nobody handled from one another by what they say, and not by node, file, number or stack', async () => {
    const { kept } = await shrunk(10, (acts) => {
      const node = acts.length % 2 === 0 ? 'master' : `worker${acts.length}`;
      if (acts.includes(4))
        return `nobody handled: Error: ENOENT: ${node} has no '/sim/${node}/${acts.length}' after ${acts.length} ms\n    at line ${acts.length}`;
      return "nobody handled: Error: EIO: master has no '/sim/master/10' after 10 ms";
    });
    assert.deepEqual(kept, [4]);
  });
});
