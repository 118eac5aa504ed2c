import assert from 'node:assert/strict';
import { type PermissionAnswer, permissionMachine } from '../../machines/integrity/permission.ts';
import { integrityServer } from '../../src/node/effects/integrity-server.ts';
import { type Model, modelTest } from '../harness/model.ts';
import { actorOf, wireTest } from '../harness/wire/wire.ts';
import { count, heard, lastEvent, paramsOf } from './trace.ts';

const digest = 'd'.repeat(128);

const model: Model<typeof permissionMachine> = {
  input: { connectionId: 7, maxLockedMs: 60_000, grantTimeoutMs: 5_000 },
  events: [
    { type: 'permission.ask', counter: 1, inStep: true, digest },
    { type: 'permission.ask', counter: 2, inStep: false, digest },
    { type: 'permission.ask', counter: 3, inStep: false, digest: null },
    { type: 'permission.begin', counter: 4, needsNone: false },
    { type: 'permission.begin', counter: 5, needsNone: true },
    { type: 'permission.release' },
  ],
  insists: ['permission.ask', 'permission.begin'],
  deadlinesMs: { granted: 5_000, running: 60_000 },
  invariants: {
    'at most one process runs: a beginning needs a permission that is granted and not used up, unless it needs none':
      ({ all, events }) => {
        let isGranted = false;
        let isRunning = false;
        const begun = all.toParent.filter(({ type }) => type === 'permission.begun').length;
        let expected = 0;
        for (const event of events) {
          if (event.type === 'permission.ask' && !isRunning) isGranted = event.inStep === false;
          if (event.type === 'permission.begin' && !isRunning && (isGranted || event.needsNone)) {
            isRunning = true;
            isGranted = false;
            expected += 1;
          }
          if (event.type === 'permission.release') isRunning = false;
          if (event.type.startsWith('xstate.after.')) {
            isRunning = false;
            isGranted = false;
          }
        }
        assert.equal(begun, expected);
      },
    'every question has exactly one answer, with its counter': (trace) => {
      const event = lastEvent(trace);
      const answers = paramsOf<PermissionAnswer>(trace.last, 'answer');
      assert.equal(answers.length, event?.type === 'permission.ask' ? 1 : 0);
      if (event?.type === 'permission.ask') {
        assert.deepEqual(
          {
            counter: answers[0]?.counter,
            digest: answers[0]?.digest,
            connectionId: answers[0]?.connectionId,
          },
          { counter: event.counter, digest: event.digest, connectionId: 7 },
        );
      }
      assert.equal(
        heard(trace, 'permission.begin'),
        count(trace.all, 'refuseBegin') +
          trace.all.toParent.filter(({ type }) => type === 'permission.begun').length,
      );
    },
    'nobody is granted anything while a process runs, nor while in step': (trace) => {
      for (const answer of paramsOf<PermissionAnswer>(trace.last, 'answer')) {
        assert.ok(!(answer.granted && answer.inStep));
        if (answer.granted) assert.equal(trace.snapshot.value, 'granted');
      }
    },
    'a process that holds the lock too long is told so, once': ({ all, events, last }) => {
      const isExpiry = events.at(-1)?.type.startsWith('xstate.after.maxLocked') === true;
      assert.equal(count(last, 'logExpired'), isExpiry ? 1 : 0);
      assert.equal(
        all.toParent.filter(({ type }) => type === 'permission.expired').length,
        count(all, 'logExpired'),
      );
    },
  },
};

modelTest(permissionMachine, model);
wireTest(permissionMachine, model, {
  provide: (services, transfers) => actorOf(integrityServer(services, transfers), 'permission'),
  answeredBy: ['answer', 'refuseBegin'],
  actors: [],
  request: (event) => {
    if (event.type === 'permission.ask') return { command: 'syn_i_w_m_p', args: { digest: null } };
    return event.type === 'permission.begin' ? { command: 'syn_i_w_m', args: {} } : null;
  },
});
