import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { AgentState } from '../../src/simulate/agent-state.ts';
import { CONNECTS_PER_S, MIN_AWAY_MS } from '../../src/simulate/limits.ts';
import { type Act, firstStates, type PlanOptions, plan } from '../../src/simulate/plan.ts';
import { systems } from '../../src/simulate/systems.ts';

const RUNS = 100;
const GROUPS = ['default', 'web', 'db', 'mail'];

const agentsOf = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ id: index + 1, name: `sim-${index + 1}` }));

const options: fc.Arbitrary<PlanOptions> = fc.record({
  seed: fc.nat(),
  homes: fc.integer({ min: 1, max: 5 }),
  groups: fc.nat(GROUPS.length).map((count) => GROUPS.slice(0, count)),
  agents: fc.integer({ min: 1, max: 40 }).map(agentsOf),
  rate: fc.integer({ min: 1, max: 2_000 }),
});

/** The beginning of a plan. */
function actsOf(from: PlanOptions, count = 1_500): Act[] {
  const acts: Act[] = [];
  for (const act of plan(from)) {
    acts.push(act);
    if (acts.length === count) break;
  }
  return acts;
}

describe('a plan', () => {
  it('is the same for the same seed, and another one for another seed', () => {
    fc.assert(
      fc.property(options, (from) => {
        assert.deepEqual(actsOf(from), actsOf(from));
      }),
      { numRuns: RUNS },
    );
    const from = { homes: 3, groups: GROUPS, agents: agentsOf(20), rate: 10 };
    assert.notDeepEqual(actsOf({ ...from, seed: 1 }), actsOf({ ...from, seed: 2 }));
  });

  it('connects each agent once, and then has as many acts a second as asked for, but for agents that stay away', () => {
    fc.assert(
      fc.property(options, (from) => {
        const acts = actsOf(from);
        const { agents, rate } = from;
        const [first, rest] = [acts.slice(0, agents.length), acts.slice(agents.length)];
        assert.deepEqual(
          first.map(({ deed, agent }) => [deed, agent.id]),
          agents.map(({ id }) => ['connect', id]),
        );
        assert.ok(rest.every(({ deed }) => deed !== 'connect'));
        const beginMs = (agents.length * 1000) / CONNECTS_PER_S;
        for (const [index, { atMs }] of rest.entries()) {
          const turns = ((atMs - beginMs) * rate) / 1000;
          assert.ok(turns > index - 0.01, `act ${index} comes at its turn or later`);
        }
      }),
      { numRuns: RUNS },
    );
  });

  it('lets an agent do only what it can where it is', () => {
    fc.assert(
      fc.property(options, (from) => {
        const states = new Map(firstStates(from).map((agent) => [agent.id, agent]));
        for (const act of actsOf(from).slice(from.agents.length)) {
          const before = states.get(act.agent.id);
          assert.ok(before);
          checkAct(before, act, from);
          states.set(act.agent.id, act.agent);
        }
      }),
      { numRuns: RUNS },
    );
  });

  it('gives each agent its turn, so that nobody is silent for long', () => {
    const agents = agentsOf(50);
    const acts = actsOf({ seed: 7, homes: 3, groups: GROUPS, agents, rate: 25 }, 5_000);
    const lastMs = new Map<number, number>();
    for (const { atMs, agent } of acts) {
      const sinceMs = atMs - (lastMs.get(agent.id) ?? atMs);
      assert.ok(sinceMs <= 2_001 || sinceMs >= MIN_AWAY_MS, `${sinceMs} ms`);
      assert.ok(sinceMs < 2_001 + MIN_AWAY_MS + 2_001, `${sinceMs} ms`);
      lastMs.set(agent.id, atMs);
    }
  });

  it('has every deed about as often as it is meant', () => {
    const acts = actsOf({ seed: 3, homes: 4, groups: GROUPS, agents: agentsOf(500), rate: 100 }, 50_000);
    const counts = Object.groupBy(acts, ({ deed }) => deed);
    const percent = (deed: keyof typeof counts) => ((counts[deed]?.length ?? 0) * 100) / acts.length;
    assert.ok(percent('keepalive') > 95);
    assert.ok(percent('leave') > 0.7 && percent('leave') < 1.3);
    for (const deed of ['update', 'regroup', 'return', 'move'] as const) {
      assert.ok(percent(deed) > 0.3 && percent(deed) < 0.7, `${deed}: ${percent(deed)} %`);
    }
  });
});

function checkAct(before: AgentState, { atMs, deed, agent }: Act, { homes, groups }: PlanOptions): void {
  const isBack = deed === 'return' || deed === 'move';
  assert.equal(before.leftAtMs !== null, isBack, `${deed} of an agent that is ${before.leftAtMs ?? 'there'}`);
  if (before.leftAtMs !== null) assert.ok(atMs - before.leftAtMs >= MIN_AWAY_MS);
  assert.equal(agent.leftAtMs, deed === 'leave' ? atMs : null);
  assert.equal(agent.home !== before.home, deed === 'move');
  assert.ok(agent.home >= 0 && agent.home < homes);
  assert.equal(agent.groups.join() !== before.groups.join(), deed === 'regroup');
  assert.equal(new Set(agent.groups).size, agent.groups.length);
  assert.ok(agent.groups.every((name) => groups.includes(name)));
  assert.ok(systems[agent.system]?.releases[agent.release], 'its release exists');
  if (deed !== 'update') assert.equal(agent.release, before.release);
}
