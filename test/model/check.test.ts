import assert from 'node:assert/strict';
import { checkMachine } from '../../machines/integrity/check.ts';
import { workerIntegrity } from '../../src/node/effects/integrity-worker.ts';
import { done, failed, type Model, modelTest } from '../harness/model.ts';
import { wireTest } from '../harness/wire/wire.ts';
import { count, failure, lastEvent, live, paramsOf, thrown } from './trace.ts';

const TASK = 'integrity-7-1';
const digest = 'd'.repeat(128);
const summary = { digest, fileCount: 3, created: 0, updated: 0, deleted: 0, durationMs: 5 };
const report = { created: 1, updated: 2, deleted: 3, deferred: 0 };
const nothingBrought = { created: 0, updated: 0, deleted: 0, deferred: 4 };
const metadata = { path: '/m', name: 'm', sizeBytes: 9, digest, progressTimeoutMs: 1_000 };
const sent = { outcome: 'done', bytesSent: 9, resumedFromBytes: 0, failure: null };

const model: Model<typeof checkMachine> = {
  input: { connectionId: 7, receiveTimeoutMs: 1_000, packTimeoutMs: 9_000 },
  events: [
    done('scan', summary),
    failed('scan', thrown(3119)),
    done('askPermission', { granted: false, inStep: true }),
    done('askPermission', { granted: true, inStep: false }),
    done('askPermission', { granted: false, inStep: false }),
    failed('askPermission', thrown(3103)),
    done('begin', { task: TASK, packsFirst: false }),
    done('begin', { task: TASK, packsFirst: true }),
    failed('begin', thrown(3116)),
    done('writeMetadata', metadata),
    failed('writeMetadata', thrown(3119)),
    done('fileSend', sent),
    done('fileSend', { ...sent, outcome: 'failed', failure: failure(3111) }),
    done('fileSend', { ...sent, outcome: 'cancelled', failure: null }),
    failed('fileSend', thrown(1000)),
    done('endMetadata'),
    failed('endMetadata', thrown(3020)),
    done('apply', { outcome: 'done', report, failure: null }),
    done('apply', { outcome: 'done', report: { ...report, deferred: 4 }, failure: null }),
    done('apply', { outcome: 'done', report: nothingBrought, failure: null }),
    done('apply', { outcome: 'failed', report: null, failure: failure(3112) }),
    failed('apply', thrown(1000)),
    done('reportFailure'),
    failed('reportFailure', thrown(3103)),
    { type: 'rx.syn_m_c_ok', counter: 31, task: TASK },
    { type: 'rx.syn_m_c_ok', counter: 32, task: 'another' },
    { type: 'rx.syn_m_c', counter: 33, task: TASK },
    { type: 'rx.syn_m_c', counter: 34, task: 'another' },
    { type: 'rx.syn_m_c_e', counter: 35, task: TASK, file: null, error: failure(3039), awaitsOutcome: true },
    { type: 'rx.syn_m_c_e', counter: 36, task: TASK, file: 'manifest', error: null, awaitsOutcome: true },
    // As a master of Wazuh 4.x says it.
    {
      type: 'rx.syn_m_c_e',
      counter: 37,
      task: `${TASK}-w`,
      file: 'package',
      error: null,
      awaitsOutcome: false,
    },
    {
      type: 'rx.syn_m_c_e',
      counter: 38,
      task: 'another',
      file: 'package',
      error: null,
      awaitsOutcome: false,
    },
    { type: 'transfer.progress' },
    { type: 'transfer.failed', name: 'package', failure: failure(3111) },
    { type: 'transfer.received', name: 'package', file: '/spool/1', sizeBytes: 5 },
  ],
  key: ({ task, packsFirst, counter, failure, report }) => [task, packsFirst, counter, failure?.code, report],
  deadlinesMs: {
    'showing.awaitingVerdict.waiting': 5_000,
    'showing.awaitingVerdict.waitingForPackage': 10_000,
  },
  invariants: {
    'every request of the master is answered once: here, or by the process that it begins or concerns': (
      trace,
    ) => {
      const event = lastEvent(trace);
      if (event === null || !event.type.startsWith('rx.')) return;
      const answers = [...paramsOf(trace.last, 'refuse'), ...paramsOf(trace.last, 'acknowledge')];
      for (const { counter, connectionId } of answers) {
        assert.deepEqual([counter, connectionId], [event.counter, 7]);
      }
      const begun = trace.last.started.filter(({ src }) => src === 'apply').length;
      assert.equal(answers.length + begun + trace.last.told.length, 1);
    },
    'nothing is shown to the master before it has given permission': (trace) => {
      const isGranted = trace.events.some((event) => event.output?.granted === true);
      const steps = trace.all.started.map(({ id }) => id);
      if (!isGranted) assert.ok(!steps.includes('begin') && !steps.includes('fileSend'));
    },
    'nothing is applied unless the master said so, for this very process': (trace) => {
      const isTold = trace.events.some((event) => event.type === 'rx.syn_m_c' && event.task === TASK);
      if (!isTold) assert.ok(trace.all.started.every(({ id }) => id !== 'apply'));
    },
    'in step needs the word of the master': (trace) => {
      const { snapshot } = trace;
      if (snapshot.status !== 'done' || snapshot.output?.outcome !== 'in-step') return;
      const word = lastEvent(trace);
      assert.ok(word?.output?.inStep === true || (word?.type === 'rx.syn_m_c_ok' && word.task === TASK));
    },
    'a process that the master gave a name to and that fails here is reported to it': (trace) => {
      if (trace.snapshot.status !== 'done' || trace.snapshot.output?.outcome !== 'failed') return;
      const wasGranted = trace.events.some((event) => event.output?.granted === true);
      const endedByMaster = lastEvent(trace)?.type === 'rx.syn_m_c_e';
      const wasReported = trace.all.started.some(({ id }) => id === 'reportFailure');
      assert.equal(wasReported, wasGranted && !endedByMaster);
    },
    'a failure of the process that applies the set is told by that process, and not once more': ({
      all,
      events,
    }) => {
      const hasApplyFailed = events.some(
        ({ type, output }) => type === 'xstate.done.actor.apply' && output.outcome === 'failed',
      );
      assert.equal(count(all, 'noteFailed'), hasApplyFailed ? 1 : 0);
    },
    'a round has one outcome, with one line in the log, and leaves nothing running': (trace) => {
      const { snapshot } = trace;
      const isOver = snapshot.status === 'done';
      if (isOver) assert.deepEqual(live(trace), []);
      // The outcome of a sync is logged by the process that applied it.
      const lines = count(trace.all, 'logRefused', 'logInStep', 'logFailed', 'noteFailed');
      const isSynced = isOver && snapshot.output?.outcome === 'synced';
      const isReporting = snapshot.value === 'reporting';
      assert.equal(lines, (isOver && !isSynced) || isReporting ? 1 : 0);
      if (isOver) {
        const applied = isSynced ? lastEvent(trace)?.output.report : null;
        assert.deepEqual(snapshot.output?.report, applied);
        assert.equal(
          snapshot.output?.succeeded,
          snapshot.output?.outcome === 'in-step' || applied?.deferred === 0,
        );
        assert.equal(snapshot.output?.gotOn, applied?.created > 0);
      }
    },
  },
};

modelTest(checkMachine, model);
wireTest(checkMachine, model, {
  provide: workerIntegrity,
  traits: (path) => ({
    setForm: path.some(({ output }) => output?.packsFirst === true) ? 'package' : 'parts',
  }),
  answeredBy: ['acknowledge', 'refuse'],
  actors: ['askPermission', 'begin', 'reportFailure'],
  asks: {
    askPermission: { command: 'syn_i_w_m_p', reply: (output) => ({ ...(output as object), digest }) },
    begin: { command: 'syn_i_w_m', reply: (output) => ({ task: (output as { task: string }).task }) },
    reportFailure: { command: 'syn_i_w_m_r', reply: () => ({}) },
  },
});
