import assert from 'node:assert/strict';
import { registrationMachine } from '../../machines/registration.ts';
import { done, failed, modelTest } from '../harness/model.ts';
import { count, failure, heard, live, paramsOf, thrown } from './trace.ts';

const RETRY_MS = 2_000;
const SHUTDOWN = 'shutdown';

/** The failures that are news: others than the one before them, or after it had been open. */
function newFailures(events: readonly { type: string; failure?: unknown }[]): unknown[] {
  const news: unknown[] = [];
  let known: unknown = null;
  for (const event of events) {
    if (event.type === SHUTDOWN) break;
    if (event.type === 'registration.opened') known = null;
    if (event.type !== 'registration.failed') continue;
    if (JSON.stringify(event.failure) !== JSON.stringify(known)) news.push(event.failure);
    known = event.failure;
  }
  return news;
}

modelTest(registrationMachine, {
  input: { retryMs: RETRY_MS },
  events: [
    { type: 'registration.opened', message: 'Agents are registered here.', answers: true },
    { type: 'registration.opened', message: 'Agents are registered there.', answers: false },
    { type: 'registration.failed', failure: failure(3101) },
    { type: 'registration.failed', failure: { ...failure(3101), message: 'of another path' } },
    { type: 'registration.failed', failure: failure(3119) },
    { type: 'shutdown' },
    done('close'),
    failed('close', thrown(3119)),
  ],
  key: ({ failure }) => [failure?.code, failure?.message],
  // What opens it is gone while it waits.
  excludes: ({ value }, { type }) => value === 'waiting' && type.startsWith('registration.'),
  sentBy: { registration: 'registration' },
  leadsTo: { shutdown: ['open.closing', 'closed'], 'registration.failed': ['waiting', 'open.closing'] },
  deadlinesMs: { waiting: RETRY_MS },
  invariants: {
    'the node is complete when it is known whether agents can be registered, and not before': (trace) => {
      const isKnown = heard(trace, 'registration.opened') > 0 || newFailures(trace.events).length > 0;
      assert.equal(count(trace.all, 'reportReady') > 0, isKnown);
    },
    'it is told who registers, and as a warning if that one does not answer': (trace) => {
      const isAnswering = ({ type, answers }: { type: string; answers?: boolean }) =>
        type === 'registration.opened' && answers === true;
      const answering = trace.events.filter(isAnswering).length;
      assert.equal(count(trace.all, 'logOpened'), answering);
      assert.equal(count(trace.all, 'logOpenedSilent'), heard(trace, 'registration.opened') - answering);
    },
    'what keeps it from being open is told once, not with each attempt': (trace) => {
      assert.deepEqual(paramsOf(trace.all, 'logFailed'), newFailures(trace.events));
    },
    'whatever fails it is opened anew, and ends only when it is told to': ({ snapshot, ...trace }) => {
      if (heard(trace, SHUTDOWN) > 0) return;
      assert.equal(snapshot.status, 'active');
      assert.deepEqual(live(trace), snapshot.matches('waiting') ? [] : ['registration']);
    },
    'it ends in order: who is being registered is written and answered': (trace) => {
      if (trace.snapshot.status !== 'done') return;
      // Of one that was lost there is nothing to close.
      const shutdown = trace.events.findIndex(({ type }) => type === SHUTDOWN);
      const wasLost = trace.events[shutdown - 1]?.type === 'registration.failed';
      assert.equal(trace.all.started.filter(({ id }) => id === 'close').length, wasLost ? 0 : 1);
      assert.deepEqual(live(trace), []);
    },
    'a failure at the end shows in the log': (trace) => {
      assert.equal(count(trace.all, 'logUnclosed'), heard(trace, 'xstate.error.actor.close'));
    },
  },
});
