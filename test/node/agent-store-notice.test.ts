import assert from 'node:assert/strict';
import { it } from 'node:test';
import { createActor } from 'xstate';
import { agentStore } from '../../src/node/effects/agent-store.ts';
import type { NodeServices } from '../../src/node/services.ts';
import { StoreHome } from '../agents/fixture.ts';
import { waitFor } from '../harness/wait-for.ts';
import { End } from './agent-info-pair.ts';

it('whoever uses the agent store of a node hears that it was opened: it may hold what it held long ago', async () => {
  using home = new StoreHome();
  const { services } = new End();
  const config = { ...services.config, home: home.path };
  let opened = 0;
  for (const times of [1, 2]) {
    const effects = { ready: () => {}, groupsChanged: () => (opened += 1) };
    const actor = createActor(agentStore({ ...services, config } as NodeServices, effects)).start();
    await waitFor('the notice', () => opened === times);
    assert.deepEqual(await services.store.current.allAgents(-1), [0]);
    actor.send({ type: 'shutdown' });
    await waitFor('the end', () => actor.getSnapshot().status === 'done');
  }
});
