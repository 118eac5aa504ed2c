import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type ApplyOrder, applyManifest } from '../../src/files/apply.ts';
import { compare } from '../../src/files/compare.ts';
import { digestOf } from '../../src/files/digest.ts';
import { JOURNAL_FILE, STAGING_DIRECTORY, UNDO_FILE } from '../../src/files/journal.ts';
import type { FileSet } from '../../src/files/metadata.ts';
import { realFileSystem, type SyncFileSystem } from '../../src/files/ports.ts';
import { recover } from '../../src/files/recover.ts';
import { ScanState } from '../../src/files/scan-state.ts';
import { realReadFileSystem } from '../../src/files/walk.ts';
import { FaultyFileSystem } from './faults.ts';
import { type Contents, filesConfig, Home, stagedIn } from './fixture.ts';
import { play, roundBetween } from './round.ts';

const STAGING = `${STAGING_DIRECTORY}/t`;
const blake = (content: string) => createHash('blake2b512').update(content).digest('hex');

const setOf = (contents: Contents): FileSet =>
  new Map(
    Object.entries(contents).map(([path, content]) => [
      path,
      { mod_time: 0, cluster_item_key: '', merged: false, hash: blake(content), size: content.length },
    ]),
  );

/** What leads from one set to another by comparison, its contents staged. */
function orderFor(home: string, master: Contents, worker: Contents): ApplyOrder {
  const { missing, shared, extra } = compare(setOf(master), setOf(worker));
  const column = (files: FileSet) => ({
    paths: [...files.keys()],
    hashes: [...files.values()].map(({ hash }) => hash),
  });
  mkdirSync(join(home, STAGING), { recursive: true });
  for (const path of [...missing.keys(), ...shared.keys()]) {
    writeFileSync(join(home, STAGING, blake(master[path] ?? '')), master[path] ?? '');
  }
  const lists = { missing: column(missing), shared: column(shared), extra: [...extra.keys()] };
  const staged = stagedIn(join(home, STAGING));
  return { home, config: filesConfig, staging: STAGING, staged, ...lists };
}

/** The real file system with some calls replaced. */
const withCalls = (calls: Partial<SyncFileSystem>): SyncFileSystem => ({ ...realFileSystem, ...calls });
const refusal = (code: string) => () => {
  throw Object.assign(new Error(`${code}: no`), { code });
};

test('every set of three files becomes every other: 729 pairs', () => {
  const paths = ['etc/rules/a', 'etc/rules/b/c', 'etc/shared/g/d'];
  const choices = [null, 'A', 'B'];
  const sets = choices.flatMap((x) => choices.flatMap((y) => choices.map((z) => [x, y, z])));
  const contentsOf = (values: (string | null)[]): Contents =>
    Object.fromEntries(paths.flatMap((path, i) => (values[i] == null ? [] : [[path, values[i]]])));
  for (const from of sets) {
    for (const to of sets) {
      const [master, worker] = [contentsOf(to), contentsOf(from)];
      using home = new Home(worker);
      const report = applyManifest(orderFor(home.path, master, worker));
      assert.deepEqual(report.problems, []);
      assert.deepEqual(existsSync(join(home.path, 'etc')) ? home.read() : {}, master);
      const changed = paths.filter((path) => master[path] !== worker[path]);
      const told = [...report.created, ...report.updated, ...report.deleted];
      assert.deepEqual(told.toSorted(), changed);
    }
  }
});

test('another file system between staging and target is bridged by a copy beside the target', () => {
  using home = new Home({ 'etc/rules/a': 'old' });
  const order = orderFor(home.path, { 'etc/rules/a': 'new', 'etc/rules/b': 'b' }, { 'etc/rules/a': 'old' });
  const fs = withCalls({
    rename: (from, to) => {
      if (from.includes('.staging')) refusal('EXDEV')();
      realFileSystem.rename(from, to);
    },
  });
  assert.deepEqual(applyManifest(order, fs).problems, []);
  assert.deepEqual(home.read(), { 'etc/rules/a': 'new', 'etc/rules/b': 'b' });
  assert.deepEqual(readdirSync(join(home.path, 'etc/rules')).toSorted(), ['a', 'b']);
});

