import assert from 'node:assert/strict';
import { it } from 'node:test';
import { AgentDatabase } from '../../src/agents/embedded/database.ts';
import { execute } from '../../src/agents/embedded/execute.ts';
import { runTask } from '../../src/agents/embedded/tasks.ts';
import { infoOf, range, StoreHome } from './fixture.ts';

const insert = (id: number) =>
  `global insert-agent ${JSON.stringify({ id, name: 'a'.repeat(2_000), date_add: 1 })}`;

/** A database in which only so many pages more have room. */
function nearlyFull(home: StoreHome, morePages: number): AgentDatabase {
  const database = new AgentDatabase({ file: home.database, home: home.path, isMaster: true });
  const pages = Number(database.prepareOnce('PRAGMA page_count').get()?.page_count);
  database.prepareOnce(`PRAGMA max_page_count = ${pages + morePages}`).get();
  return database;
}

it('a full disk is no fault of a group: whoever assigns groups hears of the disk', () => {
  using home = new StoreHome();
  const database = nearlyFull(home, 60);
  const ids = range(1, 300);
  const agents = ids.map((id) => `global insert-agent ${JSON.stringify({ id, name: 'a', date_add: 1 })}`);
  const groups = range(1, 100).map((number) => `g${number}`);
  const added = execute(database, [...agents, ...groups.map((name) => `global insert-agent-group ${name}`)]);
  assert.deepEqual(new Set(added), new Set(['ok']));
  const order = (id: number) => JSON.stringify({ mode: 'override', data: [{ id, groups }] });
  const answers = new Set(
    execute(
      database,
      ids.map((id) => `global set-agent-groups ${order(id)}`),
    ),
  );
  assert.ok(
    [...answers].some((answer) => /^err .*full/.test(answer)),
    [...answers].join('\n'),
  );
  assert.ok(!answers.has('err An error occurred during the set of the groups'));
  database.close();
});

it('a full disk is no fault of an agent: what a worker tells is refused as a whole, with the reason', () => {
  using home = new StoreHome();
  const database = nearlyFull(home, 20);
  const ids = range(1, 100);
  execute(
    database,
    ids.map((id) => `global insert-agent ${JSON.stringify({ id, name: 'a', date_add: 1 })}`),
  );
  const chunk = JSON.stringify(ids.map((id) => infoOf(id, { os_uname: 'u'.repeat(3_000) })));
  assert.throws(() => runTask(database, 'writeInfo', { chunk, behindS: 0 } as never), /full/);
  const reports = ids.map((id) =>
    runTask(database, 'writeInfo', { chunk: JSON.stringify([infoOf(id)]), behindS: 0 } as never),
  );
  assert.deepEqual(new Set(reports.map((report) => (report as { updated: number }).updated)), new Set([1]));
  database.close();
});

it('a full disk: nothing is answered ok that was not kept, and with room it goes on', () => {
  using home = new StoreHome();
  const database = new AgentDatabase({ file: home.database, home: home.path, isMaster: true });
  const limit = (pages: number) => database.prepareOnce(`PRAGMA max_page_count = ${pages}`).get();
  const ids = () => JSON.parse(execute(database, ['global get-all-agents last_id 0'])[0]?.slice(3) ?? '');
  const pages = Number(database.prepareOnce('PRAGMA page_count').get()?.page_count);
  limit(pages + 40);
  let kept = 0;
  let failed = 0;
  for (let batch = 0; failed === 0; batch += 1) {
    const answers = execute(database, range(batch * 10 + 1, batch * 10 + 10).map(insert));
    kept += answers.filter((answer) => answer === 'ok').length;
    failed += answers.filter((answer) => answer.startsWith('err ')).length;
    assert.equal(kept + failed, (batch + 1) * 10);
    assert.equal(ids().length, kept);
  }
  assert.ok(kept > 0);
  limit(pages + 4_000);
  assert.deepEqual(execute(database, [insert(1_000)]), ['ok']);
  assert.equal(ids().length, kept + 1);
  database.close();
});
