import assert from 'node:assert/strict';
import { it } from 'node:test';
import { AgentDatabase } from '../../src/agents/embedded/database.ts';
import { storeTasks } from '../../src/agents/embedded/tasks.ts';
import { infoOf, LONG_AGO_S, StoreHome } from './fixture.ts';

const HOUR_S = 3_600;
const keepalive = (toldS: number, statusCode = 0) => ({
  id: 1,
  profile: 'p',
  last_keepalive: toldS,
  connection_status: 'active',
  disconnection_time: 0,
  group_config_status: 'synced',
  status_code: statusCode,
});

for (const [what, statusCode] of [
  ['of an agent with nothing to say', 0],
  ['of one with something to say', 2],
] as const)
  it(`a keepalive alone ${what} counts though the clock was set back since the one before`, () => {
    using home = new StoreHome();
    let nowS = LONG_AGO_S;
    const now = () => nowS * 1_000;
    const database = new AgentDatabase({ file: home.database, home: home.path, isMaster: true, now });
    const tell = (agent: object) => {
      const written = storeTasks.writeInfo(database, { chunk: JSON.stringify([agent]), behindS: 0 });
      database.end();
      const row = database.get('SELECT last_keepalive AS seenS, status_code AS code FROM agent WHERE id = 1');
      return { updated: written.updated, stale: written.stale, ...row };
    };
    try {
      database.beginWrite();
      database.run('INSERT INTO agent (id, name, date_add) VALUES (?, ?, 1)', 1, 'a1');
      database.end();
      tell({ ...infoOf(1, { profile: 'p', last_keepalive: nowS }), ...keepalive(nowS), name: 'a1' });
      nowS -= HOUR_S;
      const since = { updated: 1, stale: 0, seenS: nowS - 10, code: statusCode };
      assert.deepEqual(tell(keepalive(nowS - 10, statusCode)), since);
      assert.deepEqual(tell(keepalive(nowS - 20, 5)), { ...since, updated: 0, stale: 1 });
    } finally {
      database.close();
    }
  });
