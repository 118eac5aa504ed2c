import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { AnyEventObject } from 'xstate';
import { type AgentInfoStored, agentInfoReceiveMachine } from '../../machines/agent-info/receive.ts';
import { agentInfoSendMachine } from '../../machines/agent-info/send.ts';
import { done, failed } from '../harness/model.ts';
import { Replay } from '../harness/replay.ts';
import { count, paramsOf } from '../model/trace.ts';

const batch = { rows: 3, chunks: 2, lastId: 9, isLast: true };
const posted = { outboxId: 1, sizeBytes: 9, digest: 'd'.repeat(128), progressTimeoutMs: 1_000 };
const sent = { outcome: 'done', handle: 5, bytesSent: 9, failure: null };
const written: AnyEventObject = {
  type: 'rx.syn_m_a_e',
  counter: 31,
  updatedChunks: 2,
  errors: [],
  wanted: [],
};
/** A round in which everything goes well, step by step. */
const STEPS: readonly AnyEventObject[] = [
  done('read', batch),
  done('askPermission', { granted: true }),
  done('pack', posted),
  done('stringSend', sent),
  done('begin'),
  written,
  done('confirm', { rows: 3 }),
];

const worker = () =>
  new Replay(agentInfoSendMachine, { input: { connectionId: 7, maxChunks: 32, resultTimeoutMs: 60_000 } });
const master = () =>
  new Replay(agentInfoReceiveMachine, { input: { connectionId: 7, storeTimeoutMs: 40_000 } });
const effects = (replay: Replay) =>
  replay.all.started.map(({ src }) => src).filter((src) => src !== 'workspace');
const play = (replay: Replay, events: readonly AnyEventObject[]) => {
  for (const event of events) replay.play(event);
  return replay;
};
const ask = { type: 'rx.syn_a_w_m_p', counter: 1 };
const begin = { type: 'rx.syn_a_w_m', counter: 2, handle: 5 };
const stored: AgentInfoStored = { receivedChunks: 2, updatedChunks: 2, errors: [], wanted: [] };

