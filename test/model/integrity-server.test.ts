import assert from 'node:assert/strict';
import { integrityServerMachine } from '../../machines/integrity/integrity-server.ts';
import type { ServeInput, ServeOutput } from '../../machines/integrity/serve.ts';
import { integrityServer } from '../../src/node/effects/integrity-server.ts';
import { done, failed, type Model, modelTest } from '../harness/model.ts';
import { requestOf, wireTest } from '../harness/wire/wire.ts';
import { count, failure, lastEvent, live, paramsOf, thrown } from './trace.ts';

const TASK = 'integrity-7-50';
const published = '1'.repeat(128);
const newer = '2'.repeat(128);
const served: ServeOutput = { outcome: 'sent', comparison: null, sentBytes: 9, sendingMs: 5, failure: null };

const model: Model<typeof integrityServerMachine> = {
  input: {
    connectionId: 7,
    isWazuh4: false,
    publishedDigest: null,
    settings: {
      maxLockedIntegrityMs: 60_000,
      grantTimeoutMs: 5_000,
      receiveTimeoutMs: 5_000,
      maxPackageBytes: 1_000,
      minPackageBytes: 100,
      packageLimitTolerance: 0.2,
    },
  },
  events: [
    { type: 'rx.syn_i_w_m_p', counter: 4, digest: published },
    { type: 'rx.syn_i_w_m_p', counter: 5, digest: newer },
    { type: 'rx.syn_i_w_m_p', counter: 6, digest: null },
    { type: 'rx.syn_i_w_m', counter: 7 },
    ...[TASK, 'another'].flatMap((task, index) => [
      { type: 'rx.syn_i_w_m_e' as const, counter: 10 + index, task, file: 'metadata' },
      { type: 'rx.syn_i_w_m_r' as const, counter: 12 + index, task, error: failure(3119) },
      { type: 'rx.cancel_task' as const, counter: 14 + index, task, error: failure(3120) },
    ]),
    { type: 'rx.syn_i_w_m_r', counter: 16, task: null, error: failure(3119) },
    { type: 'rx.cancel_task', counter: 17, task: null, error: failure(3120) },
    { type: 'cancel.unclaimed', counter: 18, task: 'another', error: failure(3120) },
    { type: 'permission.begun', counter: 50 },
    { type: 'permission.begun', counter: 51 },
    { type: 'permission.expired' },
    { type: 'limit.changed', limitBytes: 500 },
    { type: 'integrity.published', digest: published },
    { type: 'integrity.published', digest: newer },
    done('serve', served),
    done('serve', { ...served, outcome: 'timed-out', failure: failure(3039) }),
    done('serve', {
      ...served,
      outcome: 'failed',
      failure: { code: 3119, message: 'etc/rules/a: ENOSPC: no space' },
    }),
    done('serve', { ...served, outcome: 'failed', failure: failure(3119) }),
    done('serve', { ...served, outcome: 'in-step', sentBytes: 0 }),
    failed('serve', thrown(1000)),
  ],
  // These never end by themselves.
  excludes: (_, { type }) => /^xstate\.done\.actor\.(permission|packageLimit)$/.test(type),
  key: ({ task, publishedDigest, limitBytes, failure }) => [task, publishedDigest, limitBytes, failure],
  sentBy: { permission: 'permission', limit: 'packageLimit', cancel: 'serve' },
  invariants: {
    'every request is answered here, or handed to the process that answers it': (trace) => {
      const event = lastEvent(trace);
      if (event === null || !event.type.startsWith('rx.')) return;
      const answers = trace.last.actions.filter(({ type }) =>
        ['acknowledge', 'refuseUnknownTask', 'refusePermission'].includes(type),
      );
      for (const { params } of answers)
        assert.deepEqual([params.counter, params.connectionId], [event.counter, 7]);
      const asked = { 'rx.syn_i_w_m_p': 'permission.ask', 'rx.syn_i_w_m': 'permission.begin' }[event.type];
      const handedOn = trace.last.told.filter((told) => told.event.type === (asked ?? event.type)).length;
      const handedUp = trace.last.toParent.filter(({ type }) => type === 'cancel.unclaimed').length;
      assert.equal(answers.length + handedOn + handedUp, 1);
    },
    'a request to cancel goes to the process that runs, as it alone knows its names; and on, if it hands it back':
      (trace) => {
        const event = lastEvent(trace);
        if (event?.type === 'rx.cancel_task') {
          const isServing = trace.snapshot.value === 'serving';
          assert.deepEqual([trace.last.told.length, trace.last.toParent.length], isServing ? [1, 0] : [0, 1]);
        }
        if (event?.type === 'cancel.unclaimed') assert.equal(trace.last.toParent.length, 1);
      },
    'a failure of the worker that no process hears of is noted, once, unless the process before ended by it':
      (trace) => {
        const event = lastEvent(trace);
        const isHeard = trace.last.told.some(({ child }) => child === 'serve');
        const before = trace.events
          .slice(0, -1)
          .findLast(({ type }) => type === 'permission.begun' || type === 'xstate.done.actor.serve');
        const told = before?.type === 'permission.begun' ? null : (before?.output as ServeOutput)?.failure;
        const isTold = told?.code === event?.error?.code && told?.message === event?.error?.message;
        const isNoted = event?.type === 'rx.syn_i_w_m_r' && !isHeard && !isTold;
        assert.deepEqual(
          paramsOf(trace.last, 'noteReported'),
          isNoted ? [{ connectionId: 7, failure: event.error }] : [],
        );
      },
    'a file for a task that there is none of is refused by that name, and named to whoever removes it': (
      trace,
    ) => {
      for (const params of paramsOf(trace.last, 'refuseUnknownTask')) {
        const event = lastEvent(trace);
        const told = { counter: event?.counter, task: event?.task, file: event?.file };
        assert.deepEqual(params, { connectionId: 7, ...told });
      }
    },
    'what is handed up is the request to cancel, whole': (trace) => {
      const event = lastEvent(trace);
      for (const told of trace.last.toParent) assert.deepEqual(told, { ...event, type: 'cancel.unclaimed' });
    },
    'a process runs exactly while the machine serves, with the limit of that moment': (trace) => {
      const isServing = trace.snapshot.value === 'serving';
      assert.equal(live(trace).includes('serve'), isServing && trace.snapshot.status === 'active');
      const started = trace.last.started.find(({ id }) => id === 'serve');
      if (started === undefined) return;
      const limit = trace.events.findLast(({ type }) => type === 'limit.changed')?.limitBytes ?? 1_000;
      const { task, counter, limitBytes } = started.input as ServeInput;
      const begun = lastEvent(trace)?.counter;
      assert.deepEqual([task, counter, limitBytes], [`integrity-7-${begun}`, begun, limit]);
    },
    'the lock is free again after every end of a process, whatever it was': (trace) => {
      const released = trace.all.told.filter(({ event }) => event.type === 'permission.release').length;
      const ended = trace.events.filter(({ type }) =>
        /^xstate\.(done|error)\.actor\.serve$/.test(type),
      ).length;
      assert.equal(released, ended);
    },
    'only what was sent, or was too much for time or disk, says something about the size of packages': (
      trace,
    ) => {
      const told = trace.all.told.filter(({ child }) => child === 'packageLimit');
      const types = trace.events.flatMap(({ type, output }) => {
        if (type !== 'xstate.done.actor.serve') return [];
        if (output.outcome === 'sent') return ['limit.sent'];
        const wasTooMuch =
          output.outcome === 'timed-out' || /ENOSPC/.test((output as ServeOutput).failure?.message ?? '');
        return wasTooMuch ? ['limit.exceeded'] : [];
      });
      assert.deepEqual(
        told.map(({ event }) => event.type),
        types,
      );
    },
    'a set is pushed once, and only if it is another one': (trace) => {
      const digests = trace.events.flatMap(({ type, digest }) =>
        type === 'integrity.published' ? [digest] : [],
      );
      const changes = digests.filter((digest, index) => digest !== digests[index - 1]);
      assert.deepEqual(
        paramsOf(trace.all, 'push'),
        changes.map((digest) => ({ connectionId: 7, digest })),
      );
    },
    'in step means the digest that was published last; before the first there is nothing to ask for': (
      trace,
    ) => {
      const event = lastEvent(trace);
      if (event?.type !== 'rx.syn_i_w_m_p') return;
      const digest = trace.events.findLast(({ type }) => type === 'integrity.published')?.digest;
      const asked = trace.last.told.find((told) => told.child === 'permission')?.event;
      if (digest === undefined)
        assert.deepEqual([asked, count(trace.last, 'refusePermission')], [undefined, 1]);
      else assert.deepEqual([asked?.inStep, asked?.digest], [event.digest === digest, digest]);
    },
  },
};

modelTest(integrityServerMachine, model);
wireTest(integrityServerMachine, model, {
  provide: integrityServer,
  answeredBy: ['acknowledge', 'refuseUnknownTask', 'refusePermission'],
  actors: [],
  request: requestOf,
});
