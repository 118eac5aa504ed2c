import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { InspectionRecord } from '../../src/inspect/records.ts';

/** A script of the page, which has no types. */
const { Model } = (await import(new URL('../../src/inspect/page/model.js', import.meta.url).href)) as {
  Model: new () => {
    take(batch: readonly Partial<InspectionRecord>[]): void;
    actors: Map<string, unknown>;
    below(parent: string | null): { actor: string; id: string }[];
    livingBelow(parent: string | null): { id: string }[];
    titleOf(name: string): string;
    connectionOf(name: string): number | null;
    peerAt(connection: number): string | null;
    reset(): void;
    standStill(): void;
    goOn(): void;
    readonly isStill: boolean;
    readonly shown: InspectionRecord[];
    readonly records: InspectionRecord[];
  };
};
const { passes } = (await import(new URL('../../src/inspect/page/stream.js', import.meta.url).href)) as {
  passes(model: object, record: InspectionRecord, filter: object, chosen: string | null): boolean;
};

/** Counts the actors that are looked at. */
class CountingMap extends Map<string, unknown> {
  looks = 0;

  override get(name: string): unknown {
    this.looks += 1;
    return super.get(name);
  }

  override *values(): MapIterator<unknown> {
    for (const actor of super.values()) {
      this.looks += 1;
      yield actor;
    }
  }
}

/** As many connections, each with an actor below it, as make so many actors. */
function* connections(actors: number) {
  const told = { kind: 'actor', atMs: 1, machine: null, wasThere: true } as const;
  yield { ...told, actor: 'root', id: 'root', parent: null, state: null };
  for (let each = 1; each < actors / 2; each += 1) {
    const context = { connectionId: each, worker: { name: `worker${each}` } };
    const state = { status: 'active', value: 'on', context, children: [], result: null } as const;
    yield { ...told, actor: `c${each}`, id: `connections.${each}`, parent: 'root', state };
    yield { ...told, actor: `g${each}`, id: 'groups', parent: `c${each}`, state: null };
  }
}

describe('what the page knows of a node', () => {
  it('is drawn with a few looks at each actor, however many there are', () => {
    const looksEach = (count: number) => {
      const model = new Model();
      const actors = new CountingMap();
      model.actors = actors;
      model.take([...connections(count)]);
      actors.looks = 0;
      const draw = (parent: string | null): number =>
        model.below(parent).reduce((drawn, { actor }) => {
          assert.ok(actor === 'root' || model.titleOf(actor).includes('worker'));
          return drawn + 1 + draw(actor);
        }, 0);
      const drawn = draw(null);
      assert.equal(drawn, actors.size);
      for (let connection = 1; connection < count / 2; connection += 1)
        assert.equal(model.peerAt(connection), `worker${connection}`);
      return actors.looks / drawn;
    };
    assert.ok(looksEach(10_000) < 2 * looksEach(1_000), `${looksEach(10_000)} looks at each`);
    assert.ok(looksEach(1_000) < 20);
  });

  it('forgets of a connection that has ended who served it, and knows one whose number came later', (t) => {
    t.mock.timers.enable({ apis: ['Date'], now: 1_000 });
    const model = new Model();
    const [root, handler] = connections(4);
    const step = { kind: 'step', atMs: 1_000, actor: 'c1', taken: [], event: { type: 'e' } } as const;
    assert.ok(root && handler);
    model.take([root, { ...handler, state: null }]);
    assert.equal(model.peerAt(1), null);
    model.take([{ ...step, number: 1, status: 'active', state: handler.state }]);
    assert.equal(model.peerAt(1), 'worker1');
    model.take([{ ...step, number: 2, status: 'stopped', state: handler.state }]);
    t.mock.timers.tick(60_000);
    model.take([]);
    assert.deepEqual([model.peerAt(1), model.below('root'), model.actors.size], [null, [], 1]);
  });

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

  it('stands still while it is told to, however much is told meanwhile and wherever that comes from', () => {
    const model = new Model();
    const happened = (number: number) =>
      ({ kind: 'event', number, atMs: 1, from: null, to: 'x:1', event: { type: 'e' }, waiting: 0 }) as const;
    const numbers = () => model.shown.map(({ number }) => number);
    model.take([happened(1), happened(2)]);
    model.standStill();
    model.take(Array.from({ length: 10_000 }, (_, index) => happened(index + 3)));
    assert.deepEqual([numbers(), model.isStill], [[1, 2], true]);
    model.reset();
    assert.deepEqual(numbers(), [1, 2], 'after a restart of the node, too');
    model.take([happened(7)]);
    model.goOn();
    assert.deepEqual([numbers(), model.isStill], [[7], false]);
  });

  it('does not take records of an earlier life of the node for those of the chosen actor, which may have the same number', () => {
    const model = new Model();
    const filter = { event: true, step: true, frame: true, words: '', keepalives: true, chosen: true };
    const [root, handler] = connections(4);
    assert.ok(root && handler);
    const event = { kind: 'event', number: 1, atMs: 1, from: null, to: 'c1', event: { type: 'e' } } as const;
    const frame = { kind: 'frame', number: 2, atMs: 1, connection: 1, direction: 'in', counter: 1 } as const;
    const passing = () => model.shown.filter((record) => passes(model, record, filter, 'c1')).length;
    model.take([root, handler, event, frame]);
    model.standStill();
    assert.equal(passing(), 2);
    model.reset();
    model.take([root, handler]);
    assert.equal(passing(), 0);
  });

  it('searches what a frame says when that comes after the first search', () => {
    const model = new Model();
    const told = { connection: 4, direction: 'in', counter: 1, atMs: 1 } as const;
    const filter = { event: true, step: true, frame: true, words: 'needle', keepalives: true, chosen: false };
    model.take([{ ...told, kind: 'frame', number: 1, peer: 'p', command: 'get_files', sizeBytes: 1 }]);
    const finds = () => model.records.filter((record) => passes(model, record, filter, null)).length;
    assert.equal(finds(), 0);
    model.take([{ ...told, kind: 'content', number: 2, content: 'a needle' }]);
    assert.equal(finds(), 1);
  });

  it('keeps the names of who did something, when they have ended and are forgotten', (t) => {
    t.mock.timers.enable({ apis: ['Date'], now: 1_000_000 });
    const model = new Model();
    const told = { kind: 'actor', atMs: 1_000_000, machine: null, state: null, wasThere: true } as const;
    const step = { kind: 'step', atMs: 1_000_000, state: null, taken: [], event: { type: 'e' } } as const;
    model.take([
      { ...told, actor: 'x:0', id: 'master', parent: null },
      { ...told, actor: 'x:1', id: 'packing', parent: 'x:0' },
      { ...step, number: 1, actor: 'x:1', status: 'done' },
    ]);
    t.mock.timers.tick(60_000);
    model.take([]);
    assert.deepEqual(model.below('x:0'), []);
    const filter = {
      event: true,
      step: true,
      frame: true,
      words: 'packing',
      keepalives: true,
      chosen: false,
    };
    assert.equal(model.records.filter((record) => passes(model, record, filter, null)).length, 1);
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
