import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Feed } from '../../src/inspect/feed.ts';
import { BUDGET_PERIOD_MS, MAX_RECORDS_PER_PERIOD, MIN_RESUME_MS } from '../../src/inspect/limits.ts';
import type { InspectionRecord } from '../../src/inspect/records.ts';
import { waitFor } from '../harness/wait-for.ts';
import { room } from './room.ts';

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

  it('is bounded: past its budget nothing is looked at, the gap is told, and then the actors as they are', async () => {
    const { root, tap, ask, begin } = room();
    const records: InspectionRecord[] = [];
    const feed = new Feed(tap, (batch) => records.push(...batch));
    for (let count = 0; count < MAX_RECORDS_PER_PERIOD; count += 1) ask();
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
});
