import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Mutation } from '../../src/sim/realm.ts';
import { runSeeds, type SeedsOptions } from '../../src/sim/run-seeds.ts';
import { LostSeedError } from '../../src/sim/seed-runner.ts';

/** One node in sixteen takes the thread that it runs in with it. */
const SOME_DIE: Mutation = {
  file: 'src/node/identity.ts',
  text: "const node = randomBytes(16).toString('hex');",
  wrong: "const node = randomBytes(16).toString('hex'); if (node < '1') process.exit(3);",
};
const COUNT = 200;

const begin = (more: Partial<SeedsOptions> = {}) => {
  const seeds: number[] = [];
  const options = { seed: 70, count: COUNT, workers: 1, steps: 0, jobs: 2, ...more };
  const over = runSeeds(options, ({ seed }) => {
    seeds.push(seed);
    return true;
  });
  return { over, seeds };
};

async function lossOf(over: Promise<void>): Promise<LostSeedError> {
  const error = await over.then(
    () => null,
    (error: unknown) => error,
  );
  assert.ok(error instanceof LostSeedError, String(error));
  return error;
}

describe('many seeds', () => {
  it('name the one whose thread ended without a word, and no thread goes on after that', async () => {
    const { over, seeds } = begin({ mutation: SOME_DIE });
    const { seed, message } = await lossOf(over);
    assert.equal(message, `seed ${seed} has no outcome: its thread ended with 3`);
    assert.ok(seed >= 70 && seed < 70 + COUNT && !seeds.includes(seed), `${seed}`);
    const { length } = seeds;
    await begin({ count: 1 }).over;
    assert.equal(seeds.length, length);
  });

  it('name the one that is not over in its time', async () => {
    const { message } = await lossOf(begin({ count: 1, maxSeedMs: 1 }).over);
    assert.equal(message, 'seed 70 has no outcome: it was not over after 0.001 s of processor time');
  });
});
