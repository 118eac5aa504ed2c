import assert from 'node:assert/strict';
import { test } from 'node:test';
import { localHandlerMachine } from '../../machines/connection/local-handler.ts';
import type { Channel } from '../../src/node/channel.ts';
import { localHandler } from '../../src/node/effects/local-handler.ts';
import { done, failed, type Model, modelTest } from '../harness/model.ts';
import { Replay } from '../harness/replay.ts';
import { refusedRequests } from '../harness/wire/requests.ts';
import { requestOf, wireTest } from '../harness/wire/wire.ts';
import { localSide } from './handler-inputs.ts';
import { count, failure, heard, lastEvent, live, paramsOf, thrown } from './trace.ts';

const requests = ({ cast }: { cast: { live: readonly { src: string }[] } }) =>
  cast.live.filter(({ src }) => src === 'localRequest').length;

const { maxRequests, idleTimeoutMs } = localSide;
const HANDED = ['rx.dapi', 'rx.dapi_fwd', 'rx.cancel_task'];
const MESSAGE = { id: 'm1', daemon: 'authd', message: 'x', timeoutMs: 1_000 };
const SLOTS = ['request-0', 'request-1'];

const model: Model<typeof localHandlerMachine> = {
  input: localSide,
  events: [
    { type: 'rx.request', counter: 3, command: 'get_nodes', args: {}, isAcknowledged: false },
    { type: 'rx.request', counter: 3, command: 'sendsync', args: MESSAGE, isAcknowledged: true },
    { type: 'link.closed', failure: null },
    { type: 'link.closed', failure: failure(3103) },
    { type: 'rx.echo', counter: 4, data: 'here' },
    { type: 'rx.dapi', counter: 5 },
    { type: 'rx.dapi_fwd', counter: 6 },
    { type: 'rx.cancel_task', counter: 7 },
    ...SLOTS.flatMap((slot) => [done(slot, { failure: null }), failed(slot, thrown())]),
  ],
  key: ({ busy }) => [busy.map(({ slot, isAcknowledged }) => `${slot} ${isAcknowledged}`).sort()],
  sentBy: { rx: 'link', link: 'link' },
  leadsTo: { shutdown: ['closing'], 'link.closed': ['closed'] },
  deadlinesMs: { 'serving.used': 5_000, closing: 500 },
  invariants: {
    'a request is worked on, or refused when too many are': (trace) => {
      const begun = trace.all.started.filter(({ src }) => src === 'localRequest').length;
      assert.equal(begun + count(trace.all, 'refuseBusy'), heard(trace, 'rx.request'));
      assert.ok(requests(trace) <= maxRequests);
      if (trace.snapshot.matches('serving'))
        assert.equal(requests(trace), trace.snapshot.context.busy.length);
    },
    'a request that crashes is refused, so that its client does not wait in vain': (trace) => {
      const event = lastEvent(trace);
      const refused = ['refuseCrashed', 'tellCrashed'].flatMap((action) =>
        paramsOf<{ counter: number; failure: { code: number } }>(trace.last, action),
      );
      const isCrash = event?.type.startsWith('xstate.error.actor.request-') === true;
      const wasServing = isCrash && trace.snapshot.matches('serving');
      assert.deepEqual(
        // On a wire two that wait have different counters.
        refused.map(({ counter, failure: { code } }) => [counter % 1_000, code]),
        wasServing ? [[3, 3119]] : [],
      );
    },
    'a message is acknowledged when it is taken, once, and only one that asks for that': (trace) => {
      const event = lastEvent(trace);
      const isAsked = event?.type === 'rx.request' && event.isAcknowledged === true;
      const isTaken = isAsked && count(trace.last, 'refuseBusy') === 0 && trace.snapshot.matches('serving');
      assert.equal(count(trace.last, 'acknowledge'), isTaken ? 1 : 0);
    },
    'a client is not taken for idle while it waits for an answer': (trace) => {
      if (lastEvent(trace)?.type.startsWith('xstate.after.idleTimeout') !== true) return;
      const timeout = trace.events.slice(0, -1).findLastIndex(({ type }) => type.includes('idleTimeout'));
      const wasUsed = trace.events.slice(timeout + 1, -1).some(({ type }) => HANDED.includes(type));
      assert.equal(trace.snapshot.matches('serving'), requests(trace) > 0 || wasUsed);
    },
    'the connection and all its requests end with it': (trace) => {
      if (trace.snapshot.status === 'done') assert.deepEqual(live(trace), []);
      assert.equal(count(trace.all, 'logDisconnected'), trace.snapshot.status === 'done' ? 1 : 0);
    },
    'its connection is closed once, however often that is asked for': ({ all, snapshot }) => {
      assert.ok(count(all, 'closeLink') <= 1);
      if (snapshot.value === 'closing') assert.equal(count(all, 'closeLink'), 1);
    },
    'its end says why the connection was lost': ({ snapshot, events }) => {
      if (snapshot.status !== 'done') return;
      const closed = events.find(({ type }) => type === 'link.closed');
      const output = snapshot.output as { failure: { code: number } | null };
      assert.equal(output.failure?.code, closed?.failure?.code);
    },
  },
};

modelTest(localHandlerMachine, model);
wireTest(localHandlerMachine, model, {
  provide: (services, transfers) => {
    services.channels.master = () => ({}) as Channel;
    return localHandler(services, transfers, refusedRequests(services));
  },
  traits: () => ({ hearsAnswersLater: true }),
  answeredBy: ['refuseBusy', 'refuseCrashed', 'echo', 'handToRequests', 'acknowledge'],
  actors: ['link'],
  request: (event) =>
    event.type === 'rx.request' ? { command: event.command, args: event.args } : requestOf(event),
  ownsConnection: true,
});

test('a client whose request took longer than it may be idle is still dropped when it asks nothing more', () => {
  const replay = new Replay(localHandlerMachine, { input: { ...localSide, requestTimeoutMs: 20_000 } });
  try {
    const event = {
      type: 'rx.request',
      counter: 3,
      command: 'get_nodes',
      args: {},
      isAcknowledged: false,
    } as const;
    replay.play(event);
    replay.clock.increment(idleTimeoutMs + 1);
    replay.play(done('request-0', { failure: null }));
    replay.clock.increment(idleTimeoutMs - 1);
    assert.ok(replay.snapshot.matches('serving'));
    replay.clock.increment(1);
    assert.equal(replay.snapshot.value, 'closing');
  } finally {
    replay.stop();
  }
});
