import assert from 'node:assert/strict';
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { it } from 'node:test';
import { AgentDatabase } from '../../src/agents/embedded/database.ts';
import { execute } from '../../src/agents/embedded/execute.ts';
import { EmbeddedStore } from '../../src/agents/embedded/store.ts';
import { lossOf } from '../../src/config/places.ts';
import { addAgents, StoreHome } from './fixture.ts';

const LOOK_MS = 20;
const open = (home: StoreHome) =>
  EmbeddedStore.open({ home: home.path, isMaster: true, isServed: true, lookMs: LOOK_MS });

it('a database that is removed, or replaced, while it is open is a loss; one that a back-up replaced is none', () => {
  using home = new StoreHome();
  const database = new AgentDatabase({ file: home.database, home: home.path, isMaster: true });
  assert.equal(lossOf([database], 3206), null);
  for (const request of ['global backup create', 'global backup restore'])
    assert.match(execute(database, [request])[0] ?? '', /^ok/);
  assert.equal(lossOf([database], 3206), null);
  renameSync(home.database, `${home.database}.old`);
  assert.match(lossOf([database], 3206)?.message ?? '', /global\.db: it was removed while it was in use$/);
  writeFileSync(home.database, '');
  assert.match(lossOf([database], 3206)?.message ?? '', /global\.db: another program has put something else/);
  rmSync(home.database);
  renameSync(`${home.database}.old`, home.database);
  assert.equal(lossOf([database], 3206), null);
  database.close();
});

it('a store whose rows were replaced by a back-up has ended, so that all who go by them begin anew', async () => {
  using home = new StoreHome();
  const store = await open(home);
  await store.backup();
  await addAgents(store, 1);
  assert.equal((await store.query('global backup restore')).status, 'ok');
  const loss = await store.died;
  assert.equal(loss.code, 3206);
  assert.match(loss.message, /a back-up was restored/);
  const next = await open(home);
  assert.notEqual(next.storeId, store.storeId);
  assert.deepEqual(await next.allAgents(), []);
  await next.close();
});

it('a store that others do not find any more has died, and answers nobody', async () => {
  for (const place of ['database', 'socket'] as const) {
    using home = new StoreHome();
    const store = await open(home);
    await addAgents(store, 1);
    rmSync(home[place]);
    const loss = await store.died;
    assert.equal(loss.code, 3206);
    assert.ok(loss.message.includes(home[place]), loss.message);
    await assert.rejects(store.allAgents(), { code: 3206 });
    const next = await open(home);
    assert.deepEqual(await next.allAgents(), place === 'socket' ? [1] : []);
    await next.close();
  }
});