test('a staged content that is gone when it is its turn keeps the whole set out, and is named', () => {
  const worker = { 'etc/rules/a': 'old', 'etc/rules/b': 'old' };
  using home = new Home(worker);
  const order = orderFor(home.path, { 'etc/rules/a': 'new', 'etc/rules/b': 'new too' }, worker);
  const fs = withCalls({
    rename: (from, to) => {
      realFileSystem.rename(from, to);
      if (to.endsWith('/a')) rmSync(join(home.path, STAGING, blake('new too')), { force: true });
    },
  });
  assert.throws(() => applyManifest(order, fs), { code: 3119, message: /etc\/rules\/b: ENOENT/ });
  assert.deepEqual(home.read(), worker);
});

test('one that stays refused keeps the whole set out, and is named', () => {
  using home = new Home({ 'etc/rules/a': 'old', 'etc/rules/b': 'old' });
  const worker = home.read();
  const order = orderFor(home.path, { 'etc/rules/a': 'new', 'etc/rules/b': 'new too' }, worker);
  const fs = withCalls({
    rename: (from, to) => {
      if (to.endsWith('/a')) refusal('EPERM')();
      realFileSystem.rename(from, to);
    },
  });
  assert.throws(() => applyManifest(order, fs), { code: 3119, message: /etc\/rules\/a: EPERM/ });
  assert.deepEqual(home.read(), worker);
  assert.equal(existsSync(join(home.path, JOURNAL_FILE)), false);
});

test('what may be neither linked nor read is moved away when it is its turn, and put back if the set is not possible', () => {
  const worker = { 'etc/rules/a': 'theirs', 'etc/rules/b': 'theirs', 'etc/rules/c': 'old' };
  const closed = {
    link: refusal('EPERM'),
    copy: refusal('EACCES'),
  };
  using home = new Home(worker);
  const order = orderFor(home.path, { 'etc/rules/a': 'new', 'etc/rules/c': 'new too' }, worker);
  const stuck = withCalls({
    ...closed,
    rename: (from, to) => {
      if (to.endsWith('/c') && !from.includes('/kept/')) refusal('EBUSY')();
      realFileSystem.rename(from, to);
    },
  });
  assert.throws(() => applyManifest(order, stuck), { code: 3119, message: /etc\/rules\/c: EBUSY/ });
  assert.deepEqual(home.read(), worker);
  assert.equal(existsSync(join(home.path, UNDO_FILE)), false);
  rmSync(join(home.path, STAGING), { recursive: true });
  const once = orderFor(home.path, { 'etc/rules/a': 'new', 'etc/rules/c': 'new too' }, worker);
  assert.deepEqual(applyManifest(once, withCalls(closed)).problems, []);
  assert.deepEqual(home.read(), { 'etc/rules/a': 'new', 'etc/rules/c': 'new too' });
});

test('a set that only creates files costs not one call more for what it does not replace', () => {
  using home = new Home({});
  const files = Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`etc/rules/${i}`, `${i}`]));
  const order = orderFor(home.path, files, {});
  const { port, calls } = new FaultyFileSystem();
  applyManifest(order, port);
  const count = (name: string) => calls.filter((call) => call === name).length;
  assert.deepEqual([count('link'), count('rename'), count('copy')], [0, 201, 0]);
});

/** The calls for staging and applying so many new files, in the order of their names. */
async function callsFor(files: number): Promise<string[]> {
  using home = new Home();
  const names = Array.from({ length: files }, (_, i) => [`etc/rules/${i}`, `${i}`]);
  const round = await roundBetween({}, Object.fromEntries(names));
  const { port, calls } = new FaultyFileSystem();
  play(round, home, port);
  return calls.toSorted();
}

test('a small file costs two calls, one to make it and one to move it, where the umask takes nothing from its mode', async () => {
  const before = process.umask(0o007);
  try {
    const [few, many] = [await callsFor(100), await callsFor(101)];
    assert.deepEqual(many, [...few, 'create', 'rename'].toSorted());
  } finally {
    process.umask(before);
  }
});

