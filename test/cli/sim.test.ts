import assert from 'node:assert/strict';
import { afterEach, describe, it, mock } from 'node:test';
import { simCommand } from '../../src/cli/sim.ts';
import type { Simulators } from '../../src/cli/sim-run.ts';
import type { Act } from '../../src/sim/acts.ts';
import { plannedActs } from '../../src/sim/plan.ts';
import { planted } from '../../src/sim/planted.ts';
import { BEAT_MS } from '../../src/sim/processor-watch.ts';
import type { Mutation } from '../../src/sim/realm.ts';
import { runSeeds } from '../../src/sim/run-seeds.ts';
import { LostSeedError, longestMs, SeedRunner } from '../../src/sim/seed-runner.ts';
import type { Run, SimulateOptions } from '../../src/sim/simulate.ts';
import { GOES_ROUND, goesRound } from '../simulation/loops.ts';
import { failureOf, runOf } from '../simulation/runs.ts';
import { runMuster } from './run-muster.ts';

/** Sessions that another of their name takes the place of are told so, and stay. */
const TWO_SESSIONS: Mutation = {
  file: 'machines/connection/admission.ts',
  text: "type: 'evict',",
  wrong: "type: 'note',",
};

afterEach(() => {
  process.exitCode = 0;
});

async function sim(args: string, simulators: Simulators) {
  const lines: string[] = [];
  await simCommand(simulators, (line) => lines.push(line)).parseAsync(args.split(' '), { from: 'user' });
  return { code: process.exitCode, text: lines.join('\n') };
}

/** Runs among others and alone that are as it is said. */
const played = (
  among: (seed: number) => Run,
  alone: (seed: number, options: SimulateOptions) => Run,
): Simulators => ({
  runSeeds: async ({ seed, count }, told) => {
    for (let at = seed; at < seed + count; at += 1) if (!told(among(at))) return;
  },
  runner: () => ({ run: async (options) => alone(options.seed, options), end: async () => {} }),
});

const kept = (seed: number) => runOf({ seed });
const failing = (seed: number) => runOf({ seed, digest: 'bb', failure: failureOf('2: torn') });
const failingAt5 = (seed: number) => (seed === 5 ? failing(seed) : kept(seed));

