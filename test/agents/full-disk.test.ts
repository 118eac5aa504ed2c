import assert from 'node:assert/strict';
import { it } from 'node:test';
import { AgentDatabase } from '../../src/agents/embedded/database.ts';
import { execute } from '../../src/agents/embedded/execute.ts';
import { StoreHome } from './fixture.ts';

const insert = (id: number) =>
  `global insert-agent ${JSON.stringify({ id, name: 'a'.repeat(2_000), date_add: 1 })}`;
const range = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, i) => first + i);

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
