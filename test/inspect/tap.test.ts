import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type AnyActorRef, createActor, setup } from 'xstate';
import { createDynamicSupervisor } from '../../machines/supervision/dynamic-supervisor.ts';
import { DEFAULT_RESTART_LIMITS } from '../../machines/supervision/restart-policy.ts';
import { isCut, MAX_DEPTH, MAX_MEMBERS, plainOf } from '../../src/inspect/plain.ts';
import type { InspectionRecord, Plain } from '../../src/inspect/records.ts';
import { Tap } from '../../src/inspect/tap.ts';

const lamp = setup({
  types: { context: {} as { key: string; note: string } },
  actions: {
    pressTwice: ({ self }) => {
      self.send({ type: 'press' });
      self.send({ type: 'press' });
    },
  },
}).createMachine({
  id: 'lamp',
  context: { key: 'not to be seen', note: 'the key is hunter2hunter2' },
  initial: 'off',
  states: {
    off: { on: { press: 'on', twice: { actions: 'pressTwice' } } },
    on: { on: { press: 'off' } },
  },
});
const lamps = createDynamicSupervisor({
  ...DEFAULT_RESTART_LIMITS,
  id: 'lamps',
  logic: lamp,
  maxChildren: 10,
  shutdownMs: 0,
  effects: { now: () => 0, random: () => 0, report: () => {} },
});
const house = setup({ actors: { lamps, lamp } }).createMachine({
  id: 'house',
  invoke: [
    { src: 'lamp', id: 'hall' },
    { src: 'lamps', id: 'rooms' },
  ],
});

function watched() {
  const root = createActor(house);
  const tap = new Tap({ redact: (text) => text.replaceAll('hunter2hunter2', '…'), now: () => 1_000 });
  tap.attach(root);
  root.start();
  const child = (id: 'hall' | 'rooms') => root.getSnapshot().children[id] as AnyActorRef;
  child('rooms').send({ type: 'dynamic.start', child: 1 });
  const seen: InspectionRecord[] = [];
  const of = <Kind extends InspectionRecord['kind']>(kind: Kind) =>
    seen.filter((record): record is Extract<InspectionRecord, { kind: Kind }> => record.kind === kind);
  return { root, tap, child, seen, of, watch: tap.watch((record) => seen.push(record)) };
}

