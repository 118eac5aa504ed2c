import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createActor, fromCallback } from 'xstate';
import { clientHandler } from '../../src/node/effects/client-handler.ts';
import { clientSettings } from '../../src/node/settings.ts';
import { memoryPair } from '../../src/transport/memory.ts';
import { ModelClock } from '../harness/model-clock.ts';
import { waitFor } from '../harness/wait-for.ts';
import { WirePeer } from '../harness/wire/peer.ts';
import { refusedRequests } from '../harness/wire/requests.ts';
import { wireServices, wireTransfers } from '../harness/wire/services.ts';

test('a worker keeps the master that it has when an earlier connection is closed only now', async () => {
  const clock = new ModelClock();
  const services = wireServices(clock as never);
  const nothing = fromCallback(() => {}) as never;
  const logic = clientHandler(services, wireTransfers(), refusedRequests(services)).provide({
    actors: {
      integrity: nothing,
      agentInfo: nothing,
      groups: nothing,
      keepaliveSender: nothing,
      keepaliveMonitor: nothing,
    },
  });
  const settings = clientSettings(services.config);
  const join = async (name: string) => {
    const [own, other] = memoryPair();
    const peer = new WirePeer(other);
    const connectionId = services.connections.add(own);
    const handler = createActor(logic, { input: { connectionId, remote: name, settings } }).start();
    await waitFor('hello', () => peer.hasBeenAsked('hello'));
    peer.answer('hello', { name, version: '1', protocol: 1, features: [] });
    await waitFor('the handler to be established', () => handler.getSnapshot().matches('established'));
    return { peer, handler, connectionId };
  };
  const first = await join('master1');
  const second = await join('master2');
  first.peer.cut();
  await waitFor('the first one to end', () => first.handler.getSnapshot().status === 'done');
  assert.equal(services.channels.master()?.id, second.connectionId);
  assert.equal(services.status.master?.name, 'master2');
  second.peer.cut();
  await waitFor('the second one to end', () => second.handler.getSnapshot().status === 'done');
  assert.equal(services.channels.master(), undefined);
  assert.equal(services.status.master, null);
});
