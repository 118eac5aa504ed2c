import assert from 'node:assert/strict';
import { it } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { MAX_REQUEST_CALLS } from '../../src/agents/limits.ts';
import type { ItemsResult } from '../../src/requests/method.ts';
import { storeWith } from '../agents/fixture.ts';
import { DapiCluster } from './dapi-cluster.ts';

const TIMEOUT = { timeout: 60_000 };
const ASKED = 40;

it(
  'however many ask a node for its agents, its store is asked by a few at a time, and all are answered',
  TIMEOUT,
  async () => {
    const dapi = await DapiCluster.start({ workers: 1, agents: 3 });
    try {
      const { store } = dapi.cluster.master.services;
      const { current } = store;
      let underWay = 0;
      let peak = 0;
      store.set(
        storeWith(current, {
          findAgents: async (query) => {
            underWay += 1;
            peak = Math.max(peak, underWay);
            await setImmediate();
            const found = await current.findAgents(query);
            underWay -= 1;
            return found;
          },
        }),
      );
      const client = await dapi.client(dapi.cluster.master);
      const lists = Array.from({ length: ASKED }, () => client.ask('agents.list', { search: 'a' }));
      for (const list of await Promise.all(lists)) assert.equal((list as ItemsResult).totalItems, 4);
      assert.equal(peak, MAX_REQUEST_CALLS);
      store.set(current);
    } finally {
      await dapi.close();
    }
  },
);
