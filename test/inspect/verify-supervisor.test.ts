import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createSupervisor } from '../../machines/supervision/supervisor.ts';
import type { InspectionRecord } from '../../src/inspect/records.ts';
import { Tap } from '../../src/inspect/tap.ts';
import { Verifier } from '../../src/inspect/verify.ts';
import { LIMITS, Stage } from '../supervision/stage.ts';

type Strategy = 'one_for_one' | 'one_for_all' | 'rest_for_one';
type ChildName = 'a' | 'b' | 'c';

/** A supervisor with three children, watched from its beginning. */
function watched(strategy: Strategy) {
  const stage = new Stage();
  const children = [
    stage.spec('a'),
    stage.spec('b', { restart: 'transient', shutdownMs: Number.POSITIVE_INFINITY }),
    stage.spec('c', { restart: 'temporary', shutdownMs: 0, awaitReadyMs: 1_000 }),
  ];
  const logic = createSupervisor({ id: 'tree', strategy, ...LIMITS, children, effects: stage.effects });
  // Told later than it happens, as on a busy machine: what a step is dated by is not when it is told.
  const tap = new Tap({ redact: (text) => text, now: () => stage.clock.now() + 3 });
  const seen: InspectionRecord[] = [];
  tap.watch((record) => seen.push(record));
  const show = stage.raise(logic, tap);
  const say = (child: ChildName, type: string) =>
    show.root.send({ type: 'supervisor.send', child, event: { type } });
  return { stage, show, seen, say };
}

const verdictOf = (records: readonly InspectionRecord[]) => {
  const verifier = new Verifier();
  for (const record of records) verifier.take(record);
  return verifier.verdict;
};

/** What befalls it: a child that becomes ready, ends, restarts, is stopped; in the end it gives up. */
function played(strategy: Strategy) {
  const scene = watched(strategy);
  const { stage, show, say } = scene;
  say('c', 'say-ready');
  say('b', 'end');
  say('a', 'crash');
  stage.clock.increment(50);
  say('b', 'crash');
  stage.clock.increment(12_000);
  say('c', 'say-ready');
  for (const pauseMs of [100, 400, 1_000, 2_000, 3_000]) {
    say('a', 'crash');
    stage.clock.increment(pauseMs);
    say('c', 'say-ready');
  }
  assert.equal(show.error?.code, 3123, 'it gave up');
  return scene;
}

describe('the verification of supervisors', () => {
  for (const strategy of ['one_for_one', 'one_for_all', 'rest_for_one'] as const)
    it(`allows what one does with ${strategy}, from its start to where it gives up`, () => {
      const { departures, machines } = verdictOf(played(strategy).seen);
      assert.deepEqual(departures, []);
      const { steps = 0, ...tree } = machines.find(({ machine }) => machine === 'tree') ?? {};
      assert.deepEqual(tree, { machine: 'tree', chart: 'supervisor', passedOver: 0 });
      assert.ok(steps > 15, `${steps} steps`);
    });

  it('allows an orderly end', () => {
    const { show, seen, say, stage } = watched('rest_for_one');
    say('c', 'say-ready');
    show.root.send({ type: 'shutdown' });
    stage.clock.increment(1_000);
    assert.equal(show.root.getSnapshot().status, 'done');
    assert.deepEqual(verdictOf(seen).departures, []);
  });

  it('finds a child that was not restarted, and one restart more than there was', () => {
    const { seen } = played('one_for_one');
    const wrong = (context: (before: Record<string, unknown>) => object) =>
      verdictOf(
        seen.map((record) => {
          if (record.kind !== 'step' || record.state === null) return record;
          const { restartsMs } = (record.state.context ?? {}) as { restartsMs?: readonly unknown[] };
          if (restartsMs?.length !== 2) return record;
          const state = { ...record.state, context: context(record.state.context as never) as never };
          return { ...record, state };
        }),
      ).departures;
    assert.match(
      wrong((it) => ({ ...it, phases: { a: 'over', b: 'over', c: 'up' } }))[0]?.recorded ?? '',
      /over/,
    );
    assert.match(wrong((it) => ({ ...it, restarts: { a: 9 } }))[0]?.recorded ?? '', /"a":9/);
  });

  it('passes over one of which the recording does not say what it was made of', () => {
    const { seen } = played('one_for_one');
    const bare = seen.map((record) => {
      if (record.kind !== 'actor') return record;
      const { supervision: _, ...rest } = record;
      return rest;
    });
    const of = (records: readonly InspectionRecord[]) =>
      verdictOf(records).machines.find(({ machine }) => machine === 'tree');
    const steps = of(seen)?.steps ?? 0;
    const expected = { machine: 'tree', chart: null, steps: 0, passedOver: steps };
    assert.deepEqual(of(bare), expected);
    assert.ok(Object.keys(verdictOf(bare).reasons).includes('unknownMachine'));
    for (const supervision of [null, {}, { strategy: 'none' }, 'x', { children: [{}] }]) {
      const odd = seen.map((record) => (record.kind === 'actor' ? { ...record, supervision } : record));
      assert.deepEqual(of(odd as InspectionRecord[]), expected);
    }
  });
});
