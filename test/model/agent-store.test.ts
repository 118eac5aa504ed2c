import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createActor } from 'xstate';
import { agentStoreMachine } from '../../machines/agent-store.ts';
import { done, failed, modelTest } from '../harness/model.ts';
import { Cast } from '../harness/stubs.ts';
import { count, failure, heard, live, paramsOf, thrown } from './trace.ts';

modelTest(agentStoreMachine, {
  events: [
    { type: 'store.opened', message: 'Agents are kept here.', answers: true },
    { type: 'store.opened', message: 'Agents are kept there.', answers: false },
    { type: 'store.silent', failure: failure(2005) },
    { type: 'store.failed', failure: failure(3202) },
    { type: 'shutdown' },
    done('close'),
    failed('close', thrown(3206)),
  ],
  key: ({ failure }) => failure?.code,
  // The crash is only noted here; that it happens is the test below.
  excludes: ({ value }) => value === 'failed',
  sentBy: { store: 'store' },
  leadsTo: { shutdown: ['closing'], 'store.failed': ['failed', 'closing'] },
  invariants: {
    'those who need the store start when it answers, and not before': (trace) => {
      assert.equal(count(trace.all, 'reportReady'), heard(trace, 'store.opened') > 0 ? 1 : 0);
      assert.equal(count(trace.all, 'logOpened', 'logOpenedSilent'), count(trace.all, 'reportReady'));
    },
    'that nobody answers is told once when it begins, and that somebody does once when it is over': (
      trace,
    ) => {
      const begun = count(trace.all, 'noteSilence');
      assert.equal(count(trace.all, 'logSilent', 'logOpenedSilent'), begun);
      const isSilent = trace.snapshot.matches({ serving: 'silent' });
      assert.equal(begun - count(trace.all, 'noteAnswers'), isSilent ? 1 : 0);
      assert.ok(count(trace.all, 'logAnswers') <= count(trace.all, 'noteAnswers'));
    },
    'programs that are refused are told of while it serves': (trace) => {
      assert.ok(count(trace.all, 'logCrowded') <= heard(trace, 'store.crowded'));
      if (count(trace.all, 'reportReady') === 0) assert.equal(count(trace.all, 'logCrowded'), 0);
    },
    'a store that is lost is a crash, with its reason, unless it is being closed': (trace) => {
      const lost = trace.events.findIndex(({ type }) => type === 'store.failed');
      const shutdown = trace.events.findIndex(({ type }) => type === 'shutdown');
      const isCrash = lost >= 0 && (shutdown < 0 || lost < shutdown);
      assert.deepEqual(paramsOf(trace.all, 'crash'), isCrash ? [failure(3202)] : []);
    },
    'it ends in order: what was asked before is written before': (trace) => {
      if (trace.snapshot.status !== 'done') return;
      assert.equal(trace.all.started.filter(({ id }) => id === 'close').length, 1);
      assert.deepEqual(live(trace), []);
    },
    'a failure at the end shows in the log': (trace) => {
      assert.equal(count(trace.all, 'logUnclosed'), heard(trace, 'xstate.error.actor.close'));
    },
  },
});

describe('agentStore', () => {
  it('crashes when its store is lost, so that its supervisor decides what follows', () => {
    const cast = new Cast();
    const machine = agentStoreMachine.provide({ actors: cast.actors(agentStoreMachine) as never });
    const actor = createActor(machine);
    const errors: unknown[] = [];
    actor.subscribe({ error: (error) => errors.push(error) });
    actor.start();
    actor.send({ type: 'store.failed', failure: failure(3202) });
    assert.equal(actor.getSnapshot().status, 'error');
    assert.equal((errors[0] as { code?: number }).code, 3202);
  });
});
