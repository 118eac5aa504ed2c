import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createActor, fromPromise } from 'xstate';
import { child } from '../../machines/supervision/children.ts';
import { toChild } from '../../machines/supervision/messages.ts';
import { createSupervisor } from '../../machines/supervision/supervisor.ts';
import { Connections } from '../../src/node/connections.ts';
import type { NodeServices } from '../../src/node/services.ts';
import { RESTARTS, supervisionEffects } from '../../src/node/supervision.ts';
import type { Connection } from '../../src/transport/transport.ts';
import { waitFor } from '../harness/wait-for.ts';

test('a connection that comes while its supervisor waits for its restart is closed, not kept for ever', async () => {
  const connections = new Connections<Connection>();
  const quiet = { debug2() {}, warning() {}, error() {} };
  const services = { connections, random: () => 0, log: { tagged: () => quiet } } as unknown as NodeServices;
  let fail = (_error: Error) => {};
  const root = createActor(
    createSupervisor({
      id: 'node',
      strategy: 'one_for_one',
      ...RESTARTS,
      effects: supervisionEffects(services, 'Main'),
      children: [
        child({
          id: 'localClients',
          logic: fromPromise(() => new Promise<void>((_, reject) => (fail = reject))),
          restart: 'permanent',
          shutdownMs: 0,
        }),
      ],
    }),
  );
  root.start();
  try {
    fail(new Error('crash of the test'));
    await waitFor('the pause', () => root.getSnapshot().matches({ alive: 'pausing' }));
    let isDestroyed = false;
    const connectionId = connections.add({ destroy: () => (isDestroyed = true) } as unknown as Connection);
    root.send(toChild('localClients', { type: 'dynamic.start', child: connectionId }));
    assert.ok(isDestroyed);
    assert.equal(connections.take(connectionId), undefined);
  } finally {
    root.stop();
  }
});
