import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Arena, nameOf } from './arena.ts';
import { FILE_POINTS, SHORT_CASES } from './cases.ts';

/** One of many; `npm run chaos` tries others. */
const SEED = 1;
/** Steps of machines that were recorded and verified, at least. */
const MIN_STEPS = 500;

describe('a node that dies, stops or fails at a step leaves the old set or the new one, and heals', () => {
  let arena: Arena;
  before(async () => {
    arena = await Arena.create(SEED);
  });
  after(() => arena.close());

  for (const each of SHORT_CASES) it(nameOf(each), () => arena.play(each));

  it('every step was passed, so that none of them is a name without a place', () => {
    const passed = new Set(arena.passages().keys());
    assert.deepEqual(
      FILE_POINTS.filter((point) => !passed.has(point)),
      [],
    );
  });

  it('both end in order after all this', () => arena.endInOrder());

  it('every step that was recorded in all these lives is one that its machine allows', () => {
    const steps = arena.verifiedSteps();
    assert.ok(steps > MIN_STEPS, `${steps} steps`);
  });
});