test('what was put in place is not read again; what somebody moves there meanwhile is', () => {
  using home = new Home({});
  const files = { 'etc/rules/a': 'new a', 'etc/rules/b': 'new b', 'etc/rules/c': 'new c' };
  const order = orderFor(home.path, files, {});
  home.write({ foreign: 'their' });
  const old = new Date(Date.now() - 60_000);
  const staged = readdirSync(join(home.path, STAGING)).map((name) => `${STAGING}/${name}`);
  for (const file of [...staged, 'foreign']) utimesSync(join(home.path, file), old, old);
  const fs = withCalls({
    rename: (from, to) => {
      realFileSystem.rename(from, to);
      if (to.endsWith('/b'))
        realFileSystem.rename(join(home.path, 'foreign'), join(home.path, 'etc/rules/a'));
    },
  });
  const { written } = applyManifest(order, fs);
  const state = new ScanState(home.path, filesConfig, false);
  state.expect(written);
  assert.deepEqual(state.walk().paths, ['etc/rules/a']);
});

test('what was written in place by a clock that was set back, which is before the set was put there, is read', () => {
  using home = new Home({});
  const order = orderFor(home.path, { 'etc/rules/a': 'new a', 'etc/rules/b': 'new b' }, {});
  const old = new Date(Date.now() - 60_000);
  for (const name of readdirSync(join(home.path, STAGING)))
    utimesSync(join(home.path, STAGING, name), old, old);
  const { written } = applyManifest(order);
  const earlierNs = BigInt(written.fromMs - 60_000) * 1_000_000n;
  const state = new ScanState(home.path, filesConfig, false, {
    ...realReadFileSystem,
    lstat(path) {
      const stats = realReadFileSystem.lstat(path);
      if (stats !== null && path.endsWith('/a'))
        Object.assign(stats, { mtimeNs: earlierNs, ctimeNs: earlierNs });
      return stats;
    },
  });
  state.expect(written);
  assert.deepEqual(state.walk().paths, ['etc/rules/a']);
});

test('a directory that cannot be written keeps the whole set out, and nothing has changed', () => {
  using home = new Home({ 'etc/rules/a': 'old', 'etc/shared/b': 'old' });
  const worker = home.read();
  const order = orderFor(home.path, { 'etc/rules/a': 'new', 'etc/shared/b': 'new' }, worker);
  const fs = withCalls({
    checkWritable: (directory) => {
      if (directory.endsWith('etc/shared')) refusal('EROFS')();
    },
  });
  assert.throws(() => applyManifest(order, fs), { code: 3119, message: /etc\/shared/ });
  assert.deepEqual(home.read(), worker);
  assert.equal(existsSync(join(home.path, JOURNAL_FILE)), false);
});

test('a full disk while the journal is written keeps the whole set out', () => {
  using home = new Home({ 'etc/rules/a': 'old' });
  const order = orderFor(home.path, { 'etc/rules/a': 'new' }, home.read());
  const fs = withCalls({ writeDurably: refusal('ENOSPC') });
  assert.throws(() => applyManifest(order, fs), { code: 3119, message: /ENOSPC/ });
  assert.deepEqual(home.read(), { 'etc/rules/a': 'old' });
});

const impossible: [why: string, change: (order: ApplyOrder) => void, code: number][] = [
  [
    'names one path in two groups',
    (order) => Object.assign(order, { extra: [...order.extra, 'etc/rules/a'] }),
    3114,
  ],
  [
    'has one path as a file and as a directory',
    (order) =>
      Object.assign(order, {
        shared: { paths: ['etc/rules/a/below'], hashes: [blake('new')] },
      }),
    3114,
  ],
  ['leaves contents unused', (order) => Object.assign(order, { missing: { paths: [], hashes: [] } }), 3115],
  [
    'wants contents that did not arrive',
    (order) => Object.assign(order, { shared: { paths: ['etc/rules/z'], hashes: [blake('z')] } }),
    3112,
  ],
];
for (const [why, change, code] of impossible) {
  test(`a manifest that ${why} is refused as a whole`, () => {
    using home = new Home({ 'etc/rules/kept': 'kept' });
    const order = orderFor(home.path, { 'etc/rules/a': 'new', 'etc/rules/kept': 'kept' }, home.read());
    change(order);
    assert.throws(() => applyManifest(order), { code });
    assert.deepEqual(home.read(), { 'etc/rules/kept': 'kept' });
  });
}

