import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type ApplyOrder, applyManifest } from '../../src/files/apply.ts';
import { JOURNAL_FILE, STAGING_DIRECTORY } from '../../src/files/journal.ts';
import { realFileSystem, type SyncFileSystem } from '../../src/files/ports.ts';
import { recover } from '../../src/files/recover.ts';
import { type Contents, filesConfig, Home } from './fixture.ts';

const STAGING = `${STAGING_DIRECTORY}/t`;
const blake = (content: string) => createHash('blake2b512').update(content).digest('hex');

/** Everything that a set can do at once: create, update, delete, swap a file and a directory, share a content. */
const before: Contents = {
  'etc/rules/updated': 'old',
  'etc/rules/deleted': 'old',
  'etc/rules/file-to-dir': 'old',
  'etc/rules/dir-to-file/x': 'old',
  'etc/shared/emptied/x': 'old',
  'etc/shared/stays': 'same',
};
const after: Contents = {
  'etc/rules/updated': 'new',
  'etc/rules/created/deep/a': 'twice',
  'etc/rules/created/deep/b': 'twice',
  'etc/rules/file-to-dir/x': 'new in a directory',
  'etc/rules/dir-to-file': 'new file',
  'etc/shared/stays': 'same',
};

/** The order that leads from one to the other, with its contents staged. */
function staged(home: string): ApplyOrder {
  const column = (paths: string[]) => ({ paths, hashes: paths.map((path) => blake(after[path] ?? '')) });
  const missing = Object.keys(after).filter((path) => !(path in before));
  const shared = Object.keys(after).filter((path) => path in before && before[path] !== after[path]);
  mkdirSync(join(home, STAGING), { recursive: true });
  for (const path of [...missing, ...shared]) {
    writeFileSync(join(home, STAGING, blake(after[path] ?? '')), after[path] ?? '');
  }
  const extra = Object.keys(before).filter((path) => !(path in after));
  return {
    home,
    config: filesConfig,
    staging: STAGING,
    missing: column(missing),
    shared: column(shared),
    extra,
  };
}

/** A file system in which a call fails: only that one, or, since the process is dead, all that follow too. */
function failing(at: number, kind: 'dies before' | 'dies after' | 'fails') {
  const counter = { calls: 0 };
  const fs = new Proxy(realFileSystem, {
    get:
      (real, name: keyof SyncFileSystem) =>
      (...args: never[]) => {
        counter.calls += 1;
        const call = real[name] as (...args: never[]) => unknown;
        if (kind === 'dies after' && counter.calls === at) call(...args);
        if (kind === 'fails' ? counter.calls === at : counter.calls >= at) {
          throw Object.assign(new Error(`EIO: call ${at}, ${name}`), { code: 'EIO' });
        }
        return call(...args);
      },
  });
  return { fs, counter };
}

/** How many calls an undisturbed run makes. */
function countCalls(): number {
  using home = new Home(before);
  const { fs, counter } = failing(Number.POSITIVE_INFINITY, 'fails');
  const report = applyManifest(staged(home.path), fs);
  assert.deepEqual(report.problems, []);
  assert.deepEqual(home.read(), after);
  return counter.calls;
}
const calls = countCalls();

/** Which of the two sets a home holds; fails the test if it is neither. */
function setOf(home: Home, what: string): 'old' | 'new' {
  const found = home.read();
  const isNew = JSON.stringify(Object.entries(found).sort()) === JSON.stringify(Object.entries(after).sort());
  assert.deepEqual(found, isNew ? after : before, what);
  return isNew ? 'new' : 'old';
}

function run(home: Home, fs: SyncFileSystem) {
  try {
    return applyManifest(staged(home.path), fs);
  } catch {
    return null; // what it throws when everything fails is of no interest here
  }
}

for (const kind of ['dies before', 'dies after'] as const) {
  test(`a process that ${kind} any call of the file system leaves the old set or the new`, async () => {
    const outcomes = new Set<string>();
    for (let at = 1; at <= calls; at += 1) {
      using home = new Home(before);
      run(home, failing(at, kind).fs);
      const report = await recover(home.path, filesConfig);
      outcomes.add(setOf(home, `${kind} call ${at}: ${report.message}`));
      assert.equal(existsSync(join(home.path, JOURNAL_FILE)), false);
      assert.equal(existsSync(join(home.path, STAGING)), false);
    }
    assert.deepEqual([...outcomes].sort(), ['new', 'old'], 'both happen');
  });
}

test('a process that dies while it recovers, at any call, recovers the next time', async () => {
  // Died right after the journal stood: everything is still to be done.
  const journalAt = firstCallAfterJournal();
  for (let at = 1; at <= calls * 2; at += 1) {
    using home = new Home(before);
    run(home, failing(journalAt, 'dies before').fs);
    await recover(home.path, filesConfig, failing(at, 'dies before').fs).catch(() => null);
    const report = await recover(home.path, filesConfig);
    assert.equal(setOf(home, `call ${at} of recovery: ${report.message}`), 'new');
  }
});

test('one call that fails, whichever it is, never leaves anything but the old set or the new', async () => {
  for (let at = 1; at <= calls; at += 1) {
    using home = new Home(before);
    const report = run(home, failing(at, 'fails').fs);
    const told = JSON.stringify(report?.problems ?? 'thrown');
    const recovered = await recover(home.path, filesConfig);
    setOf(home, `call ${at} failed (${told}), recovery: ${recovered.message}`);
  }
});

test('a journal that was damaged is put aside, and nothing is done', async () => {
  const journalAt = firstCallAfterJournal();
  using home = new Home(before);
  run(home, failing(journalAt, 'dies before').fs);
  const path = join(home.path, JOURNAL_FILE);
  const whole = readFileSync(path, 'utf8');
  writeFileSync(path, whole.replace('etc/rules/updated', 'etc/rules/updatex'));
  const report = await recover(home.path, filesConfig);
  assert.match(report.message, /3121/);
  assert.deepEqual([report.completed, report.discarded], [false, true]);
  assert.equal(existsSync(path), false);
  assert.deepEqual(home.read(), before);
});

test('a staged content that a power cut damaged is not put in place', async () => {
  const journalAt = firstCallAfterJournal();
  using home = new Home(before);
  run(home, failing(journalAt, 'dies before').fs);
  writeFileSync(join(home.path, STAGING, blake('new')), '');
  await recover(home.path, filesConfig);
  assert.equal(home.read()['etc/rules/updated'], 'old');
});

test('a home where nothing was left unfinished has nothing to tell', async () => {
  using home = new Home(before);
  assert.deepEqual(await recover(home.path, filesConfig), {
    completed: false,
    discarded: false,
    message: '',
  });
});

/** The first call at which dying leaves a journal. */
function firstCallAfterJournal(): number {
  for (let at = 1; at <= calls; at += 1) {
    using home = new Home(before);
    run(home, failing(at, 'dies before').fs);
    if (existsSync(join(home.path, JOURNAL_FILE))) return at;
  }
  throw new Error('there is never a journal');
}
