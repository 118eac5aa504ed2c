import assert from 'node:assert/strict';
import type { AnyEventObject } from 'xstate';
import { applyMachine } from '../../machines/integrity/apply.ts';
import { workerIntegrity } from '../../src/node/effects/integrity-worker.ts';
import { done, failed, type Model, modelTest } from '../harness/model.ts';
import { actorOf, wireTest } from '../harness/wire/wire.ts';
import { count, failure, heard, lastEvent, live, paramsOf, thrown } from './trace.ts';

const TASK = 'integrity-7-1-w';
const BEGIN = 33;
const LARGE_FILE = `${'d'.repeat(128)}.bin`;
const PACKAGE = `${'d'.repeat(128)}.zip`;
/** Somebody sends a file meanwhile. */
const SENT = 'sent-report.json';
const report = { created: 1, updated: 2, deleted: 3, deferred: 0 };

const model: Model<typeof applyMachine> = {
  input: {
    connectionId: 7,
    counter: BEGIN,
    masterTask: 'integrity-7-1',
    task: TASK,
    receiveTimeoutMs: 1_000,
  },
  events: [
    { type: 'rx.syn_m_c_e', counter: 41, task: TASK, file: 'manifest', error: null, awaitsOutcome: true },
    { type: 'rx.syn_m_c_e', counter: 42, task: TASK, file: null, error: failure(3039), awaitsOutcome: true },
    { type: 'rx.syn_m_c_e', counter: 43, task: null, file: null, error: failure(3125), awaitsOutcome: true },
    { type: 'rx.syn_m_c_e', counter: 44, task: TASK, file: null, error: null, awaitsOutcome: true },
    {
      type: 'rx.syn_m_c_e',
      counter: 45,
      task: 'another',
      file: 'manifest',
      error: null,
      awaitsOutcome: true,
    },
    // As a master of Wazuh 4.x says it.
    { type: 'rx.syn_m_c_e', counter: 46, task: TASK, file: 'package', error: null, awaitsOutcome: false },
    { type: 'rx.syn_m_c_e', counter: 47, task: TASK, file: null, error: failure(3001), awaitsOutcome: false },
    {
      type: 'rx.syn_m_c_e',
      counter: 48,
      task: 'another',
      file: 'package',
      error: null,
      awaitsOutcome: false,
    },
    { type: 'transfer.received', name: 'package', file: '/spool/1', sizeBytes: 5 },
    { type: 'transfer.received', name: SENT, file: '/spool/2', sizeBytes: 5 },
    { type: 'transfer.progress' },
    { type: 'transfer.failed', name: SENT, failure: failure(3112) },
    { type: 'transfer.failed', name: 'manifest', failure: failure(3112) },
    { type: 'transfer.failed', name: PACKAGE, failure: failure(3119) },
    { type: 'transfer.failed', name: LARGE_FILE, failure: failure(3112) },
    { type: 'transfer.failed', name: LARGE_FILE, failure: failure(3111) },
    { type: 'stage.settled' },
    { type: 'stage.failed', failure: failure(3115) },
    done('commit', report),
    failed('commit', thrown(3119)),
    done('cancelTask'),
    failed('cancelTask', thrown(3103)),
  ],
  key: ({ manifest, endCounter, failure }) => [manifest, endCounter, failure?.code],
  sentBy: { stage: 'staging' },
  invariants: {
    'every request of the master has exactly one answer': (trace) => {
      assert.deepEqual(paramsOf(trace.all, 'replyTask'), [{ connectionId: 7, counter: BEGIN, task: TASK }]);
      const heardCounters = trace.events
        .filter(({ type }) => type.startsWith('rx.'))
        .map(({ counter }) => counter);
      const answered = ['acknowledge', 'refuse', 'acknowledgeEnd', 'refuseEnd']
        .flatMap((type) => paramsOf(trace.all, type))
        .map(({ counter }) => counter);
      // The end of the files is answered when the set is in place, or is known not to be, if somebody waits for that.
      const { value, context } = trace.snapshot;
      const isPending = ['settling', 'committing'].includes(value as string) && context.endCounter !== null;
      assert.deepEqual([...answered, ...(isPending ? [41] : [])].sort(), heardCounters.sort());
    },
    'a master that waits for no outcome is thanked for every end of this sync, and refused for that of another':
      (trace) => {
        const event = lastEvent(trace);
        if (event?.awaitsOutcome !== false) return;
        const given = event.task === TASK ? 'acknowledge' : 'refuse';
        const answers = ['acknowledge', 'refuse', 'acknowledgeEnd', 'refuseEnd'];
        assert.deepEqual(
          answers.filter((type) => count(trace.last, type) > 0),
          [given],
        );
      },
    'nothing is committed before the master has said that all was sent and everything is staged': (trace) => {
      const commits = trace.all.started.filter(({ id }) => id === 'commit').length;
      assert.equal(commits, heard(trace, 'stage.settled') > 0 && isWhole(trace) ? 1 : 0);
    },
    'every file of the set that arrives is staged, in order, before the end; one that somebody sends is left alone':
      (trace) => {
        const staged = trace.all.told.flatMap(({ event }) => (event.type === 'stage' ? [event.name] : []));
        const arrivedInTime = trace.events.filter(
          ({ type, name }, index) =>
            type === 'transfer.received' &&
            name !== SENT &&
            !trace.events.slice(0, index).some((earlier) => ends(earlier)),
        );
        assert.deepEqual(
          staged,
          arrivedInTime.map(({ name }) => name),
        );
      },
    'a file that somebody sends does nothing to the sync, whether it arrives or not': (trace) => {
      if (lastEvent(trace)?.name !== SENT) return;
      assert.deepEqual([trace.last.started, trace.last.told, trace.last.actions], [[], [], []]);
    },
    'the staging hears of each failure that it did not tell itself, while it can still make room': (
      trace,
    ) => {
      const isForeign = ({ type, name }: AnyEventObject) =>
        (type === 'transfer.failed' && name !== SENT) || type === 'xstate.error.actor.commit';
      const foreign = trace.events.filter(
        (event, index) => isForeign(event) && !trace.events.slice(0, index).some((earlier) => ends(earlier)),
      );
      const commits = trace.events.filter(({ type }) => type === 'xstate.error.actor.commit');
      const heardOf = new Set([...foreign, ...commits]);
      assert.equal(trace.all.told.filter(({ event }) => event.type === 'stage.trouble').length, heardOf.size);
    },
    'a part that did not arrive because of its file alone ends nothing: the master knows, and tells what becomes of it':
      (trace) => {
        const event = lastEvent(trace);
        if (event === null || !isMissed(event)) return;
        assert.deepEqual(trace.last.started, []);
        assert.equal(count(trace.last, 'logFailed'), 0);
        if (trace.snapshot.value === 'receiving') assert.equal(count(trace.last, 'logNotReceived'), 1);
      },
    'all or nothing: done has a report, failed has a reason and none': ({ snapshot }) => {
      if (snapshot.status !== 'done') return;
      const isDone = snapshot.output?.outcome === 'done';
      assert.deepEqual(snapshot.output?.report, isDone ? report : null);
      assert.equal(snapshot.output?.failure === null, isDone);
    },
    'the master hears, once, of a failure that it did not tell itself; of one after the end by the answer to that':
      (trace) => {
        const told = trace.all.started.filter(({ id }) => id === 'cancelTask').length;
        const wasTold = trace.events.some(
          (event) =>
            [
              'transfer.failed',
              'stage.failed',
              'xstate.after.receiveTimeout.integrityApply.receiving',
            ].includes(event.type) &&
            event.name !== SENT &&
            !isMissed(event),
        );
        const isFailing = trace.snapshot.value === 'cancelling' || trace.snapshot.value === 'failed';
        const { manifest, endCounter } = trace.snapshot.context;
        // Behind the end nothing is under way that could be cancelled.
        assert.equal(told, wasTold && isFailing && manifest === null ? 1 : 0);
        const isAnswered = endCounter !== null && isOver(trace);
        assert.equal(count(trace.all, 'acknowledgeEnd', 'refuseEnd'), isAnswered ? 1 : 0);
      },
    'one start and one outcome in the log; the staging directory goes with it': (trace) => {
      const isOver = trace.snapshot.status === 'done';
      assert.equal(count(trace.all, 'logStarting'), 1);
      const isGivingUp = trace.snapshot.value === 'cancelling';
      assert.equal(count(trace.all, 'logFinished', 'logFailed'), isOver || isGivingUp ? 1 : 0);
      if (isOver) assert.deepEqual(live(trace), []);
      else assert.ok(live(trace).includes('staging'));
    },
  },
};

