import assert from 'node:assert/strict';
import type { ClientHandlerOutput, ClientSettings } from '../../machines/connection/client-handler.ts';
import { connectorMachine } from '../../machines/connection/connector.ts';
import { done, failed, modelTest } from '../harness/model.ts';
import { count, failure, lastEvent, live, thrown } from './trace.ts';

const settings: ClientSettings = {
  closeTimeoutMs: 1_000,
  keepaliveIntervalMs: 2_000,
  maxFailedKeepalives: 2,
  maxSilenceMs: 9_000,
  syncIntegrityMs: 9_000,
  retryIntegrityMs: 1_000,
  receiveTimeoutMs: 5_000,
};
const accepted: ClientHandlerOutput = { wasEstablished: true, failure: failure(3103) };
const refused: ClientHandlerOutput = { wasEstablished: false, failure: failure(3028) };

modelTest(connectorMachine, {
  input: { settings, retryMs: 100, maxRetryMs: 300 },
  events: [
    done('connect', { connectionId: 7, remote: '127.0.0.1:1516' }),
    failed('connect', thrown(3102)),
    done('handler', accepted),
    done('handler', refused),
    failed('handler', thrown(1000)),
    { type: 'files.changed' },
    { type: 'shutdown' },
  ],
  key: ({ attempts, failure }) => [attempts, failure?.code],
  stopWhen: ({ context }) => context.attempts > 3,
  invariants: {
    'one connection at a time, and no attempt beside it': (trace) => {
      assert.ok(live(trace).length <= 1);
    },
    'after every end but that of the node it waits and tries again': (trace) => {
      const event = lastEvent(trace);
      const isAsked = trace.events.some(({ type }) => type === 'shutdown');
      if (event?.type.includes('.actor.') && !isAsked && event.type !== 'xstate.done.actor.connect') {
        assert.equal(trace.snapshot.value, 'waiting');
        assert.equal(count(trace.last, 'logWaiting'), 1);
      }
    },
    'a node that stops lets its connection say goodbye first': (trace) => {
      const event = lastEvent(trace);
      if (event?.type !== 'shutdown') return;
      const said = trace.last.told.some(
        ({ child, event: told }) => child === 'handler' && told.type === 'shutdown',
      );
      assert.equal(trace.snapshot.status === 'done' || said || live(trace).includes('handler'), true);
    },
    'pauses begin anew after a connection that was accepted': (trace) => {
      const event = lastEvent(trace);
      const isAccepted = event?.type === 'xstate.done.actor.handler' && event.output.wasEstablished === true;
      if (isAccepted && trace.snapshot.value === 'waiting') {
        assert.equal(trace.snapshot.context.attempts, 0);
      }
    },
    'a change of files reaches the connection that there is': (trace) => {
      const event = lastEvent(trace);
      if (event?.type !== 'files.changed') return;
      assert.deepEqual(
        trace.last.told.map(({ child }) => child),
        ['handler'],
      );
    },
  },
});
