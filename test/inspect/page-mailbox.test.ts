import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type AnyActorRef, createActor, setup } from 'xstate';
import { waitingIn } from '../../machines/supervision/internals.ts';
import type { InspectionRecord } from '../../src/inspect/records.ts';
import { Tap } from '../../src/inspect/tap.ts';

/** A script of the page, which has no types. */
const { Model } = (await import(new URL('../../src/inspect/page/model.js', import.meta.url).href)) as {
  Model: new () => {
    take(batch: readonly InspectionRecord[]): void;
    actors: Map<string, { readonly mailbox: { readonly text: string } }>;
  };
};

/** Sends itself three events while it handles one, and says after each what the page shows. */
const echo = setup({
  actions: {
    sendThree: ({ self }) => {
      for (const type of ['one', 'two', 'three']) self.send({ type });
    },
    look: () => {},
    fail: () => {
      throw new Error('it fails');
    },
  },
}).createMachine({
  id: 'echo',
  on: {
    burst: { actions: ['sendThree', 'look'] },
    one: { actions: 'look' },
    two: { actions: 'look' },
    three: { actions: 'look' },
    break: { actions: ['sendThree', 'fail'] },
  },
});

interface Shown {
  readonly text: string;
  readonly truly: number;
}

/** The page of a node of one actor: what it shows of its mailbox while that handles each event, and what is truly in it. */
function watched({ beforeStart = [] as readonly string[] } = {}) {
  const shown: Shown[] = [];
  const model = new Model();
  let missed: ((record: InspectionRecord) => boolean) | null = null;
  const look = () => shown.push({ text: text(), truly: waitingIn(root) });
  const root = createActor(echo.provide({ actions: { look } })) as AnyActorRef;
  root.subscribe({ error: () => {} });
  const text = () => model.actors.get(root.sessionId)?.mailbox.text ?? 'unknown';
  const tap = new Tap({ redact: (said) => said, now: () => Date.now() });
  tap.watch((record) => {
    if (missed === null || !missed(record)) model.take([structuredClone(record)]);
  });
  tap.attach(root);
  for (const type of beforeStart) root.send({ type });
  root.start();
  return { root, model, tap, shown, text, miss: (what: typeof missed) => (missed = what) };
}

const isEvent =
  (...types: string[]) =>
  (record: InspectionRecord) =>
    record.kind === 'event' && types.includes((record.event as { type: string }).type);

describe('the mailbox of an actor on the page', () => {
  it('is what is in it, the event that is handled first', () => {
    const { root, shown, text } = watched();
    assert.equal(text(), 'empty');
    root.send({ type: 'burst' });
    assert.deepEqual(
      shown.map((each) => [each.text.split(';')[0], each.truly]),
      [
        ['burst, one, two, three', 4],
        ['one, two, three', 3],
        ['two, three', 2],
        ['three', 1],
      ],
    );
    assert.equal(text(), 'empty; at most 4 at once');
    root.stop();
  });

  it('keeps what came before its actor was started, which no mailbox begins with', () => {
    const { root, shown, text } = watched({ beforeStart: ['one', 'two'] });
    assert.deepEqual(
      shown.map((each) => each.text.split(';')[0]),
      ['one, two', 'two'],
    );
    assert.equal(text(), 'empty; at most 2 at once');
    root.stop();
  });

  it('counts what came while nothing was told, and is empty when that is done', () => {
    const { root, shown, text, miss } = watched();
    miss(isEvent('burst', 'one'));
    root.send({ type: 'burst' });
    assert.deepEqual(
      shown.map((each) => each.text.split(';')[0]),
      ['two, three, 2 more', 'two, three, 1 more', 'two, three', 'three'],
    );
    assert.equal(text(), 'empty; at most 4 at once');
    root.stop();
  });

  it('is put right by the next event when steps were not told', () => {
    const { root, text, miss } = watched();
    miss(({ kind }) => kind === 'step');
    root.send({ type: 'one' });
    root.send({ type: 'two' });
    assert.equal(text(), 'two', 'the step of the first must have been');
    miss(null);
    root.send({ type: 'three' });
    assert.equal(text(), 'empty');
    root.stop();
  });

  it('is empty when its actor has ended, whatever was in it and is sent to it then', () => {
    const { root, text } = watched();
    root.send({ type: 'break' });
    assert.equal(text(), 'empty; at most 4 at once');
    root.send({ type: 'one' });
    assert.equal(text(), 'empty; at most 4 at once');
  });
});
