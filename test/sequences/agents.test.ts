import { describe, it } from 'node:test';
import { randomFrom } from '../chaos/random.ts';
import { describeStep, sequenceFrom } from './deeds.ts';
import { Life } from './life.ts';

/** The first sequence; each has the next one. */
const SEED = Number(process.env.MUSTER_SEED ?? 1);
/** For all of them; no sequence begins after that. `MUSTER_SECONDS` gives more. */
const TIME_MS = Number(process.env.MUSTER_SECONDS ?? 5) * 1_000;
const MIN_SEQUENCES = 3;

async function live(seed: number): Promise<void> {
  const steps = sequenceFrom(randomFrom(seed));
  const life = await Life.begin();
  let lived = 0;
  try {
    for (const step of steps) {
      lived += 1;
      await life.live(step);
    }
    await life.peace();
  } catch (error) {
    const told = steps.slice(0, lived).map(describeStep).join('\n');
    throw new Error(`MUSTER_SEED=${seed}: ${(error as Error).message}\n${told}\n${life.told()}`, {
      cause: error,
    });
  } finally {
    await life.end();
  }
}

describe('agents that report, change and move, groups that change, connections that break, in any order', () => {
  it('end with equal stores when nothing happens any more', async (t) => {
    const untilMs = performance.now() + TIME_MS;
    let sequences = 0;
    for (; sequences < MIN_SEQUENCES || performance.now() < untilMs; sequences += 1)
      await live(SEED + sequences);
    t.diagnostic(`${sequences} sequences from seed ${SEED}`);
  });
});
