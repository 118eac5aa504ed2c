import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createActor } from 'xstate';
import { listenerMachine } from '../../machines/connection/listener.ts';
import { modelTest } from '../harness/model.ts';
import { Replay } from '../harness/replay.ts';
import { Cast } from '../harness/stubs.ts';
import { count, failure, heard, live, paramsOf } from './trace.ts';

const input = { name: 'cluster', handlers: 'connections' };

modelTest(listenerMachine, {
  input,
  events: [
    { type: 'listen.opened', address: '127.0.0.1:1516' },
    { type: 'listen.connection', connectionId: 1, remote: '127.0.0.1:5000', handshakeMs: 9 },
    { type: 'listen.rejected', remote: '127.0.0.1:5001', failure: failure(3110) },
    { type: 'listen.failed', failure: failure(3101) },
  ],
  key: ({ address, failure }) => [address, failure?.code],
  // The crash is only noted here; that it happens is the test below.
  excludes: ({ value }) => value === 'failed',
  sentBy: { listen: 'port' },
  leadsTo: { shutdown: ['closed'], 'listen.failed': ['failed'] },
  invariants: {
    'every connection is adopted, once, by the supervisor of the handlers': (trace) => {
      const adopted = paramsOf(trace.all, 'adopt');
      assert.equal(adopted.length, heard(trace, 'listen.connection'));
      for (const { handlers } of adopted) assert.equal(handlers, 'connections');
    },
    'it is ready once the port is open': (trace) => {
      assert.equal(count(trace.all, 'reportReady'), heard(trace, 'listen.opened'));
    },
    'who was turned away shows in the log': (trace) => {
      assert.equal(count(trace.all, 'logRejected'), heard(trace, 'listen.rejected'));
    },
    'a lost port is a crash, with its reason': (trace) => {
      assert.deepEqual(
        paramsOf(trace.all, 'crash'),
        heard(trace, 'listen.failed') > 0 ? [failure(3101)] : [],
      );
    },
    'the port closes with it': (trace) => {
      assert.deepEqual(live(trace), trace.snapshot.status === 'done' ? [] : ['port']);
    },
  },
});

describe('listener', () => {
  it('says where it listens when the port is open, and closes when it is told to, before that too', () => {
    for (const isOpen of [true, false]) {
      const replay = new Replay(listenerMachine, { input });
      const address = '127.0.0.1:1516';
      if (isOpen) replay.play({ type: 'listen.opened', address });
      assert.equal(count(replay.all, 'logListening'), isOpen ? 1 : 0);
      assert.equal(replay.snapshot.context.address, isOpen ? address : null);
      replay.play({ type: 'shutdown' });
      assert.equal(replay.snapshot.status, 'done');
      assert.deepEqual(replay.cast.live, []);
      replay.stop();
    }
  });

  it('crashes when its port is lost, so that its supervisor decides what follows', () => {
    const cast = new Cast();
    const machine = listenerMachine.provide({ actors: cast.actors(listenerMachine) as never });
    const actor = createActor(machine, { input });
    const errors: unknown[] = [];
    actor.subscribe({ error: (error) => errors.push(error) });
    actor.start();
    actor.send({ type: 'listen.failed', failure: failure(3101) });
    assert.equal(actor.getSnapshot().status, 'error');
    assert.equal((errors[0] as { code?: number }).code, 3101);
  });
});
