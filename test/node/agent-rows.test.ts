import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { AgentStore } from '../../src/agents/store.ts';
import { agentRows } from '../../src/node/effects/agent-rows.ts';
import { StoreAccess } from '../../src/node/store-access.ts';
import { MusterError } from '../../src/protocol/errors.ts';
import type { Change } from '../../src/registration/embedded/orders.ts';

const PATIENCE_MS = 20;

const added = (id: number, ...groups: string[]): Change => ({
  kind: 'added',
  agent: { id, name: `a${id}`, ip: 'any', key: 'k', groups, dateAddS: 1 },
});

/** Rows of a store that does what it is given, and nothing else. */
function rowsOf(store: Partial<AgentStore>) {
  const access = new StoreAccess();
  access.set(store as AgentStore);
  return agentRows(access, PATIENCE_MS);
}

describe('rows that follow the registry', () => {
  it('are not waited for longer than for a time; what was begun keeps its order', async () => {
    const first = Promise.withResolvers<void>();
    const done: string[] = [];
    const rows = rowsOf({
      insertAgent: async ({ id }) => {
        if (id === 1) await first.promise;
        done.push(`insert ${id}`);
      },
      deleteAgent: async (id) => {
        done.push(`delete ${id}`);
      },
    });
    const behind = await rows.follow([added(1), added(2)]);
    assert.deepEqual([...behind.keys()], [1]);
    assert.equal(behind.get(1)?.code, 3216);
    assert.match(behind.get(1)?.message ?? '', /not in the store yet: Error 3200 .*nothing in 20 ms/);
    const removed = rows.follow([{ kind: 'removed', id: 1 }]);
    first.resolve();
    assert.equal((await removed).size, 0);
    assert.deepEqual(done, ['insert 2', 'insert 1', 'delete 1']);
  });

  it('tell of an agent that is there without its groups what is left to do', async () => {
    const rows = rowsOf({
      insertAgent: async () => {},
      findGroup: async () => 1,
      setAgentGroups: async () => {
        throw new MusterError(2005, 'gone');
      },
    });
    const behind = await rows.follow([added(7, 'web', 'db')]);
    assert.match(
      behind.get(7)?.message ?? '',
      /^The agent store is not in step yet: agent 007 is registered, but not in its groups: .*gone\. .* muster agents group 007 --set web db$/,
    );
  });

  it('of an agent in the way are not waited for either', async () => {
    const rows = rowsOf({ agentInfo: () => new Promise(() => {}) });
    await assert.rejects(rows.facts(1), { code: 3200 });
  });
});