test('a directory with a file of its own does not give way to a file', () => {
  using home = new Home({ 'etc/rules/a/ossec.conf': 'own' });
  const order = orderFor(home.path, { 'etc/rules/a': 'new' }, {});
  assert.throws(() => applyManifest(order), { code: 3119, message: /directory/ });
  assert.deepEqual(home.read(), { 'etc/rules/a/ossec.conf': 'own' });
});

test('empty directories give way to a file', () => {
  using home = new Home();
  mkdirSync(join(home.path, 'etc/rules/a/b/c'), { recursive: true });
  assert.deepEqual(applyManifest(orderFor(home.path, { 'etc/rules/a': 'new' }, {})).problems, []);
  assert.deepEqual(home.read(), { 'etc/rules/a': 'new' });
});

test('what only the worker has stays where extra_valid says so, whatever the master wants', () => {
  using home = new Home({ 'etc/shared/own': 'own', 'etc/rules/own': 'own' });
  const order = orderFor(home.path, {}, home.read());
  const items = filesConfig.items.map((item) => ({ ...item, extraValid: item.key === 'etc/shared/' }));
  const report = applyManifest({ ...order, config: { ...filesConfig, items } });
  assert.deepEqual(report.deleted, ['etc/rules/own']);
  assert.deepEqual(home.read(), { 'etc/shared/own': 'own' });
});

/** A journal as `writeJournal` would write it, with whatever in it. */
function plantJournal(home: Home, journal: object): void {
  const text = JSON.stringify(journal);
  writeFileSync(join(home.path, JOURNAL_FILE), `${digestOf(Buffer.from(text))}\n${text}`);
}
const plain = { version: 1, staging: STAGING, puts: [], early: [], deletes: [], emptied: [] };
const planted: [why: string, journal: object][] = [
  ['another version', { ...plain, version: 2 }],
  ['a field too many', { ...plain, more: 1 }],
  ['a staging directory elsewhere', { ...plain, staging: 'etc/rules' }],
  ['a staging directory that climbs', { ...plain, staging: `${STAGING_DIRECTORY}/..` }],
  ['a path outside', { ...plain, deletes: ['etc/ossec.conf'] }],
  ['a path that climbs', { ...plain, puts: [['etc/rules/../../x', blake('x'), 0o660]] }],
  ['a digest that is a path', { ...plain, puts: [['etc/rules/a', '../../x', 0o660]] }],
  ['a mode with more than permissions', { ...plain, puts: [['etc/rules/a', blake('x'), 0o4755]] }],
  ['a directory to be emptied outside', { ...plain, emptied: ['queue/cluster'] }],
];
for (const [why, journal] of planted) {
  test(`a journal with ${why} is put aside (3121), and nothing else is touched`, async () => {
    using home = new Home({ 'etc/rules/a': 'a', 'etc/ossec.conf': 'own' });
    mkdirSync(join(home.path, STAGING), { recursive: true });
    plantJournal(home, journal);
    const report = await recover(home.path, filesConfig);
    assert.deepEqual([report.completed, report.discarded], [false, true]);
    assert.match(report.message, /3121/);
    assert.deepEqual(home.read(), { 'etc/rules/a': 'a', 'etc/ossec.conf': 'own' });
    assert.ok(existsSync(join(home.path, `${JOURNAL_FILE}.corrupt`)));
    assert.equal(existsSync(join(home.path, STAGING)), false);
  });
}

test('a journal that cannot be read now is not thrown away', async () => {
  using home = new Home();
  mkdirSync(join(home.path, STAGING), { recursive: true });
  plantJournal(home, plain);
  const before = readFileSync(join(home.path, JOURNAL_FILE), 'utf8');
  await assert.rejects(recover(home.path, filesConfig, withCalls({ read: refusal('EIO') })), { code: 3128 });
  assert.equal(readFileSync(join(home.path, JOURNAL_FILE), 'utf8'), before);
  assert.equal((await recover(home.path, filesConfig)).completed, true);
});