describe('Agent info thread', () => {
  test('The communication here is also started by the worker and it has the following stages.', () => {
    const round = play(worker(), STEPS);
    assert.deepEqual(effects(round), ['read', 'askPermission', 'pack', 'stringSend', 'begin', 'confirm']);
    assert.deepEqual(effects(master()), [], 'the master waits');
  });

  test('1: The worker asks the master for permission.', () => {
    const round = play(worker(), [...STEPS.slice(0, 1), done('askPermission', { granted: false })]);
    assert.deepEqual(effects(round), ['read', 'askPermission'], 'and without it sends nothing');
    assert.equal(round.snapshot.output.outcome, 'refused');
  });

  test('1: This is important to prevent a new synchronization process to start if there is already one synchronization process at the moment.', () => {
    const lock = master();
    for (const event of [ask, begin, ask, begin]) lock.play(event);
    assert.deepEqual(
      paramsOf(lock.all, 'answer').map(({ granted }) => granted),
      [true, false],
    );
    assert.equal(count(lock.all, 'refuseBegin'), 1);
    assert.deepEqual(effects(lock), ['store']);
  });

  for (const [way, end] of [
    ['success', done('store', stored)],
    ['failure', failed('store', new Error('of the store'))],
    ['a store that hangs', { type: 'xstate.after.storeTimeout.agentInfoReceive.storing' }],
  ] as const) {
    test(`1: … the permission is free again after ${way}`, () => {
      const lock = master();
      for (const event of [ask, begin, end, ask]) lock.play(event);
      assert.deepEqual(paramsOf(lock.last, 'answer'), [{ connectionId: 7, counter: 1, granted: true }]);
    });
  }

  test('2: The worker asks to its local wazuh-db service for the information of agents marked as not synchronized.', () => {
    const round = worker();
    assert.deepEqual(round.cast.get('read').input, { connectionId: 7, afterId: 0, maxChunks: 32 });
  });

  test('2: … while there is none, nothing is sent', () => {
    const round = play(worker(), [done('read', { rows: 0, chunks: 0, lastId: 0, isLast: true })]);
    assert.deepEqual(effects(round), ['read']);
    assert.equal(round.snapshot.output.outcome, 'unchanged');
    assert.equal(round.snapshot.output.succeeded, true);
  });

  test('2: … what does not fit into one batch follows in the next, by ascending id', () => {
    const round = play(worker(), [done('read', { ...batch, isLast: false }), ...STEPS.slice(1), ...STEPS]);
    const readings = round.all.started.filter(({ src }) => src === 'read').map(({ input }) => input);
    assert.deepEqual(readings, [
      { connectionId: 7, afterId: 0, maxChunks: 32 },
      { connectionId: 7, afterId: 9, maxChunks: 32 },
    ]);
    assert.equal(round.snapshot.output.updatedChunks, 4);
  });

  test('3: The worker sends the master a JSON string containing the information retrieved from wazuh-db.', () => {
    const round = play(worker(), STEPS.slice(0, 4));
    assert.deepEqual(round.cast.get('stringSend').input, { connectionId: 7, ...posted });
    assert.deepEqual(round.cast.get('begin').input, { connectionId: 7, handle: 5 });
  });

  test('4: The master sends the received information to its local wazuh-db service, where it is updated.', () => {
    const process = master();
    for (const event of [ask, begin]) process.play(event);
    assert.deepEqual(process.cast.get('store').input, { connectionId: 7, handle: 5 });
    process.play(done('store', stored));
    assert.deepEqual(paramsOf(process.last, 'tellResult'), [
      { connectionId: 7, updatedChunks: 2, errors: [], wanted: [] },
    ]);
    assert.equal(count(process.last, 'logFinished'), 1);
  });

  test("If there is an error during the update process of one of the chunks in the master's database, the worker is notified.", () => {
    const process = master();
    const errors = ['agent 7 has no name'];
    for (const event of [ask, begin, done('store', { ...stored, updatedChunks: 1, errors })])
      process.play(event);
    assert.deepEqual(paramsOf(process.last, 'tellResult'), [
      { connectionId: 7, updatedChunks: 1, errors, wanted: [] },
    ]);
  });

  test('… and if the store fails as a whole, the worker is notified of that', () => {
    const process = master();
    for (const event of [ask, begin, failed('store', Object.assign(new Error('gone'), { code: 3037 }))])
      process.play(event);
    assert.deepEqual(paramsOf(process.last, 'tellFailure'), [
      { connectionId: 7, failure: { code: 3037, message: 'gone' } },
    ]);
  });

  test('… what is wrong with one chunk keeps no other from being synchronized', () => {
    const refused = {
      type: 'rx.syn_m_a_e',
      counter: 32,
      updatedChunks: 0,
      errors: ['agent 1 has no name'],
      wanted: [],
    };
    const one = (lastId: number, isLast: boolean, word: AnyEventObject) => [
      done('read', { rows: 1, chunks: 1, lastId, isLast }),
      ...STEPS.slice(1, 5),
      word,
    ];
    const round = play(worker(), [
      ...STEPS.slice(0, 5),
      { ...refused, updatedChunks: 1 },
      ...one(1, false, refused),
      ...one(9, true, { ...written, updatedChunks: 1 }),
      done('confirm', { rows: 1 }),
    ]);
    const { outcome, confirmedRows, failedChunks, errors } = round.snapshot.output;
    assert.deepEqual(
      { outcome, confirmedRows, failedChunks, errors },
      { outcome: 'incomplete', confirmedRows: 1, failedChunks: 1, errors: refused.errors },
    );
  });

  for (const length of STEPS.keys()) {
    if (length >= STEPS.length - 1) continue;
    const last = STEPS[length - 1]?.type ?? 'the start';
    test(`A cut loses nothing: rows are not marked as synced when the connection ends after ${last}`, () => {
      const round = play(worker(), STEPS.slice(0, length));
      round.stop();
      assert.ok(!effects(round).includes('confirm'));
      assert.deepEqual(round.cast.live, [], 'and nothing of the process is left');
    });
  }

  test('Master has finished updating agent-info: a result that overtakes the reply to the string counts as well.', () => {
    const round = play(worker(), [...STEPS.slice(0, 4), written, done('confirm', { rows: 3 })]);
    assert.equal(round.snapshot.output.outcome, 'synced');
  });
});
