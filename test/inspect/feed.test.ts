import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { createActor, setup } from 'xstate';
import { createDynamicSupervisor } from '../../machines/supervision/dynamic-supervisor.ts';
import { DEFAULT_RESTART_LIMITS } from '../../machines/supervision/restart-policy.ts';
import { Feed } from '../../src/inspect/feed.ts';
import { BUDGET_PERIOD_MS, MAX_RECORDS_PER_PERIOD, MIN_RESUME_MS } from '../../src/inspect/limits.ts';
import type { InspectionRecord } from '../../src/inspect/records.ts';
import { Tap } from '../../src/inspect/tap.ts';
import { waitFor } from '../harness/wait-for.ts';
import { room } from './room.ts';

/** Does something in no time, however busy the machine is: a period of the budget does not end within it. */
function withinAPeriod({ mock }: TestContext, deed: () => void): void {
  const nowMs = performance.now();
  const still = mock.method(performance, 'now', () => nowMs);
  deed();
  still.mock.restore();
}

/** A dynamic supervisor that starts as many actors as it is told. */
function lamps() {
  const logic = createDynamicSupervisor({
    ...DEFAULT_RESTART_LIMITS,
    id: 'lamps',
    logic: setup({}).createMachine({ id: 'lamp' }),
    maxChildren: 10_000,
    shutdownMs: 0,
    effects: { now: () => 0, random: () => 0, report: () => {} },
  });
  const root = createActor(logic);
  root.start();
  return { root, start: (child: number) => root.send({ type: 'dynamic.start', child }) };
}

describe('what a page is told', () => {
  it('comes in batches, the actors that live first', async () => {
    const { root, tap, ask } = room();
    const batches: (readonly InspectionRecord[])[] = [];
    const feed = new Feed(tap, (batch) => batches.push(batch));
    ask();
    await waitFor('a batch', () => batches.length > 0 || null);
    assert.deepEqual(
      batches[0]?.map(({ kind }) => kind),
      ['actor', 'actor', 'event', 'step'],
    );
    feed.close();
    assert.equal(tap.isWatched, false, 'whoever left costs nothing');
    root.stop();
  });

  it('is bounded: past its budget nothing is looked at, the gap is told, and then the actors as they are', async (t) => {
    const { root, tap, ask, begin } = room();
    const records: InspectionRecord[] = [];
    const feed = new Feed(tap, (batch) => records.push(...batch));
    withinAPeriod(t, () => {
      for (let count = 0; count < MAX_RECORDS_PER_PERIOD; count += 1) ask();
    });
    assert.equal(tap.isWatched, false);
    begin();
    const gap = await waitFor('the gap', () => records.find(({ kind }) => kind === 'gap') ?? null);
    assert.ok(gap.kind === 'gap' && gap.forMs >= BUDGET_PERIOD_MS && gap.forMs <= MIN_RESUME_MS);
    const told = records.filter(({ kind }) => kind === 'event' || kind === 'step').length;
    assert.ok(told <= MAX_RECORDS_PER_PERIOD + 1, `${told}`);
    const after = await waitFor('the actors again', () => {
      const actors = records.slice(records.indexOf(gap)).filter((record) => record.kind === 'actor');
      return actors.length === 2 ? actors : null;
    });
    assert.equal(after.at(-1)?.state?.value, 'running', 'what happened in the gap shows in where they stand');
    feed.close();
    root.stop();
  });

  it('counts actors that are started against its budget, and not those that are there', async (t) => {
    const { root, start } = lamps();
    for (let child = 0; child < MAX_RECORDS_PER_PERIOD; child += 1) start(child);
    const tap = new Tap({ redact: (text) => text, now: () => Date.now() });
    tap.attach(root);
    const records: InspectionRecord[] = [];
    const feed = new Feed(tap, (batch) => records.push(...batch));
    assert.ok(tap.isWatched, 'those that are there come on top');
    withinAPeriod(t, () => {
      for (let child = 0; child < MAX_RECORDS_PER_PERIOD; child += 1) start(MAX_RECORDS_PER_PERIOD + child);
    });
    assert.equal(tap.isWatched, false);
    await waitFor('the gap', () => records.some(({ kind }) => kind === 'gap') || null);
    feed.close();
    const beforeGap = records.slice(
      0,
      records.findIndex(({ kind }) => kind === 'gap'),
    );
    const present = beforeGap.filter((record) => record.kind === 'actor' && record.wasThere);
    assert.equal(present.length, MAX_RECORDS_PER_PERIOD + 1);
    assert.equal(beforeGap.length - present.length, MAX_RECORDS_PER_PERIOD + 1);
    root.stop();
  });
});
