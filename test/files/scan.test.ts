import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, renameSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { FilePool } from '../../src/files/pool.ts';
import { filesConfig, Home, scanned } from './fixture.ts';

const pool = new FilePool({ threads: 2 });
after(() => pool.close());
const blake = (content: string) => createHash('blake2b512').update(content).digest('hex');

test('the digest of a set is one that any other program can compute', async () => {
  using home = new Home({ 'etc/rules/b': 'two', 'etc/rules/a': 'one', 'etc/client.keys': 'keys' });
  const index = await scanned(home.path, pool);
  const lines = [
    ['etc/client.keys', 'keys'],
    ['etc/rules/a', 'one'],
    ['etc/rules/b', 'two'],
  ].map(([path, content]) => `${path}\0${blake(content ?? '')}\n`);
  assert.equal(index.digest, blake(lines.join('')));
});

test('paths are ordered by their bytes, also where UTF-16 orders them otherwise', async () => {
  using home = new Home({ 'etc/rules/\u{1f600}': 'x', 'etc/rules/\uff01': 'y' });
  const index = await scanned(home.path, pool);
  const lines = [`etc/rules/\uff01\0${blake('y')}\n`, `etc/rules/\u{1f600}\0${blake('x')}\n`];
  assert.equal(index.digest, blake(lines.join('')));
});

test('before the first scan there is no digest, and an empty home has one', async () => {
  using home = new Home();
  const { FileIndex } = await import('../../src/files/index.ts');
  const index = new FileIndex({ home: home.path, config: filesConfig, pool });
  assert.equal(index.digest, '');
  await index.scan();
  assert.equal(index.digest, blake(''));
});

test('only what the configuration names is in the set', async () => {
  using home = new Home({
    'etc/client.keys': 'in',
    'etc/other.conf': 'not named',
    'etc/shared/ar.conf': 'excluded',
    'etc/shared/x.tmp': 'excluded',
    'etc/shared/a/b/c': 'in',
    'var/elsewhere': 'out',
  });
  const index = await scanned(home.path, pool);
  assert.deepEqual([...(await index.list()).keys()].sort(), ['etc/client.keys', 'etc/shared/a/b/c']);
  assert.equal((await index.list()).get('etc/client.keys')?.cluster_item_key, 'etc/');
});

test('links are not followed, neither to files nor to directories nor on the way to an item', async () => {
  using outside = new Home({ 'secret/x': 'secret' });
  using home = new Home({ 'etc/rules/a': 'a' });
  symlinkSync(join(outside.path, 'secret/x'), join(home.path, 'etc/rules/link'));
  symlinkSync(join(outside.path, 'secret'), join(home.path, 'etc/rules/dir'));
  symlinkSync(join(outside.path, 'secret'), join(home.path, 'etc/shared'));
  const index = await scanned(home.path, pool);
  assert.deepEqual([...(await index.list()).keys()], ['etc/rules/a']);
  const { problems } = await index.scan();
  assert.ok(problems.some(({ path }) => path === 'etc/rules/link'));
  assert.ok(problems.some(({ path }) => path.startsWith('etc/shared')));
});

test('a scan tells exactly what changed', async () => {
  using home = new Home({ 'etc/rules/stays': '1', 'etc/rules/changes': '1', 'etc/rules/goes': '1' });
  const index = await scanned(home.path, pool);
  home.write({ 'etc/rules/changes': '2', 'etc/rules/comes': '1' });
  home.remove('etc/rules/goes');
  const { created, updated, deleted, digest } = await index.scan();
  assert.deepEqual(
    { created, updated, deleted },
    {
      created: ['etc/rules/comes'],
      updated: ['etc/rules/changes'],
      deleted: ['etc/rules/goes'],
    },
  );
  assert.equal(digest, index.digest);
  const threads = new Replaceable();
  assert.equal((await scanned(home.path, threads.pool)).digest, digest);
  await threads.close();
});

test('content that changes while size and modification time stay is noticed', async () => {
  using home = new Home({ 'etc/rules/a': 'aaa' });
  const time = new Date('2024-01-01T00:00:00Z');
  utimesSync(join(home.path, 'etc/rules/a'), time, time);
  const index = await scanned(home.path, pool);
  home.write({ 'etc/rules/a': 'bbb' });
  utimesSync(join(home.path, 'etc/rules/a'), time, time);
  assert.deepEqual((await index.scan()).updated, ['etc/rules/a']);
});

test('a file that another one replaced is noticed', async () => {
  using home = new Home({ 'etc/rules/a': 'aaa', other: 'bbb' });
  const index = await scanned(home.path, pool);
  renameSync(join(home.path, 'other'), join(home.path, 'etc/rules/a'));
  assert.deepEqual((await index.scan()).updated, ['etc/rules/a']);
});

test('a call during a scan gets one that began after it', async () => {
  using home = new Home({ 'etc/rules/a': 'a' });
  const index = await scanned(home.path, pool);
  const first = index.scan();
  home.write({ 'etc/rules/late': 'b' });
  const [, second] = await Promise.all([first, index.scan()]);
  assert.ok((await index.list()).has('etc/rules/late'));
  assert.equal(second.fileCount, 2);
});

test('a file that may not be read is reported and left out, and the others are not', {
  skip: process.getuid?.() === 0,
}, async () => {
  using home = new Home({ 'etc/rules/a': 'a', 'etc/rules/b': 'b' });
  chmodSync(join(home.path, 'etc/rules/a'), 0);
  const index = await scanned(home.path, pool);
  assert.deepEqual([...(await index.list()).keys()], ['etc/rules/b']);
});

test('names that other nodes cannot carry are reported and left out', async () => {
  using home = new Home({ 'etc/rules/ok': '' });
  mkdirSync(join(home.path, 'etc/rules'), { recursive: true });
  writeFileSync(join(home.path, 'etc/rules/back\\slash'), '');
  writeFileSync(Buffer.concat([Buffer.from(join(home.path, 'etc/rules/')), Buffer.from([0xff, 0xfe])]), '');
  const index = await scanned(home.path, pool);
  assert.deepEqual([...(await index.list()).keys()], ['etc/rules/ok']);
  assert.equal((await index.scan()).problems.length, 2);
});

test('a thread that died and was replaced loses nothing: the next scan finds the whole set again', async () => {
  using home = new Home({ 'etc/rules/a': 'a', 'etc/rules/b': 'b' });
  const threads = new Replaceable();
  const index = await scanned(home.path, threads.pool);
  home.remove('etc/rules/b');
  await threads.replace();
  await index.scan();
  assert.deepEqual([...(await index.list()).keys()], ['etc/rules/a']);
  assert.equal(index.fileCount, 1);
  assert.equal(index.digest, (await scanned(home.path, pool)).digest);
  await threads.close();
});

/** A pool whose threads all lose what they know, as if they had died. */
class Replaceable {
  #threads = new FilePool({ threads: 1 });
  readonly pool = new Proxy(this.#threads, {
    get: (_, name: keyof FilePool) => {
      const value: unknown = this.#threads[name];
      return typeof value === 'function' ? value.bind(this.#threads) : value;
    },
  });

  async replace(): Promise<void> {
    await this.#threads.close();
    this.#threads = new FilePool({ threads: 1 });
  }

  close(): Promise<void> {
    return this.#threads.close();
  }
}