describe('the tap of a node', () => {
  it('begins with the actors that live, parents first, those of dynamic supervisors too', () => {
    const { root, of, seen } = watched();
    assert.deepEqual(
      of('actor').map(({ id, machine, state }) => [id, machine, state?.value ?? null]),
      [
        [root.id, 'house', {}],
        ['hall', 'lamp', 'off'],
        ['rooms', null, null],
        ['lamps.0', 'lamp', 'off'],
      ],
    );
    const known = new Set<string>();
    for (const { actor, parent } of of('actor')) {
      assert.ok(parent === null || known.has(parent));
      known.add(actor);
    }
    assert.deepEqual(
      seen.map(({ number }) => number),
      seen.map((_, index) => index + 1),
    );
    root.stop();
  });

  it('tells who watched before there was a tree what is in it, and then what happens', () => {
    const root = createActor(house);
    const tap = new Tap({ redact: (text) => text, now: () => 1_000 });
    const seen: InspectionRecord[] = [];
    tap.watch((record) => seen.push(record));
    tap.attach(root);
    root.start();
    root.stop();
    const told = new Set(seen.flatMap((record) => (record.kind === 'actor' ? [record.actor] : [])));
    const steps = seen.flatMap((record) => (record.kind === 'step' ? [record.actor] : []));
    assert.ok(steps.length >= 3, 'the house, its lamp and the supervisor of its rooms');
    assert.deepEqual(
      steps.filter((actor) => !told.has(actor)),
      [],
    );
  });

  it('tells each event, and the step that it caused with the transitions that were taken', () => {
    const { root, tap, child, of } = watched();
    child('hall').send({ type: 'press' });
    const [event] = of('event');
    assert.deepEqual(
      [event?.from, event?.to, event?.event],
      [null, child('hall').sessionId, { type: 'press' }],
    );
    const [step] = of('step');
    assert.deepEqual([step?.actor, step?.state?.value], [child('hall').sessionId, 'on']);
    assert.deepEqual(step?.taken, [{ source: 'lamp.off', on: 'press', branch: 0, targets: ['lamp.on'] }]);
    child('hall').send({ type: 'unknown' });
    assert.deepEqual(of('step').at(-1)?.taken, [], 'nothing was taken');
    root.stop();
    assert.ok(tap.isWatched);
  });

  it('tells of actors that come later, and of the end of each', () => {
    const { root, child, of } = watched();
    child('rooms').send({ type: 'dynamic.start', child: 2 });
    const came = of('actor').at(-1);
    assert.equal(came?.id, 'lamps.1');
    assert.equal(of('step').find(({ actor }) => actor === came?.actor)?.state?.value, 'off');
    child('rooms').send({ type: 'dynamic.stop', child: 2 });
    assert.equal(
      of('step')
        .filter(({ actor }) => actor === came?.actor)
        .at(-1)?.state?.status,
      'stopped',
    );
    root.stop();
  });

  it('hides secrets, by the name of their field and wherever they stand in a text', () => {
    const { root, of } = watched();
    const hall = of('actor').find(({ id }) => id === 'hall');
    assert.deepEqual(hall?.state?.context, { key: '[redacted]', note: 'the key is …' });
    root.stop();
  });

  it('hides them whatever they are: texts, lists, records, and JSON within a text', () => {
    const told = (value: unknown) => plainOf(value, (text) => text);
    const secret = 'a1b2c3';
    const names = ['key', 'agentKey', 'apiKey', 'raw_key', 'accepted_keys', 'client-secret', 'TOKEN'];
    for (const name of names)
      for (const value of [secret, [secret], { raw: secret }, 7])
        assert.deepEqual(told({ [name]: value }), { [name]: '[redacted]' }, name);
    const reply = JSON.stringify({ error: 0, data: { id: '001', key: secret, keys: [secret, secret] } });
    assert.equal(told(reply), '{"error":0,"data":{"id":"001","key":"[redacted]","keys":"[redacted]"}}');
    assert.ok(!JSON.stringify(told(reply.slice(0, reply.indexOf(secret) + 4))).includes('a1b2'));
    const open = { monkey: 1, keyId: 'k', keystrokes: [2], tokens: 3, key: null };
    assert.deepEqual(told(open), open, 'what only looks like one is shown');
  });

  it('follows a value as deep as may be, and says where it was cut', () => {
    const told = (value: unknown) => plainOf(value, (text) => text);
    const nested = (levels: number): unknown => (levels === 0 ? 'ground' : { in: nested(levels - 1) });
    assert.deepEqual(told(nested(MAX_DEPTH)), nested(MAX_DEPTH));
    assert.equal(isCut(told(nested(MAX_DEPTH))), false);
    const cut = Array.from({ length: MAX_DEPTH }).reduce<Plain>((inner) => ({ in: inner }), {
      '[cut]': 'too deep',
    });
    assert.deepEqual(told(nested(MAX_DEPTH + 1)), cut);
    assert.ok(isCut(cut));
  });

  it('shows as many members of a list or record as may be, and says how many there are', () => {
    const told = (value: unknown) => plainOf(value, (text) => text);
    const list = (length: number) => Array.from({ length }, (_, index) => index);
    const record = (length: number) => Object.fromEntries(list(length).map((index) => [`n${index}`, index]));
    for (const whole of [list(MAX_MEMBERS), record(MAX_MEMBERS)]) assert.deepEqual(told(whole), whole);
    const cut = { '[cut]': `${MAX_MEMBERS + 1} members` };
    assert.deepEqual(told(list(MAX_MEMBERS + 1)), [...list(MAX_MEMBERS), cut]);
    assert.deepEqual(told(record(MAX_MEMBERS + 1)), { ...record(MAX_MEMBERS), ...cut });
    assert.deepEqual(told(new Set(list(MAX_MEMBERS + 1))), [...list(MAX_MEMBERS), cut]);
  });

  it('names the frame that is the cause of what is sent while it is handled, and of nothing that is sent later', async () => {
    const { root, tap, child, of } = watched();
    const passing = { connection: 7, peer: 'wire:1', command: 'echo', counter: 3, sizeBytes: 12 };
    tap.frame({ ...passing, direction: 'in' });
    child('hall').send({ type: 'press' });
    await Promise.resolve();
    child('hall').send({ type: 'press' });
    tap.frame({ ...passing, direction: 'out' });
    child('hall').send({ type: 'press' });
    const [frame] = of('frame');
    assert.deepEqual(
      of('event').map(({ cause }) => cause),
      [frame?.number, null, null],
    );
    root.stop();
  });

  it('listens to nothing while nobody watches', () => {
    const { root, tap, child, seen, watch } = watched();
    watch.close();
    const before = seen.length;
    const { inspect } = root.system;
    let asked = 0;
    root.system.inspect = (...args) => {
      asked += 1;
      return inspect(...args);
    };
    child('hall').send({ type: 'press' });
    tap.frame({ connection: 1, peer: '', direction: 'in', command: 'echo', counter: 1, sizeBytes: 1 });
    assert.deepEqual([seen.length, asked, tap.isWatched], [before, 0, false]);
    tap.watch(() => {}).close();
    assert.equal(asked, 1);
    root.stop();
  });

  it('says of the actors that live how they stood when it was asked, however late that is read', () => {
    const { root, tap, child } = watched();
    const present = tap.present();
    const seen: InspectionRecord[] = [];
    tap.follow((record) => seen.push(record));
    child('hall').send({ type: 'press' });
    child('rooms').send({ type: 'dynamic.stop', child: 1 });
    const values = () =>
      tap
        .present()
        .map((tell) => tell())
        .map((record) => record.kind === 'actor' && [record.id, record.state?.value]);
    const told = present.map((tell) => tell());
    assert.deepEqual(
      told.map((record) => record.kind === 'actor' && [record.id, record.state?.value]),
      [
        [root.id, {}],
        ['hall', 'off'],
        ['rooms', null],
        ['lamps.0', 'off'],
      ],
    );
    assert.deepEqual(values().slice(1), [
      ['hall', 'on'],
      ['rooms', null],
    ]);
    const numbers = [...told, ...seen].map(({ number }) => number);
    assert.deepEqual(
      numbers,
      numbers.map((_, index) => (numbers[0] ?? 0) + index),
      'it comes before what has happened since',
    );
    root.stop();
  });

  it('counts what waits in a mailbox', () => {
    const { root, of, child } = watched();
    child('hall').send({ type: 'twice' });
    assert.deepEqual(
      of('event').map(({ waiting }) => waiting),
      [0, 1, 2],
    );
    root.stop();
  });
});
