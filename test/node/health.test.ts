import assert from 'node:assert/strict';
import { it } from 'node:test';
import { systemClock } from '../../src/node/clock.ts';
import { health } from '../../src/node/effects/health.ts';
import { addAgents, clientSubject, infoOf } from '../agents/fixture.ts';
import { wireServices } from '../harness/wire/services.ts';

const WORKERS = 25;

it('active agents of all nodes are counted by one question to the store, whose size is bounded', async () => {
  await using subject = await clientSubject();
  const { store } = subject;
  const services = wireServices(systemClock);
  services.store.set(store);
  for (let number = 1; number <= WORKERS; number += 1) {
    const worker = { name: `worker${number}`, version: '1', address: '10.0.0.1:1', isSyncing: false };
    services.status.workers.set(number, {
      ...worker,
      isSyncingAgents: false,
      lastCheck: null,
      lastSync: null,
      lastAgentInfo: null,
      lastGroups: null,
      lastAllGroups: null,
      lastKeepalive: null,
    } as never);
  }
  await addAgents(store, 6);
  const at = ['node', 'worker1', 'worker1', 'WORKER2', 'elsewhere'];
  await store.writeAgentInfo(
    JSON.stringify([
      ...at.map((node_name, index) => infoOf(index + 1, { node_name })),
      infoOf(6, { node_name: 'worker1', connection_status: 'disconnected' }),
    ]),
  );
  const requests: string[] = [];
  const query = store.query.bind(store);
  store.query = (request) => {
    requests.push(request);
    return query(request);
  };
  const { nodes } = await health(services, { nodes: null });
  const counts = Object.entries(nodes).map(([name, { info }]) => [name, info.n_active_agents]);
  assert.equal(requests.length, 1);
  assert.deepEqual(Object.fromEntries(counts), {
    ...Object.fromEntries(Array.from({ length: WORKERS }, (_, index) => [`worker${index + 1}`, 0])),
    node: 1,
    worker1: 2,
    worker2: 1,
  });
});
