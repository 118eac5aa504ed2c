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
    readonly records: InspectionRecord[];
  };
};
const { passes } = (await import(new URL('../../src/inspect/page/stream.js', import.meta.url).href)) as {
  passes(model: object, record: InspectionRecord, filter: object, chosen: string | null): boolean;
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

  it('hides keepalives unless they are asked for, and nothing that only speaks of them', () => {
    const model = new Model();
    const told = { number: 1, atMs: Date.now() };
    const came = (actor: string, parent: string | null, machine: string | null) =>
      ({ ...told, kind: 'actor', actor, parent, id: actor, machine, state: null, wasThere: true }) as const;
    const event = (to: string, type: string, more: object = {}) =>
      ({
        ...told,
        kind: 'event',
        from: null,
        to,
        event: { type, ...more },
        cause: null,
        waiting: 0,
      }) as const;
    const step = (actor: string, type: string, more: object = {}) =>
      ({
        ...told,
        kind: 'step',
        actor,
        event: { type, ...more },
        status: 'active',
        state: null,
        taken: [],
      }) as const;
    const frame = (direction: 'in' | 'out', command: string, counter: number) =>
      ({
        ...told,
        kind: 'frame',
        connection: 4,
        peer: 'p',
        direction,
        command,
        counter,
        sizeBytes: 1,
      }) as const;
    model.take([
      came('handler', null, 'clientHandler'),
      came('sender', 'handler', 'keepaliveSender'),
      came('sending', 'sender', null),
      came('monitor', 'handler', 'keepaliveMonitor'),
    ]);
    const keepalives = [
      frame('out', 'echo-c', 1),
      frame('in', 'ok', 1),
      frame('in', 'echo-m', 2),
      frame('out', 'ok-c', 2),
      event('handler', 'rx.echo-m', { data: 'd' }),
      step('handler', 'rx.echo-m', { data: 'd' }),
      event('monitor', 'keepalive.heard'),
      step('monitor', 'keepalive.heard'),
      step('sender', 'xstate.done.actor.sendKeepalive'),
      step('sending', 'xstate.promise.resolve'),
    ];
    const others = [
      event('handler', 'xstate.init', { input: { settings: { keepaliveIntervalMs: 60_000 } } }),
      step('handler', 'xstate.done.actor.greet', { output: { sendsKeepalives: true } }),
      event('handler', 'xstate.done.actor.keepaliveSender'),
      step('handler', 'xstate.done.actor.keepaliveSender'),
      frame('out', 'get_files', 3),
      {
        ...told,
        kind: 'content',
        connection: 4,
        direction: 'out',
        counter: 3,
        content: 'etc/lists/echo-hosts',
      } as const,
      frame('in', 'ok', 3),
      frame('out', 'echo-c', 5),
      frame('in', 'err', 5),
    ];
    const shown = (records: readonly InspectionRecord[], isAsked: boolean) => {
      const before = model.records.length;
      model.take(structuredClone(records) as InspectionRecord[]);
      const filter = { event: true, step: true, frame: true, words: '', keepalives: isAsked, chosen: false };
      return model.records.slice(before).filter((record) => passes(model, record, filter, null));
    };
    assert.deepEqual(shown(keepalives, false), []);
    assert.equal(shown(keepalives, true).length, keepalives.length);
    assert.deepEqual(
      shown(others, false).map((record) => (record.kind === 'frame' ? record.command : record.kind)),
      ['event', 'step', 'event', 'step', 'get_files', 'ok', 'err'],
    );
  });
});
