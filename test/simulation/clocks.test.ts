import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import type { Act } from '../../src/sim/acts.ts';
import { Clocks } from '../../src/sim/clocks.ts';
import { SeedRunner } from '../../src/sim/seed-runner.ts';

const HOUR_MS = 3_600_000;
const AGENT = 1;
const [FIRST, SECOND] = [11, 22];

/** The master knows an agent, its clock is set back, and a worker hears something new. */
const acts: readonly Act[] = [
  { atMs: 10_000, kind: 'report', node: 'worker1', agent: AGENT, salt: FIRST },
  { atMs: 25_000, kind: 'clock', node: 'master', byMs: -HOUR_MS },
  { atMs: 30_000, kind: 'report', node: 'worker1', agent: AGENT, salt: SECOND },
];

describe('a clock that is set back', () => {
  let runner: SeedRunner;
  after(() => runner.end());

  it('keeps nothing from the master that workers hear afterwards', async () => {
    runner = new SeedRunner();
    const { failure } = await runner.run({ seed: 1, workers: 1, acts });
    assert.equal(failure, null);
    await runner.end();
  });

  it('is no excuse for a master that takes what it heard before for newer', async () => {
    runner = new SeedRunner({
      mutation: {
        file: 'src/agents/embedded/info-rows.ts',
        text: 'newest, database.nowS, newest,',
        wrong: 'newest, Number.POSITIVE_INFINITY, newest,',
      },
    });
    const { failure } = await runner.run({ seed: 1, workers: 1, acts });
    assert.equal(
      failure?.message,
      `1: not in step 300 s after faults ended: agent ${AGENT}: the master has v${FIRST}, a worker has heard v${SECOND} since`,
    );
  });
});

describe('what clocks that jump excuse', () => {
  it('is what the master heard before its clock was set back, once that is no longer in its future', () => {
    const clocks = new Clocks();
    const [presentMs, heardAtMs] = [100_000, 110_000];
    assert.equal(clocks.couldBeNewer(presentMs, heardAtMs, 130_000), false);
    clocks.masterJumps(105_000, -20_000);
    // By its clock it is 99,000, and then 110,000.
    assert.equal(clocks.couldBeNewer(presentMs, heardAtMs, 115_000), false);
    assert.equal(clocks.couldBeNewer(presentMs, heardAtMs, 130_000), true);
    // What was heard after the clock was where it had been is newer again.
    assert.equal(clocks.couldBeNewer(presentMs, 125_000, 130_000), false);
  });

  it('ends where the clock is set forward again before that', () => {
    const clocks = new Clocks();
    clocks.masterJumps(105_000, -20_000);
    clocks.masterJumps(112_000, 20_000);
    assert.equal(clocks.couldBeNewer(100_000, 110_000, 130_000), false);
  });

  it('is a report that no master was told before a clock jumped', () => {
    const clocks = new Clocks();
    clocks.confuse('v1');
    assert.deepEqual(
      ['v1', 'v2', null].map((version) => clocks.isConfused(version)),
      [true, false, false],
    );
  });
});
