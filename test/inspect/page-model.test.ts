import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { InspectionRecord } from '../../src/inspect/records.ts';

/** A script of the page, which has no types. */
const { Model } = (await import(new URL('../../src/inspect/page/model.js', import.meta.url).href)) as {
  Model: new () => {
    take(batch: readonly Partial<InspectionRecord>[]): void;
    below(parent: string | null): { id: string }[];
    livingBelow(parent: string | null): { id: string }[];
    titleOf(name: string): string;
    connectionOf(name: string): number | null;
    peerAt(connection: number): string | null;
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

  it('names the node at the other end of a connection, for its handler and all below', () => {
    const model = new Model();
    const context = { connectionId: 4, worker: { name: 'worker1' } };
    const state = { status: 'active', value: 'established', context, children: [], result: null } as const;
    const told = { kind: 'actor', atMs: Date.now(), machine: 'serverHandler', wasThere: true } as const;
    model.take([
      { ...told, actor: 'x:0', id: 'connections', parent: null, state: null },
      { ...told, actor: 'x:1', id: 'connections.4', parent: 'x:0', state },
      { ...told, actor: 'x:2', id: 'groups', parent: 'x:1', state: null },
    ]);
    assert.equal(model.titleOf('x:0'), 'connections');
    assert.equal(model.titleOf('x:1'), 'connections.4 (worker1)');
    assert.equal(model.titleOf('x:2'), 'connections.4/groups (worker1)');
    assert.deepEqual([model.connectionOf('x:2'), model.connectionOf('x:0')], [4, null]);
    assert.deepEqual([model.peerAt(4), model.peerAt(5)], ['worker1', null]);
  });
});
