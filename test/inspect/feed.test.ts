import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { Feed } from '../../src/inspect/feed.ts';
import {
  BUDGET_PERIOD_MS,
  MAX_RECORDS_PER_PERIOD,
  MIN_RESUME_MS,
  SLICE_ACTORS,
  TELLING_PAUSES,
} from '../../src/inspect/limits.ts';
import { Tap } from '../../src/inspect/tap.ts';
import { waitFor } from '../harness/wait-for.ts';
import { lamps } from './lamps.ts';
import { readingPage } from './reading-page.ts';
import { room } from './room.ts';

/** Does something in no time, however busy the machine is: a period of the budget does not end within it. */
function withinAPeriod({ mock }: TestContext, deed: () => void): void {
  const nowMs = performance.now();
  const still = mock.method(performance, 'now', () => nowMs);
  deed();
  still.mock.restore();
}

/** Watched actors, a text in the context of each, and how often one was made ready to be told. */
function house(count: number, note = 'a note') {
  const { root, start, press } = lamps(note);
  for (let child = 0; child < count; child += 1) start(child);
  const notes = { made: 0, onNote: () => {} };
  const redact = (text: string) => {
    if (text === note) {
      notes.made += 1;
      notes.onNote();
    }
    return text;
  };
  const tap = new Tap({ redact, now: () => Date.now() });
  tap.attach(root);
  return { root, tap, start, press, notes, feed: new Feed(tap) };
}

describe('what a page is told', () => {
  it('comes in batches, the actors that live first', async () => {
    const { root, tap, ask } = room();
    const feed = new Feed(tap);
    const { follower, batches } = readingPage();
    feed.add(follower);
    ask();
    await waitFor('two batches', () => batches.length === 2);
    assert.deepEqual(
      batches.map((batch) => batch.map(({ kind }) => kind)),
      [
        ['actor', 'actor'],
        ['event', 'step'],
      ],
    );
    feed.remove(follower);
    assert.equal(tap.isWatched, false, 'whoever left costs nothing');
    root.stop();
  });

  it('is bounded: past its budget nothing is looked at, the gap is told, and then the actors as they are', async (t) => {
    const { root, tap, ask, begin } = room();
    const feed = new Feed(tap);
    const page = readingPage();
    const addedMs = performance.now();
    feed.add(page.follower);
    withinAPeriod(t, () => {
      for (let count = 0; count < MAX_RECORDS_PER_PERIOD; count += 1) ask();
    });
    const pausedMs = performance.now();
    assert.equal(tap.isWatched, false);
    begin();
    const gap = await waitFor('the gap', () => page.records().find(({ kind }) => kind === 'gap'));
    assert.ok(gap.kind === 'gap' && gap.forMs >= BUDGET_PERIOD_MS && gap.forMs <= MIN_RESUME_MS);
    assert.ok(gap.forMs >= MIN_RESUME_MS - (pausedMs - addedMs), 'so long after the actors were told');
    const told = page.records().filter(({ kind }) => kind === 'event' || kind === 'step').length;
    assert.ok(told <= MAX_RECORDS_PER_PERIOD + 1, `${told}`);
    const after = await waitFor('the actors again', () => {
      const actors = page.since(gap).filter((record) => record.kind === 'actor');
      return actors.length === 2 ? actors : null;
    });
    assert.equal(after.at(-1)?.state?.value, 'running', 'what happened in the gap shows in where they stand');
    feed.remove(page.follower);
    root.stop();
  });

  it('counts actors that are started against its budget, and not those that are there', async (t) => {
    const { root, tap, start, feed } = house(MAX_RECORDS_PER_PERIOD);
    const page = readingPage();
    feed.add(page.follower);
    assert.ok(tap.isWatched, 'those that are there come on top');
    withinAPeriod(t, () => {
      for (let child = 0; child < MAX_RECORDS_PER_PERIOD; child += 1) start(MAX_RECORDS_PER_PERIOD + child);
    });
    assert.equal(tap.isWatched, false);
    const gap = await waitFor('the gap', () => page.records().find(({ kind }) => kind === 'gap'));
    feed.remove(page.follower);
    const beforeGap = page.records().slice(0, page.records().indexOf(gap));
    const present = beforeGap.filter((record) => record.kind === 'actor' && record.wasThere);
    assert.equal(present.length, MAX_RECORDS_PER_PERIOD + 1);
    assert.equal(beforeGap.length - present.length, MAX_RECORDS_PER_PERIOD + 1);
    root.stop();
  });
});

