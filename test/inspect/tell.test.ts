import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ActorState, InspectionRecord } from '../../src/inspect/records.ts';
import { ActorNames, lineOf } from '../../src/inspect/tell.ts';
import { timelines } from '../../src/inspect/timeline.ts';

const state = (value: string, context: ActorState['context']): ActorState => ({
  status: 'active',
  value,
  context,
  children: [],
  result: null,
});
const actor = (actor: string, parent: string | null, id: string, context: ActorState['context'] = {}) =>
  ({
    kind: 'actor',
    number: 1,
    atMs: 0,
    actor,
    parent,
    id,
    machine: `${id}Machine`,
    state: state('greeting', context),
    wasThere: false,
  }) as const;

const records: readonly InspectionRecord[] = [
  actor('x:0', null, 'x:0'),
  actor('x:1', 'x:0', 'connections'),
  actor('x:2', 'x:1', 'connections.4', { worker: null }),
  {
    kind: 'step',
    number: 2,
    atMs: 5,
    actor: 'x:2',
    event: { type: 'rx.hello' },
    status: 'active',
    state: state('established', { worker: { name: 'worker1' } }),
    taken: [],
  },
  actor('x:3', 'x:2', 'groups'),
];

test('a line names the node at the other end of a connection as soon as it has said who it is', () => {
  const names = new ActorNames();
  const lines = records.map((record) => {
    names.note(record);
    return lineOf(record, names);
  });
  assert.deepEqual(lines.slice(1), [
    '+ connections (connectionsMachine) greeting',
    '+ connections/connections.4 (connections.4Machine) greeting',
    '* connections/connections.4 [worker1]: rx.hello => established active',
    '+ connections/connections.4/groups [worker1] (groupsMachine) greeting',
  ]);
});

test('a timeline names it from the beginning, since its name comes first and is known in the end', () => {
  assert.deepEqual(
    timelines(records).map(({ name, peer }) => [name, peer]),
    [
      ['x:0Machine', null],
      ['connections', null],
      ['connections/connections.4', 'worker1'],
      ['connections/connections.4/groups', 'worker1'],
    ],
  );
});
