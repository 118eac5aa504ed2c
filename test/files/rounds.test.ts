import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { hashFiles } from '../../src/files/hash-files.ts';
import { decodeMetadata, encodeMetadata } from '../../src/files/manifest.ts';
import { FilePool } from '../../src/files/pool.ts';
import { Rounds } from '../../src/files/rounds.ts';
import { ScanState } from '../../src/files/scan-state.ts';
import { Scratch } from '../../src/files/scratch.ts';
import { UnfitContents } from '../../src/files/wazuh4/unfit-contents.ts';
import { filesConfig, Home, scanned } from './fixture.ts';

const pool = new FilePool({ threads: 1 });
after(() => pool.close());

function settledState(home: Home): ScanState {
  const state = new ScanState(home.path, filesConfig, true);
  state.take(hashFiles(home.path, state.walk().paths));
  state.settle();
  return state;
}

/** A round for a worker that has nothing. */
function orderOf(home: Home, limitBytes = Number.MAX_SAFE_INTEGER) {
  const file = join(home.path, 'queue/cluster/metadata');
  writeFileSync(file, encodeMetadata(new Map()));
  return { home: home.path, config: filesConfig, file, limitBytes };
}

test('workers that sent the same list share one round, until the last of them is done', () => {
  using home = new Home({ 'etc/rules/a': 'a', 'etc/rules/b': 'b' });
  const [state, rounds] = [settledState(home), new Rounds()];
  const [first, second] = [rounds.open(state, orderOf(home)), rounds.open(state, orderOf(home))];
  assert.deepEqual(first, second);
  assert.equal(
    rounds.encodedManifest(first.round, { without: [] }),
    rounds.encodedManifest(second.round, { without: [] }),
    'the manifest is made once',
  );
  rounds.close(first.round);
  assert.equal(rounds.get(second.round).received, 0);
  rounds.close(second.round);
  assert.throws(() => rounds.get(second.round), { code: 1000 });
});

test('a round is not shared across a change of the set or of the limit', () => {
  using home = new Home({ 'etc/rules/a': 'a' });
  const [state, rounds] = [settledState(home), new Rounds()];
  const first = rounds.open(state, orderOf(home));
  assert.notEqual(rounds.open(state, orderOf(home, 10)).round, first.round);
  home.write({ 'etc/rules/b': 'b' });
  state.take(hashFiles(home.path, state.walk().paths));
  state.settle();
  const later = rounds.open(state, orderOf(home));
  assert.deepEqual([first.missing, later.missing], [1, 2]);
});

test('a round in which some files fit into no package is not shared with a worker that takes them in parts', () => {
  using home = new Home({ 'etc/rules/a': 'a' });
  const [state, rounds] = [settledState(home), new Rounds()];
  const unfit = new UnfitContents();
  unfit.add('etc/rules/a', state.files.get('etc/rules/a')?.hash ?? '');
  const { file, ...order } = orderOf(home);
  const list = { bytes: readFileSync(file), decode: decodeMetadata, unfit };
  const packed = rounds.openWith(state, order, list);
  const parts = rounds.open(state, { ...order, file });
  assert.deepEqual([packed.withheld, packed.missing], [1, 0]);
  assert.deepEqual([parts.withheld, parts.missing], [0, 1]);
});

test('a scan that is under way does not show in a round', () => {
  using home = new Home({ 'etc/rules/a': 'a' });
  const [state, rounds] = [settledState(home), new Rounds()];
  home.write({ 'etc/rules/b': 'b' });
  state.take(hashFiles(home.path, state.walk().paths));
  assert.equal(rounds.open(state, orderOf(home)).missing, 1);
});

test('what could not be sent is not in the manifest, and counts as left to the next round', () => {
  using home = new Home({ 'etc/rules/a': 'a', 'etc/rules/b': 'b' });
  const [state, rounds] = [settledState(home), new Rounds()];
  const { round } = rounds.open(state, orderOf(home));
  const without = [state.files.get('etc/rules/a')?.hash ?? ''];
  const { missing, deferred } = rounds.get(round).manifest({ without });
  assert.deepEqual([[...missing.keys()], deferred], [['etc/rules/b'], 1]);
});

/** A list of files that the master does not have, as a worker sends it. */
function listOf(home: Home, name: string, files: number): string {
  const metadata = {
    mod_time: 0,
    cluster_item_key: 'etc/rules/',
    merged: false,
    hash: 'a'.repeat(128),
    size: 1,
  };
  const set = new Map(Array.from({ length: files }, (_, i) => [`etc/rules/${name}/${i}`, metadata]));
  const file = join(home.path, 'queue/cluster', name);
  writeFileSync(file, encodeMetadata(set));
  return file;
}