describe('the actors of a large node', () => {
  const ACTORS = 10_000;

  it('are told in slices, no two in one turn of the event loop, as they stood together; then what happened', async () => {
    const { root, feed, press } = house(ACTORS);
    let turn = 0;
    const turns: number[] = [];
    const page = readingPage({ onPiece: () => turns.push(turn) });
    let isOver = false;
    const count = () => {
      turn += 1;
      if (!isOver) setImmediate(count);
    };
    setImmediate(count);
    feed.add(page.follower);
    press(ACTORS - 1);
    await waitFor('the step', () => page.records().some(({ kind }) => kind === 'step'));
    isOver = true;
    feed.remove(page.follower);
    assert.equal(new Set(turns).size, turns.length);
    const slices = page.batches.filter(([first]) => first?.kind === 'actor');
    assert.ok(slices.every(({ length }) => length <= SLICE_ACTORS));
    const told = slices.flat();
    assert.equal(new Set(told.map((record) => record.kind === 'actor' && record.actor)).size, ACTORS + 1);
    assert.equal(told.length, ACTORS + 1);
    const last = told.at(-1);
    assert.ok(last?.kind === 'actor' && last.state?.value === 'off', 'it was pressed after it was looked at');
    assert.deepEqual(
      page
        .records()
        .slice(told.length)
        .map(({ kind }) => kind),
      ['event', 'event', 'step', 'step'],
    );
    root.stop();
  });

  it('are made ready once for all pages that wait for them', async () => {
    const { root, feed, notes } = house(ACTORS);
    const first = readingPage();
    feed.add(first.follower);
    const others = Array.from({ length: 7 }, () => readingPage());
    for (const { follower } of others) feed.add(follower);
    for (const page of [first, ...others])
      await waitFor('all actors', () => page.records().length > ACTORS, 60_000);
    for (const { follower } of [first, ...others]) feed.remove(follower);
    assert.equal(notes.made, 2 * ACTORS, 'for the first page, and for all that came meanwhile');
    root.stop();
  });

  it('are told anew the later, the longer it took to make them ready', async (t) => {
    const { root, feed, notes, press } = house(100);
    const page = readingPage();
    // Time passes while actors are made ready and in no other way.
    let nowMs = 0;
    const MS_EACH = 50;
    notes.onNote = () => {
      nowMs += MS_EACH;
    };
    t.mock.method(performance, 'now', () => nowMs);
    feed.add(page.follower);
    await waitFor('the actors', () => page.records().length === 101);
    notes.onNote = () => {};
    for (let count = 0; count < MAX_RECORDS_PER_PERIOD; count += 1) press(1);
    const gap = await waitFor('the gap', () => page.records().find(({ kind }) => kind === 'gap'));
    assert.ok(gap.kind === 'gap' && gap.forMs === 100 * MS_EACH * TELLING_PAUSES, JSON.stringify(gap));
    feed.remove(page.follower);
    root.stop();
  });

  it('are what a page that reads slowly goes on with, when more has happened than is kept for it', async () => {
    const { root, feed, tap } = house(1);
    const page = readingPage({ reads: false });
    feed.add(page.follower);
    const bulky = Array.from({ length: 200 }, () => 'x'.repeat(2_000));
    const frame = { connection: 1, peer: 'p', direction: 'in', counter: 1, sizeBytes: 1 } as const;
    await waitFor('too much', () => {
      tap.content(1, 'in', 1, bulky);
      return !tap.isWatched;
    });
    page.read();
    await waitFor(
      'the actors again',
      () => page.records().filter(({ kind }) => kind === 'actor').length === 4,
    );
    tap.frame({ ...frame, command: 'echo' });
    await waitFor('what happens then', () => page.records().at(-1)?.kind === 'frame');
    assert.deepEqual(
      page.records().map(({ kind }) => kind),
      ['actor', 'actor', 'gap', 'actor', 'actor', 'frame'],
    );
    assert.equal(page.isDropped(), false);
    feed.remove(page.follower);
    root.stop();
  });
});
