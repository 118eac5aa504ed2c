import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { assignGroups, complaintAboutAssignment } from '../../src/agents/embedded/agent-groups.ts';
import { AgentDatabase } from '../../src/agents/embedded/database.ts';
import { runTask } from '../../src/agents/embedded/tasks.ts';
import { complaintAboutGroups, complaintText } from '../../src/agents/group-names.ts';
import type { AgentGroups, GroupsComplaint } from '../../src/agents/store.ts';
import { StoreHome } from './fixture.ts';

const AGENTS = 6;
const GROUPS = ['default', 'a', 'b', 'c'];
const SELECT_BELONGS = 'SELECT id_agent, id_group, priority FROM belongs ORDER BY id_agent, priority';
const SELECT_AGENTS = 'SELECT id, `group`, group_hash, group_sync_status FROM agent ORDER BY id';

/** A database with agents and groups. */
function opened(home: StoreHome): AgentDatabase {
  const database = new AgentDatabase({ file: home.database, home: home.path, isMaster: true });
  database.beginWrite();
  for (const name of GROUPS) database.run('INSERT INTO `group` (name) VALUES (?)', name);
  for (let id = 1; id <= AGENTS; id += 1) {
    database.run('INSERT INTO agent (id, name, date_add) VALUES (?, ?, 1)', id, `a${id}`);
  }
  database.end();
  return database;
}

/** The same one after the other. */
function oneByOne(database: AgentDatabase, agents: readonly AgentGroups[]): string[] {
  database.beginWrite();
  const errors = agents.flatMap((agent) => {
    const order = { id: agent.id, names: agent.groups, mode: 'override', syncStatus: 'syncreq' } as const;
    const complaint =
      complaintAboutGroups(agent) ??
      (assignGroups(database, order) ? null : complaintAboutAssignment(database, agent));
    return complaint === null ? [] : [`agent ${agent.id}: ${complaint}`];
  });
  database.end();
  return errors;
}

const together = (database: AgentDatabase, agents: readonly AgentGroups[]) => {
  const order = { mode: 'override', syncStatus: 'syncreq', agents: JSON.stringify(agents) };
  const errors = runTask(database, 'setGroups', order as never) as GroupsComplaint[];
  return errors.map(complaintText);
};

/** Mostly few lists, so that many agents have the same; with names and agents that there are not. */
const groups = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom([], ['default'], ['a', 'b'], ['b', 'a'], ['default', 'a', 'c']) },
  { weight: 1, arbitrary: fc.array(fc.constantFrom('a', 'b', 'none', 'a/b'), { maxLength: 3 }) },
);
const agents = fc.array(fc.record({ id: fc.integer({ min: 1, max: AGENTS + 1 }), groups }), {
  maxLength: 12,
});

it('agents that get their groups together have the same as those that get them one after the other', () => {
  using home = new StoreHome();
  using other = new StoreHome();
  const [one, all] = [opened(home), opened(other)];
  fc.assert(
    fc.property(agents, (list) => {
      assert.deepEqual(together(all, list).toSorted(), oneByOne(one, list).toSorted());
      for (const select of [SELECT_BELONGS, SELECT_AGENTS]) {
        assert.deepEqual(all.tuples(select), one.tuples(select));
      }
      assert.equal(all.groupsHash(), one.groupsHash());
    }),
  );
  one.close();
  all.close();
});
