import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, readdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { Manifest } from '../../src/files/manifest.ts';
import { FilePool } from '../../src/files/pool.ts';
import { Staging } from '../../src/files/staging.ts';
import { arrivedManifest, type Contents, filesConfig, Home, scanned, staged } from './fixture.ts';

const pool = new FilePool({ threads: 2 });
after(() => pool.close());
/** Digest of nothing. */
const EMPTY =
  '786a02f742015903c6c6fd852552d272912f4740e15847618a86e217f71f5419d25e1031afee585313896444934eb04b903a685b1448b755d56f701afe9be2ce';
const none: Manifest = { missing: new Map(), shared: new Map(), extra: new Map(), deferred: 0 };

async function sync(master: Home, worker: Home) {
  const { staging, manifest, masterDigest } = await staged(master.path, worker.path, pool);
  const report = await staging.commit(arrivedManifest(worker.path, manifest));
  await staging.discard();
  return { report, masterDigest };
}

test('every small set becomes every other', async () => {
  const sets: Contents[] = [];
  const choices = [undefined, '', 'x', 'y'];
  for (const a of choices)
    for (const b of choices) {
      sets.push({
        ...(a === undefined ? {} : { 'etc/rules/a': a }),
        ...(b === undefined ? {} : { 'etc/shared/g/b': b }),
      });
    }
  for (const [i, from] of sets.entries())
    for (const [j, to] of sets.entries()) {
      if ((i + j) % 3 !== 0) continue; // a third of all pairs has every change of every file
      using master = new Home(from);
      using worker = new Home(to);
      const { report, masterDigest } = await sync(master, worker);
      assert.deepEqual(report.problems, []);
      assert.equal((await scanned(worker.path, pool)).digest, masterDigest);
    }
});

test('names with spaces, line feeds, other scripts and 255 bytes arrive as they are', async () => {
  const files = {
    'etc/rules/with space': '1',
    'etc/rules/with\nline feed': '2',
    'etc/rules/ñandú-文件-\u{1f600}': '3',
    'etc/rules/combining-e\u0301': '4',
    [`etc/rules/${'n'.repeat(255)}`]: '5',
    [`etc/rules/${'文'.repeat(85)}`]: '5',
    'etc/rules/-rf': '6',
    'etc/rules/a|@@|b': '7',
  };
  using master = new Home(files);
  using worker = new Home();
  const { report } = await sync(master, worker);
  assert.deepEqual(report.problems, []);
  assert.deepEqual(worker.read(), files);
});

test('large files travel alone and arrive', async () => {
  const files = { 'etc/rules/large': 'x'.repeat(3_000_000), 'etc/rules/copy': 'x'.repeat(3_000_000) };
  using master = new Home(files);
  using worker = new Home();
  await sync(master, worker);
  assert.deepEqual(worker.read(), files);
});

test('a file that became a directory, and a directory that became a file', async () => {
  using master = new Home({ 'etc/rules/a/x': '1', 'etc/rules/b': '2' });
  using worker = new Home({ 'etc/rules/a': 'old', 'etc/rules/b/y': 'old' });
  const { report } = await sync(master, worker);
  assert.deepEqual(report.problems, []);
  assert.deepEqual(worker.read(), { 'etc/rules/a/x': '1', 'etc/rules/b': '2' });
});

test('modes come from the own configuration, whatever the umask and the master say', async () => {
  using master = new Home({ 'etc/client.keys': 'k', 'etc/shared/new/deep/f': 'f' });
  using worker = new Home();
  chmodSync(join(master.path, 'etc/client.keys'), 0o777);
  await sync(master, worker);
  const mode = (path: string) => statSync(join(worker.path, path)).mode & 0o7777;
  assert.equal(mode('etc/client.keys'), 0o640);
  assert.equal(mode('etc/shared/new/deep/f'), 0o660);
  assert.equal(mode('etc/shared/new/deep'), 0o770);
});

test('a directory that a deletion emptied goes where its item says so, with what is never synchronised', async () => {
  using master = new Home({ 'etc/shared/stays': '' });
  using worker = new Home({
    'etc/shared/stays': '',
    'etc/shared/group/f': '',
    'etc/shared/group/ar.conf': '',
    'etc/rules/dir/f': '',
  });
  await sync(master, worker);
  assert.equal(existsSync(join(worker.path, 'etc/shared/group')), false);
  assert.equal(existsSync(join(worker.path, 'etc/rules/dir')), true);
});

test('a link in place of a file is replaced, and what it points to stays', async () => {
  using outside = new Home({ target: 'untouched' });
  using master = new Home({ 'etc/rules/a': 'new' });
  using worker = new Home({ 'etc/rules/b': '' });
  symlinkSync(join(outside.path, 'target'), join(worker.path, 'etc/rules/a'));
  await sync(master, worker);
  assert.deepEqual(outside.read('.'), { './target': 'untouched' });
  assert.equal(worker.read()['etc/rules/a'], 'new');
});

