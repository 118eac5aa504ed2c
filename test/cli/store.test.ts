import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { EmbeddedStore } from '../../src/agents/embedded/store.ts';
import { runMuster, temporaryFolder } from './run-muster.ts';

test('muster store backup writes a copy of the database of the running node, and tells where', async () => {
  const home = temporaryFolder();
  const absent = await runMuster(['store', 'backup', '--home', home]);
  assert.equal(absent.code, 4);
  assert.match(absent.stderr, /Error 2005 - /);
  const store = await EmbeddedStore.open({ home, isMaster: true, isServed: true });
  try {
    const { code, stdout } = await runMuster(['store', 'backup', '--home', home, '--json']);
    assert.equal(code, 0);
    assert.ok(existsSync(join(home, JSON.parse(stdout).path)));
    const words = await runMuster(['store', 'backup', '--home', home]);
    assert.match(words.stdout, /^Written: .*backup\/db\/global\.db-backup-.*\.gz\n$/);
  } finally {
    await store.close();
  }
});
