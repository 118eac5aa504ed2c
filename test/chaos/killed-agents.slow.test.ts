import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { AgentArena, nameOfAgentCase } from './agent-arena.ts';
import { SHORT_AGENT_CASES } from './agent-cases.ts';
import { cutAfter } from './agent-storms.ts';
import { AGENT_POINTS } from './cases.ts';

/** One of many; `npm run chaos` tries others. */
const SEED = 1;
/** Steps of machines that were recorded and verified, at least. */
const MIN_STEPS = 500;

describe('a node that dies, stops or fails in a sync of agents loses nothing, and all stores are equal in the end', () => {
  let arena: AgentArena;
  before(async () => {
    arena = await AgentArena.create(SEED);
  });
  after(() => arena.close());

  for (const each of SHORT_AGENT_CASES) it(nameOfAgentCase(each), () => arena.play(each));

  it('cut in the middle of what a worker tells: it tells it again', () => cutAfter('up', 20_000).run(arena));

  it('agents leave a worker that is cut off: what it tells of them later is old, and changes nothing', () =>
    arena.migrate());

  it('every step has a case, so that none of them is a name without a place', () => {
    assert.deepEqual(
      AGENT_POINTS.filter((point) => !SHORT_AGENT_CASES.some(({ fault }) => fault.point === point)),
      [],
    );
  });

  it('all end in order after all this', () => arena.endInOrder());

  it('every step that was recorded in all these lives is one that its machine allows', () => {
    const steps = arena.verifiedSteps();
    assert.ok(steps > MIN_STEPS, `${steps} steps`);
  });
});