test('nothing is left of a sync but its result', async () => {
  using master = new Home({ 'etc/rules/a': '1' });
  using worker = new Home();
  await sync(master, worker);
  const left = readdirSync(join(worker.path, 'queue/cluster'), { recursive: true }).map(String);
  assert.deepEqual(
    left.filter((name) => name !== '.staging'),
    [],
  );
});

/** A content for a path, so that nothing but the path is wrong. */
function stageEmpty(worker: Home): void {
  const directory = join(worker.path, 'queue/cluster/.staging/t');
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, EMPTY), '');
}

const metadata = (cluster_item_key: string) => ({
  mod_time: 0,
  cluster_item_key,
  merged: false,
  hash: EMPTY,
  size: 0,
});
const hostile: [path: string, key: string, why: string][] = [
  ['/etc/passwd', 'etc/', 'absolute'],
  ['../outside', 'etc/', 'above the home'],
  ['etc/rules/../../outside', 'etc/rules/', 'above its directory'],
  ['etc/rules/./a', 'etc/rules/', 'not in normal form'],
  ['etc/rules//a', 'etc/rules/', 'not in normal form'],
  ['etc/rules/', 'etc/rules/', 'a directory'],
  ['etc/rules/a\\..\\b', 'etc/rules/', 'another separator'],
  ['etc/rules/a\0b', 'etc/rules/', 'NUL'],
  [`etc/rules/${'n'.repeat(256)}`, 'etc/rules/', 'too long a name'],
  [`etc/rules/${'d/'.repeat(2000)}x`, 'etc/rules/', 'too long'],
  ['etc/rules/\ud800', 'etc/rules/', 'half a character'],
  ['etc/ossec.conf', 'etc/', 'not named by its item'],
  ['etc/shared/ar.conf', 'etc/shared/', 'excluded'],
  ['etc/rules/x.swp', 'etc/rules/', 'excluded'],
  ['bin/daemon', 'bin/', 'no item'],
  ['queue/cluster/.journal', 'queue/', 'no item'],
];
for (const group of ['missing', 'shared', 'extra'] as const) {
  for (const [path, key, why] of hostile) {
    test(`a path that is refused keeps the whole set out (${group}, ${why}: ${JSON.stringify(path.slice(0, 40))})`, async () => {
      using worker = new Home({ 'etc/rules/good': 'stays', 'etc/ossec.conf': 'stays' });
      const staging = new Staging({ home: worker.path, config: filesConfig, pool, task: 't' });
      if (group !== 'extra') stageEmpty(worker);
      const files = new Map([[path, metadata(key)]]);
      const before = worker.read();
      const extra = new Map([['etc/rules/good', metadata('etc/rules/')]]);
      const manifest = { ...none, extra, [group]: group === 'extra' ? new Map([...extra, ...files]) : files };
      await assert.rejects(staging.commit(arrivedManifest(worker.path, manifest)), { code: 3114 });
      assert.deepEqual(worker.read(), before);
      await staging.discard();
    });
  }
}

test('a directory on the way that is a link keeps the whole set out', async () => {
  using outside = new Home({ f: 'untouched' });
  using master = new Home({ 'etc/rules/sub/f': 'new', 'etc/rules/other': 'new' });
  using worker = new Home();
  mkdirSync(join(worker.path, 'etc/rules'), { recursive: true });
  symlinkSync(outside.path, join(worker.path, 'etc/rules/sub'));
  await assert.rejects(sync(master, worker), { code: 3114 });
  assert.deepEqual(outside.read('.'), { './f': 'untouched' });
  assert.deepEqual(worker.read(), {});
});

test('contents that did not arrive keep the whole set out', async () => {
  using worker = new Home({ 'etc/rules/a': 'old' });
  const staging = new Staging({ home: worker.path, config: filesConfig, pool, task: 't' });
  const manifest = { ...none, shared: new Map([['etc/rules/a', metadata('etc/rules/')]]) };
  await assert.rejects(staging.commit(arrivedManifest(worker.path, manifest)), { code: 3112 });
  assert.deepEqual(worker.read(), { 'etc/rules/a': 'old' });
});

test('a task whose name is a path is refused', () => {
  for (const task of ['..', 'a/b', '', '.']) {
    assert.throws(() => new Staging({ home: '/nonexistent', config: filesConfig, pool, task }), {
      code: 3114,
    });
  }
});

test('a merged file of another directory than the one that is configured for its parts is a plain one', async () => {
  const evil = '5 planted 2024-01-01 00:00:00+00:00\nplant';
  for (const name of ['agent-groups.merged', '...merged', 'cluster.merged', '.merged', 'a b.merged']) {
    using master = new Home({ [`etc/shared/${name}`]: evil });
    using worker = new Home();
    await sync(master, worker);
    assert.deepEqual(worker.read('.'), { [`./etc/shared/${name}`]: evil }, name);
  }
});
