import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { FilePool } from '../../src/files/pool.ts';
import { Home, scanned } from './fixture.ts';

/** A home whose one file takes its thread a while. */
const heavyHome = () => new Home({ 'etc/rules/heavy': 'x'.repeat(30_000_000), 'etc/rules/light': 'y' });

test('a task that cannot be sent to a thread fails, and the thread goes on', async () => {
  const pool = new FilePool({ threads: 1 });
  try {
    await assert.rejects(pool.run('digest', { path: (() => {}) as never }), { name: 'MusterError' });
    using home = heavyHome();
    assert.equal((await pool.digestFile(join(home.path, 'etc/rules/light'))).sizeBytes, 1);
  } finally {
    await pool.close();
  }
});

test('errors of a thread keep their code, and what the file system says is 3119', async () => {
  const pool = new FilePool({ threads: 1 });
  try {
    await assert.rejects(pool.digestFile('/nonexistent/file'), { code: 3119, message: /nonexistent/ });
    await assert.rejects(pool.run('settle', { index: -1 }), { code: 1000 });
  } finally {
    await pool.close();
  }
});

test('a digest that a peer waits for goes before what waits longer', async () => {
  const pool = new FilePool({ threads: 1 });
  try {
    using home = heavyHome();
    const order: string[] = [];
    const note = (name: string) => () => order.push(name);
    const paths = ['etc/rules/heavy'];
    await Promise.all([
      pool.run('hash', { home: home.path, paths }).then(note('running')),
      pool.run('hash', { home: home.path, paths }).then(note('waiting')),
      pool.digestFile(join(home.path, 'etc/rules/light')).then(note('digest')),
    ]);
    assert.deepEqual(order, ['running', 'digest', 'waiting']);
  } finally {
    await pool.close();
  }
});

test('a pool that is closed finishes what runs and refuses the rest', async () => {
  const pool = new FilePool({ threads: 1 });
  using home = heavyHome();
  const args = { home: home.path, paths: ['etc/rules/heavy'] };
  const running = pool.run('hash', args);
  const waiting = pool.run('hash', args);
  const refused = assert.rejects(waiting, { code: 3125 });
  await pool.close();
  await refused;
  assert.equal((await running).digests.length, 1);
  await assert.rejects(pool.run('hash', args), { code: 3125 });
});

test('threads that have nothing to do let the process end', () => {
  using home = heavyHome();
  const script = `
    import { FilePool } from ${JSON.stringify(new URL('../../src/files/pool.ts', import.meta.url).href)};
    const pool = new FilePool({ threads: 2 });
    console.log((await pool.digestFile(${JSON.stringify(join(home.path, 'etc/rules/light'))})).sizeBytes);`;
  const file = join(home.path, 'idle.ts');
  writeFileSync(file, script);
  assert.equal(execFileSync(process.execPath, [file], { encoding: 'utf8', timeout: 20_000 }).trim(), '1');
});

test('several indexes share a pool without a thought of each other', async () => {
  const pool = new FilePool({ threads: 2 });
  try {
    using one = new Home({ 'etc/rules/a': '1' });
    using other = new Home({ 'etc/rules/a': '2', 'etc/rules/b': '3' });
    const [first, second] = await Promise.all([scanned(one.path, pool), scanned(other.path, pool)]);
    assert.deepEqual([first.fileCount, second.fileCount], [1, 2]);
    assert.notEqual(first.digest, second.digest);
  } finally {
    await pool.close();
  }
});
