import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it, mock } from 'node:test';
import type { Act } from '../../src/sim/acts.ts';
import { BEAT_MS, MAX_WAITING_FACTOR } from '../../src/sim/processor-watch.ts';
import type { Mutation } from '../../src/sim/realm.ts';
import { LostSeedError, longestMs, SeedRunner } from '../../src/sim/seed-runner.ts';
import { GOES_ROUND, goesRound } from './loops.ts';

const ONE = { seed: 1, workers: 1, steps: 0 } as const;
const kill: Act = { atMs: 0, kind: 'kill', node: 'worker1', offMs: 50 };

/** What a thread is asked, and never answers. */
const NO_ANSWER: Mutation = {
  file: 'src/files/serve-tasks.ts',
  text: 'const answer = await answerOf(tools, call);',
  wrong: 'const answer = await new Promise(() => {});',
};

/** A node reads who it is from its second start on. */
const SECOND_START_GOES_ROUND: Mutation = {
  file: 'src/node/identity.ts',
  text: 'return NODE_ID.test(text) ? text : null;',
  wrong: 'for (;;);',
};

describe('a runner of seeds', () => {
  let runner: SeedRunner;
  /** What the thread had of a processor. */
  let usedMs: number;
  const processorMs = async () => usedMs;
  const beat = async (times = 1) => {
    for (let count = 0; count < times; count += 1) {
      mock.timers.tick(BEAT_MS);
      await new Promise(setImmediate);
    }
  };
  beforeEach(() => {
    usedMs = 0;
    mock.timers.enable({ apis: ['setInterval'] });
  });
  afterEach(async () => {
    mock.timers.reset();
    await runner.end();
  });

  for (const [what, mutation, sign] of [
    ['a node goes round in its code', goesRound('for (;;);'), GOES_ROUND],
    [
      'a node goes round in promises',
      goesRound('const turn = () => Promise.resolve().then(turn); turn();'),
      GOES_ROUND,
    ],
    [
      'a node goes round and logs that',
      goesRound("for (;;) log.tagged('Test', 'Loop').info('again');"),
      'again',
    ],
    ['a thread of a node never answers', NO_ANSWER, 'worker1 starts'],
  ] as const)
    it(`stops a run in which ${what} when its time is over, and not before, and had its last lines`, async () => {
      runner = new SeedRunner({ mutation, processorMs });
      const lines: string[] = [];
      const heard = Promise.withResolvers<void>();
      let isOver = false;
      const over = runner
        .run(ONE, (line) => {
          lines.push(line);
          if (line.endsWith(sign)) heard.resolve();
        })
        .finally(() => {
          isOver = true;
        });
      over.catch(heard.reject);
      await heard.promise;
      usedMs = longestMs(ONE) - 1;
      await beat(2 * (longestMs(ONE) / BEAT_MS));
      assert.equal(isOver, false);
      usedMs += 1;
      await beat();
      await assert.rejects(over, new LostSeedError(1, 'it was not over after 62 s of processor time'));
      assert.match(lines[0] ?? '', / master starts$/);
    });

  it('has a new thread for the seed behind one that it had to stop', async () => {
    runner = new SeedRunner({ mutation: SECOND_START_GOES_ROUND, processorMs });
    const order = { ...ONE, acts: [kill] };
    let starts = 0;
    const over = runner.run(order, (line) => {
      if (line.endsWith(' worker1 starts')) starts += 1;
      if (starts !== 2) return;
      usedMs = longestMs(order);
      mock.timers.tick(BEAT_MS);
    });
    await assert.rejects(over, LostSeedError);
    usedMs = 0;
    const { failure } = await runner.run(ONE);
    assert.equal(failure, null);
  });

  it('counts for a seed what its thread has had of a processor since, and not for the seeds before', async () => {
    runner = new SeedRunner({ processorMs });
    await runner.run(ONE);
    usedMs = longestMs(ONE);
    const second = runner.run(ONE);
    await beat(2);
    assert.equal((await second).failure, null);
  });

  it('gives up a thread that waits for ever, long after one that had a processor all the time', async () => {
    runner = new SeedRunner({ mutation: NO_ANSWER, processorMs });
    const over = runner.run(ONE);
    over.catch(() => {});
    await beat(MAX_WAITING_FACTOR * (longestMs(ONE) / BEAT_MS));
    await assert.rejects(over, new LostSeedError(1, 'it was not over after 620 s'));
  });

  it('stops a run that goes round by what the system counts for its thread', async () => {
    mock.timers.reset();
    runner = new SeedRunner({ mutation: goesRound('for (;;);'), maxSeedMs: 3_000 });
    await assert.rejects(
      runner.run(ONE),
      new LostSeedError(1, 'it was not over after 3 s of processor time'),
    );
  });

  it('tells each line of a trace as it is written, and of a run at which nobody listens none', async () => {
    runner = new SeedRunner();
    const lines: string[] = [];
    const order = { ...ONE, maxLines: Number.POSITIVE_INFINITY };
    const heard = await runner.run(order, (line) => lines.push(line));
    assert.ok(lines.length > 0);
    assert.deepEqual(lines, heard.lines);
    assert.deepEqual(await runner.run(order), heard);
    assert.equal(lines.length, heard.lines.length);
  });

  it('has more time with more nodes and acts, and never none', () => {
    assert.ok(longestMs({ workers: 3, steps: 40 }) > longestMs({ workers: 3, steps: 4 }));
    assert.ok(longestMs({ workers: 3, steps: 40 }) > longestMs({ workers: 1, steps: 40 }));
    assert.ok(longestMs({ workers: 1, steps: 0 }) >= 60_000);
    assert.equal(longestMs({}), 224_000);
    assert.equal(longestMs({ workers: 1, steps: 40, acts: [kill] }), longestMs({ workers: 1, steps: 1 }));
  });
});
