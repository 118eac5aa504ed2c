import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { InspectionRecord } from '../../src/inspect/records.ts';

/** A script of the page, which has no types. */
const { Model } = (await import(new URL('../../src/inspect/page/model.js', import.meta.url).href)) as {
  Model: new () => {
    take(batch: readonly Partial<InspectionRecord>[]): void;
    below(parent: string | null): { id: string }[];
    livingBelow(parent: string | null): { id: string }[];
  };
};

describe('what the page knows of a node', () => {
  it('tells children that live from those that ended a moment ago, which the tree still shows', () => {
    const model = new Model();
    const child = (actor: string, id: string) =>
      ({ kind: 'actor', atMs: Date.now(), actor, parent: 'x:0', id, machine: null, state: null }) as const;
    model.take([
      child('x:1', 'compare'),
      child('x:2', 'packing'),
      { kind: 'step', atMs: Date.now(), actor: 'x:1', status: 'done', state: null, taken: [] },
    ]);
    const ids = (actors: { id: string }[]) => actors.map(({ id }) => id);
    assert.deepEqual(ids(model.below('x:0')), ['compare', 'packing']);
    assert.deepEqual(ids(model.livingBelow('x:0')), ['packing']);
  });
});