modelTest(applyMachine, model);
wireTest(applyMachine, model, {
  provide: (services, transfers) => actorOf(workerIntegrity(services, transfers), 'apply'),
  answeredBy: ['replyTask', 'acknowledge', 'refuse', 'acknowledgeEnd', 'refuseEnd'],
  actors: ['cancelTask'],
  asks: { cancelTask: { command: 'cancel_task', reply: () => ({}) } },
  first: { counter: BEGIN, command: 'syn_m_c' },
});

/** A part that could not be stored, about which the master decides. */
const isMissed = ({ type, name, failure }: AnyEventObject): boolean =>
  type === 'transfer.failed' && [LARGE_FILE, PACKAGE].includes(name) && [3112, 3119].includes(failure.code);

const isOver = ({ snapshot }: { snapshot: { status: string } }) => snapshot.status === 'done';

/** What ends the time in which files are taken. */
function ends(event: AnyEventObject): boolean {
  const { type, task } = event;
  if (isMissed(event) || event.name === SENT) return false;
  if (type === 'rx.syn_m_c_e') return task === TASK || task === null;
  return ['transfer.failed', 'stage.failed'].includes(type) || type.startsWith('xstate.after.');
}

function isWhole({ events }: { events: readonly { type: string; counter?: unknown }[] }): boolean {
  const settled = events.findIndex(({ type }) => type === 'stage.settled');
  return events.slice(0, settled).some(({ counter }) => counter === 41 || counter === 46);
}