describe('muster sim', () => {
  it('ends with 0 where every promise was kept, of one seed and of many', async () => {
    assert.equal((await sim('--seed 3', played(kept, kept))).code, 0);
    const { code, text } = await sim('--seed 1 --seeds 9', played(kept, kept));
    assert.equal(code, 0);
    assert.match(text, /^9 seeds, 90 events, .*: every promise was kept\.$/);
  });

  it('ends with 1 where one of many seeds fails, and names the seed, the promise and the trace', async () => {
    const { code, text } = await sim('--seed 1 --seeds 9', played(failingAt5, failingAt5));
    assert.equal(code, 1);
    assert.match(
      text,
      /^5 seeds, .*: not every promise was kept\.\nseed 5, step 7, 1\.500 s: 2: torn; trace bb$/m,
    );
    assert.doesNotMatch(text, /not the same run/);
  });

  it('ends with 1 too where the seed keeps every promise when it is run again, and says that it is another run', async () => {
    const { code, text } = await sim('--seed 1 --seeds 9', played(failingAt5, kept));
    assert.equal(code, 1);
    assert.match(text, /^seed 5, .*2: torn; trace bb$/m);
    assert.match(
      text,
      /^seed 5 was not the same run again: its trace was bb among the others, and now it is aa\./m,
    );
  });

  it('ends with 1 where a seed has no outcome, and says how to run it', async () => {
    const simulators: Simulators = {
      ...played(kept, kept),
      runSeeds: () => Promise.reject(new LostSeedError(8, 'its thread ended with 3')),
    };
    const { code, text } = await sim('--seed 1 --seeds 9', simulators);
    assert.equal(code, 1);
    assert.match(text, /^seed 8 has no outcome: its thread ended with 3$/m);
    assert.match(text, /^Again: muster sim --seed 8 --workers 3 --steps 40$/m);
  });

  it('ends with 1 where a seed that failed has no outcome when it is run again, and says so', async () => {
    const simulators = played(failingAt5, () => {
      throw new LostSeedError(5, 'its thread ended with 3');
    });
    const { code, text } = await sim('--seed 1 --seeds 9', simulators);
    assert.equal(code, 1);
    assert.match(text, /^seed 5, .*2: torn; trace bb$/m);
    assert.match(text, /^seed 5 has no outcome: its thread ended with 3$/m);
    assert.match(text, /its trace was bb among the others, and now it has no outcome\./);
  });

  for (const trace of ['', ' --trace'])
    it(`stops a seed that loops, and shows its acts and the end of its trace:${trace}`, async (context) => {
      mock.timers.enable({ apis: ['setInterval'] });
      context.after(() => mock.timers.reset());
      const order = { workers: 1, steps: 3 };
      let usedMs = 0;
      const runner = new SeedRunner({ mutation: goesRound('for (;;);'), processorMs: async () => usedMs });
      const simulators: Simulators = {
        ...played(kept, kept),
        runner: () => ({
          run: (options, onLine) =>
            runner.run(options, (line) => {
              onLine?.(line);
              if (!line.endsWith(GOES_ROUND)) return;
              usedMs = longestMs(order);
              mock.timers.tick(BEAT_MS);
            }),
          end: () => runner.end(),
        }),
      };
      const { code, text } = await sim(`--seed 1 --workers 1 --steps 3${trace}`, simulators);
      assert.equal(code, 1);
      const shown = text.split('\n');
      const lines = shown.filter((line) => /^ *\d+\.\d{4} /.test(line)).map((line) => line.trim());
      assert.deepEqual(
        lines.map((line) => line.slice(line.indexOf(' ') + 1)),
        ['master starts', 'worker1 starts', `worker1 info [Test] [Loop] ${GOES_ROUND}`],
      );
      assert.ok(shown.includes('seed 1 has no outcome: it was not over after 68 s of processor time'), text);
      assert.match(text, /^Acts:\n( {4}\d {2} .*\n){3}/m);
      assert.equal(shown.includes('The end of the trace:'), trace === '');
      assert.equal(shown.at(-1), 'Again: muster sim --seed 1 --workers 1 --steps 3 --acts 0,1,2 --trace');
    });

  it('shrinks a failure also where runs with fewer acts have no outcome', async () => {
    const simulators = played(kept, (seed, { acts = [] }) => {
      if (acts.length < 5) throw new LostSeedError(seed, 'it was not over after 68 s');
      return { ...failing(seed), acts };
    });
    const { code, text } = await sim('--seed 1 --steps 20', simulators);
    assert.equal(code, 1);
    assert.match(text, /^seed 1, step 7, 1\.500 s: 2: torn$/m);
    assert.match(text, /^These 5 of 20 acts are enough:$/m);
    assert.doesNotMatch(text, /has no outcome/);
  });

  it('finds a wrong, shrinks it, and prints a command that plays exactly that again', async () => {
    const simulators: Simulators = {
      runSeeds: (options, told) => runSeeds({ ...options, mutation: TWO_SESSIONS }, told),
      runner: () => new SeedRunner({ mutation: TWO_SESSIONS }),
    };
    const found = await sim('--seed 11 --seeds 60 --workers 1 --steps 6 --jobs 1', simulators);
    assert.equal(found.code, 1);
    const [, seed] =
      /^seed (\d+), step \d+, [\d.]+ s: 7: two live sessions of worker1$/m.exec(found.text) ?? [];
    assert.ok(seed !== undefined, found.text);
    assert.doesNotMatch(found.text, /not the same run/);
    const [, enough = ''] = /^These (\d+) of 6 acts are enough:$/m.exec(found.text) ?? [];
    assert.ok(Number(enough) >= 1 && Number(enough) < 6, found.text);
    const [, command = ''] = /^Again: muster sim (.*)$/m.exec(found.text) ?? [];
    assert.match(command, new RegExp(`^--seed ${seed} --workers 1 --steps 6 --acts [\\d,]+ --trace$`));
    const end = found.text.slice(found.text.indexOf('The end of the trace:\n')).split('\n').slice(1, 6);
    const again = await sim(command, simulators);
    assert.equal(again.code, 1);
    assert.match(again.text, /: 7: two live sessions of worker1$/m);
    for (const line of end) assert.ok(again.text.includes(`${line.trim()}\n`), line);
  });

  it('tells what was run when it is interrupted, and ends as shells expect it', async () => {
    const interrupted = (seed: number) => {
      if (seed === 3) process.emit('SIGINT');
      return kept(seed);
    };
    const { code, text } = await sim('--seed 1 --seeds 9', played(interrupted, kept));
    assert.equal(code, 130);
    assert.match(
      text,
      /^3 seeds, .*: every promise was kept\.\nInterrupted: 6 of the 9 seeds from 1 on were not run\.$/,
    );
    assert.equal(process.listenerCount('SIGINT'), 0);
  });

  it('shows what a failure looks like with a wrong that is planted, and how to play it again', async () => {
    const args = ['--plant', 'two-sessions', '--seed', '400002', '--workers', '2', '--steps', '25'];
    const { code, stdout } = await runMuster(['sim', ...args]);
    assert.equal(code, 1);
    assert.match(stdout, /^seed 400002, step \d+, [\d.]+ s: 7: two live sessions of worker\d$/m);
    assert.match(stdout, /^Again: muster sim --plant two-sessions --seed 400002 .* --acts [\d,]+ --trace$/m);
    const { stderr } = await runMuster(['sim', '--plant', 'x']);
    for (const { name } of planted) assert.match(stderr, new RegExp(`^ {2}${name}: `, 'm'));
  });

  it('plays acts in their order, whatever order their numbers are given in', async () => {
    const planned = plannedActs({ seed: 1 });
    let acts: readonly Act[] = [];
    const simulators = played(kept, (seed, options) => {
      acts = options.acts ?? [];
      return failing(seed);
    });
    const { text } = await sim('--seed 1 --acts 5,2', simulators);
    assert.deepEqual(acts, [planned[2], planned[5]]);
    assert.match(text, /^Again: .* --acts 2,5 --trace$/m);
  });

  it('tells a wrong command line with 2', async () => {
    for (const args of [
      ['--acts', '0,40'],
      ['--plant', 'x'],
      ['--seed', '4294967295', '--seeds', '2'],
      ['--acts', 'x'],
      ['--acts', '3,3'],
      ['--seeds', '2', '--trace'],
      ['--steps', '-1'],
    ])
      assert.equal((await runMuster(['sim', ...args])).code, 2, args.join(' '));
  });
});