test('rounds that have no room beside the others are refused, and have it when one of them has ended', () => {
  using home = new Home();
  const [state, rounds] = [settledState(home), new Rounds({ maxBytes: 200_000 })];
  const open = (name: string) => rounds.open(state, { ...orderOf(home), file: listOf(home, name, 100) });
  const [first, second] = [open('a'), open('b')];
  assert.throws(() => open('c'), { code: 3110, message: /2 rounds of other workers hold \d+ bytes/ });
  const shared = open('a');
  rounds.close(first.round);
  rounds.close(shared.round);
  rounds.close(open('c').round);
  rounds.close(second.round);
  assert.equal(rounds.open(state, { ...orderOf(home), file: listOf(home, 'large', 1_000) }).extra, 1_000);
});

test('a manifest that has no room beside the rounds is not kept, and takes the place of none', () => {
  using home = new Home();
  const [state, rounds] = [settledState(home), new Rounds({ maxBytes: 200_000 })];
  const open = (name: string) => rounds.open(state, { ...orderOf(home), file: listOf(home, name, 100) });
  const manifestOf = (number: number) => rounds.encodedManifest(number, { without: [] });
  const { round } = open('a');
  assert.equal(manifestOf(round), manifestOf(round), 'it is kept');
  const other = open('b').round;
  assert.notEqual(manifestOf(other), manifestOf(other), 'it is not kept');
});

test('everybody gets a turn: a file that could not be brought is planned after all others', () => {
  using home = new Home({ 'etc/rules/a': 'large a', 'etc/rules/b': 'large b', 'etc/rules/c': 'large c' });
  const [state, rounds] = [settledState(home), new Rounds()];
  const turns = Array.from({ length: 5 }, () => {
    const { round } = rounds.open(state, orderOf(home, 1));
    const [file] = rounds.get(round).filesOf(0, []);
    rounds.close(round, [file?.path ?? '']);
    return file?.path;
  });
  assert.deepEqual(
    turns,
    ['a', 'b', 'c', 'a', 'b'].map((name) => `etc/rules/${name}`),
  );
});

test('a second look at the files of a package finds those that changed, and names the package of the others', async () => {
  using home = new Home({ 'etc/rules/a': 'a', 'etc/rules/b': 'b' });
  const index = await scanned(home.path, pool);
  const { round, packages } = await pool.runSticky('openRound', { index: index.number, ...orderOf(home) });
  const planned = { round, number: 0, without: [] };
  const same = await pool.runSticky('recheckPackage', planned);
  assert.deepEqual(same, { changed: [], key: packages[0]?.key });
  home.write({ 'etc/rules/a': 'changed' });
  const { changed, key } = await pool.runSticky('recheckPackage', planned);
  assert.deepEqual(
    changed.map(({ path }) => path),
    ['etc/rules/a'],
  );
  const without = changed.map(({ hash }) => hash);
  assert.deepEqual(await pool.runSticky('recheckPackage', { ...planned, without }), { changed: [], key });
  home.remove('etc/rules/b');
  assert.equal((await pool.runSticky('recheckPackage', planned)).key, null, 'nothing is left to be packed');
});

test('of files with the same content one that has changed is stood in for by another; where none has it all are told', async () => {
  using home = new Home({ 'etc/rules/a': '', 'etc/rules/b': '', 'etc/rules/c': 'c' });
  const index = await scanned(home.path, pool);
  const { round, packages } = await pool.runSticky('openRound', { index: index.number, ...orderOf(home) });
  const planned = { round, number: 0, without: [] };
  const [packed] = packages;
  assert.equal(packed?.files, 2, 'the same content travels once');
  home.write({ 'etc/rules/a': 'changed' });
  const stoodIn = await pool.runSticky('recheckPackage', planned);
  assert.deepEqual(stoodIn.changed, []);
  assert.notEqual(stoodIn.key, packed?.key);
  assert.deepEqual(
    await pool.runSticky('recheckPackage', planned),
    stoodIn,
    'the other one is read from now on',
  );
  home.write({ 'etc/rules/b': 'changed too' });
  const { changed } = await pool.runSticky('recheckPackage', planned);
  assert.deepEqual(
    changed.map(({ path }) => path),
    ['etc/rules/a', 'etc/rules/b'],
  );
});

test('memory that is used again is never used by two at once', () => {
  const scratch = new Scratch(8);
  const [first, second] = [scratch.take(4), scratch.take(4)];
  first.fill(1);
  second.fill(2);
  assert.deepEqual([...first], [1, 1, 1, 1]);
  scratch.give(first);
  assert.equal(scratch.take(8).buffer, first.buffer);
  assert.equal(scratch.take(9).length, 9, 'what is larger is made for this one use');
});
