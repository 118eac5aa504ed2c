import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { EmbeddedStore } from '../../src/agents/embedded/store.ts';
import { withStore } from '../../src/cli/with-store.ts';
import type { MusterError } from '../../src/protocol/errors.ts';
import { answering, FakeWdb } from '../agents/fake-wdb.ts';
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

test('what a backup waits for is told at once, and a store that hangs in it is given up', async () => {
  await using wdb = await FakeWdb.start((socket, request) => {
    if (!request.includes('backup')) answering('ok [{"name":"manager"}]')(socket, request);
  });
  const home = wdb.home.path;
  const { code, stdout, stderr } = await runMuster(['store', 'backup', '--home', home, '--timeout', '0.2']);
  assert.deepEqual([code, stdout], [1, '']);
  const [asking, writing, failure] = stderr.split('\n');
  assert.equal(asking, `muster: Waiting for ${wdb.home.socket} to answer, for at most 10 s.`);
  assert.equal(writing, 'muster: It answers. Waiting for it to write the copy, for at most 0.2 s.');
  assert.match(failure ?? '', /^muster: Error 3200 - .*backup create: nothing in 200 ms$/);
});

test('a store that takes requests and answers none is named, with what to do, before anything is changed', async () => {
  await using wdb = await FakeWdb.start(() => {});
  const use = () => assert.fail('it is not used');
  await assert.rejects(withStore(wdb.home.path, use, { probeS: 0.1 }), (error: MusterError) => {
    assert.equal(error.code, 3200);
    assert.ok(
      error.detail?.startsWith(`who serves ${wdb.home.socket} takes requests and answers none in 0.1 s: `),
    );
    return true;
  });
});

test('a home that does not exist is told as such, and not as one whose node does not run', async () => {
  const home = join(temporaryFolder(), 'nowhere');
  const { code, stderr } = await runMuster(['agents', 'list', '--home', home]);
  assert.equal(code, 4);
  assert.match(
    stderr,
    /Error 2005 - .*nowhere does not exist: check --home, or make a home with `muster init`\n$/,
  );
});
