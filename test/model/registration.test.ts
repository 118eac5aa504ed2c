import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createActor } from 'xstate';
import { registrationMachine } from '../../machines/registration.ts';
import { done, failed, modelTest } from '../harness/model.ts';
import { Cast } from '../harness/stubs.ts';
import { count, failure, heard, live, paramsOf, thrown } from './trace.ts';

modelTest(registrationMachine, {
  events: [
    { type: 'registration.opened', message: 'Agents are registered here.', answers: true },
    { type: 'registration.opened', message: 'Agents are registered by an authd.', answers: false },
    { type: 'registration.failed', failure: failure(3101) },
    { type: 'shutdown' },
    done('close'),
    failed('close', thrown(3119)),
  ],
  key: ({ failure }) => failure?.code,
  // The crash is only noted here; that it happens is the test below.
  excludes: ({ value }) => value === 'failed',
  sentBy: { registration: 'registration' },
  leadsTo: { shutdown: ['closing'], 'registration.failed': ['failed', 'closing'] },
  invariants: {
    'whoever starts after it starts when agents can be registered, and not before': (trace) => {
      assert.equal(count(trace.all, 'reportReady'), heard(trace, 'registration.opened') > 0 ? 1 : 0);
      assert.equal(count(trace.all, 'logOpened', 'logOpenedSilent'), count(trace.all, 'reportReady'));
    },
    'one that does not answer yet is told louder': (trace) => {
      const opened = trace.events.find(({ type }) => type === 'registration.opened');
      const isSilent = opened !== undefined && 'answers' in opened && !opened.answers;
      assert.equal(
        count(trace.all, 'logOpenedSilent'),
        isSilent && count(trace.all, 'reportReady') > 0 ? 1 : 0,
      );
    },
    'a socket that is lost is a crash, with its reason, unless it is being closed': (trace) => {
      const lost = trace.events.findIndex(({ type }) => type === 'registration.failed');
      const shutdown = trace.events.findIndex(({ type }) => type === 'shutdown');
      const isCrash = lost >= 0 && (shutdown < 0 || lost < shutdown);
      assert.deepEqual(paramsOf(trace.all, 'crash'), isCrash ? [failure(3101)] : []);
    },
    'it ends in order: who is being registered is written and answered': (trace) => {
      if (trace.snapshot.status !== 'done') return;
      assert.equal(trace.all.started.filter(({ id }) => id === 'close').length, 1);
      assert.deepEqual(live(trace), []);
    },
    'a failure at the end shows in the log': (trace) => {
      assert.equal(count(trace.all, 'logUnclosed'), heard(trace, 'xstate.error.actor.close'));
    },
  },
});

describe('registration', () => {
  it('crashes when its socket is lost, so that its supervisor decides what follows', () => {
    const cast = new Cast();
    const machine = registrationMachine.provide({ actors: cast.actors(registrationMachine) as never });
    const actor = createActor(machine);
    const errors: unknown[] = [];
    actor.subscribe({ error: (error) => errors.push(error) });
    actor.start();
    actor.send({ type: 'registration.failed', failure: failure(3101) });
    assert.equal(actor.getSnapshot().status, 'error');
    assert.equal((errors[0] as { code?: number }).code, 3101);
  });
});
