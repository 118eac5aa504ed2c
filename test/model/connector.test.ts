import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ClientHandlerOutput } from '../../machines/connection/client-handler.ts';
import { connectorMachine, retryPauseMs } from '../../machines/connection/connector.ts';
import { done, failed, modelTest } from '../harness/model.ts';
import { Replay } from '../harness/replay.ts';
import { workerSide } from './handler-inputs.ts';
import { count, failure, lastEvent, live, thrown } from './trace.ts';

const { settings } = workerSide;
const accepted: ClientHandlerOutput = { wasEstablished: true, failure: failure(3103) };
const refused: ClientHandlerOutput = { wasEstablished: false, failure: failure(3028) };

const input = { settings, retryMs: 100, maxRetryMs: 300 };
type Waiting = { context: Parameters<typeof retryPauseMs>[0] };
const pausesOf = (random: () => number) => ({
  retry: ({ context }: Waiting) => retryPauseMs(context, random()),
});
const wholePauses = pausesOf(() => 0);
const made = done('connect', { connectionId: 7, remote: '127.0.0.1:1516' });

// The least chance leaves pauses whole.
modelTest(connectorMachine.provide({ delays: wholePauses }), {
  input,
  events: [
    made,
    failed('connect', thrown(3102)),
    done('handler', accepted),
    done('handler', refused),
    failed('handler', thrown(1000)),
    { type: 'files.changed' },
    { type: 'groups.changed' },
    { type: 'shutdown' },
  ],
  key: ({ attempts, failure }) => [attempts, failure?.code],
  stopWhen: ({ context }) => context.attempts > 3,
  leadsTo: { shutdown: ['connected.leaving', 'stopped'] },
  deadlinesMs: { waiting: 300, 'connected.serving.fresh': 600 },
  invariants: {
    'one connection at a time, and no attempt beside it': (trace) => {
      assert.ok(live(trace).length <= 1);
    },
    'after every end but that of the node it waits and tries again': (trace) => {
      const event = lastEvent(trace);
      const isAsked = trace.events.some(({ type }) => type === 'shutdown');
      if (event?.type.includes('.actor.') && !isAsked && event.type !== 'xstate.done.actor.connect') {
        assert.equal(trace.snapshot.value, 'waiting');
        const isSaidByHandler = event.output?.wasEstablished === true;
        assert.equal(count(trace.last, 'logWaiting'), isSaidByHandler ? 0 : 1, 'logged once');
      }
    },
    'whom it waits for is told while it connects, and no more': (trace) => {
      const isSlow = lastEvent(trace)?.type.startsWith('xstate.after.slow') === true;
      assert.equal(count(trace.last, 'logSlow'), isSlow ? 1 : 0);
    },
    'a node that stops lets its connection say goodbye first': (trace) => {
      const event = lastEvent(trace);
      if (event?.type !== 'shutdown') return;
      const said = trace.last.told.some(
        ({ child, event: told }) => child === 'handler' && told.type === 'shutdown',
      );
      assert.equal(trace.snapshot.status === 'done' || said || live(trace).includes('handler'), true);
    },
    'pauses begin anew after a connection that lasted, and after no other': (trace) => {
      const { attempts } = trace.snapshot.context;
      const ends = trace.events.map(({ type }) => type);
      const isFailure = (type: string) => type.includes('.actor.') && type !== 'xstate.done.actor.connect';
      const settledAt = ends.findLastIndex((type) => type.startsWith('xstate.after.settled'));
      if (ends.includes('shutdown')) return;
      assert.equal(attempts, ends.slice(settledAt + 1).filter(isFailure).length);
    },
    'a change of files, or of groups, reaches the connection that there is': (trace) => {
      const event = lastEvent(trace);
      if (event?.type !== 'files.changed' && event?.type !== 'groups.changed') return;
      assert.deepEqual(
        trace.last.told.map(({ child, event: told }) => [child, told.type]),
        [['handler', event.type]],
      );
    },
  },
});

const evicted: ClientHandlerOutput = { wasEstablished: true, failure: failure(3122) };

/** The pauses after each of so many connections that live so long. */
function pauses(connections: number, livesMs: number, random: () => number): number[] {
  const replay = new Replay(connectorMachine.provide({ delays: pausesOf(random) }), { input });
  try {
    return Array.from({ length: connections }, () => {
      replay.play(made);
      replay.clock.increment(livesMs);
      replay.play(done('handler', evicted));
      const beganMs = replay.clock.now();
      replay.play({ type: 'xstate.after.retry.connector.waiting' });
      return replay.clock.now() - beganMs;
    });
  } finally {
    replay.stop();
  }
}

describe('the pauses of a worker', () => {
  test('grow while the master accepts it and then ends it at once, or evicts it for another', () => {
    assert.deepEqual(
      pauses(4, 0, () => 0),
      [100, 200, 300, 300],
    );
    assert.deepEqual(
      pauses(4, 310, () => 0),
      [100, 200, 300, 300],
      'as long as its twin pauses',
    );
  });

  test('begin anew after a connection that lasted', () => {
    assert.deepEqual(
      pauses(3, 601, () => 0),
      [100, 100, 100],
    );
  });

  test('are shortened at random in the machine itself, by half at most', () => {
    assert.deepEqual(
      pauses(3, 0, () => 0.5),
      [75, 150, 225],
    );
    assert.deepEqual(
      pauses(2, 0, () => 0.999_999),
      [50, 100],
    );
  });
});
