import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { FileItem } from '../../src/config/node-config.ts';
import { isSetLeft, JOURNAL_FILE, UNDO_FILE } from '../../src/files/journal.ts';
import { realFileSystem, type SyncFileSystem } from '../../src/files/ports.ts';
import { recover } from '../../src/files/recover.ts';
import { MusterError } from '../../src/protocol/errors.ts';
import { DEATHS, ERRORS, type Fault, type Faults, FaultyFileSystem, refusal, type Stuck } from './faults.ts';
import { type Contents, Home, IN_MEMORY, filesConfig as ownConfig } from './fixture.ts';
import { discard, hashOf, play, type Round, roundBetween, STAGING } from './round.ts';

/** With a place for the parts of merged files. */
const QUEUE = 'queue/agent-groups';
const MERGED = `${QUEUE}/agent-groups.merged`;
const queue = { ...ownConfig.items[1], key: `${QUEUE}/`, extraValid: true } as FileItem;
const filesConfig = { ...ownConfig, items: [...ownConfig.items, queue] };

const merged = (name: string) => `5 ${name} 2024-01-01 00:00:00+00:00\nagent`;

/** Everything that a set can do at once: create, update, delete, swap a file and a directory, share a content. */
const before: Contents = {
  'etc/rules/updated': 'old',
  'etc/rules/deleted': 'old',
  'etc/rules/file-to-dir': 'old',
  'etc/rules/dir-to-file/x': 'old',
  'etc/shared/emptied/x': 'old',
  'etc/shared/stays': 'same',
  [MERGED]: merged('001'),
};
const after: Contents = {
  'etc/rules/updated': 'new',
  'etc/rules/created/deep/a': 'twice',
  'etc/rules/created/deep/b': 'twice',
  'etc/rules/file-to-dir/x': 'new in a directory',
  'etc/rules/dir-to-file': 'new file',
  'etc/rules/large': 'large '.repeat(20),
  'etc/shared/stays': 'same',
  [MERGED]: merged('002'),
};
async function roundTo(after: Contents, before: Contents): Promise<Round> {
  const round = await roundBetween(before, after);
  return { ...round, order: { ...round.order, config: filesConfig } };
}
const there = await roundTo(after, before);

/** The real one without its waiting for the disk, which no test would notice and all would pay for. */
const plain: SyncFileSystem = {
  ...realFileSystem,
  writeDurably: (path, bytes, mode) => writeFileSync(path, bytes, { mode }),
  syncDirectory: () => {},
};
/** A home whose staging directory lies on another file system: contents are copied beside their targets. */
const apart: SyncFileSystem = {
  ...plain,
  rename: (from, to) => {
    if (from.includes('/.staging/') && to.includes('/etc/')) throw refusal('EXDEV', 'rename');
    realFileSystem.rename(from, to);
  },
};
const grounds = { 'one file system': plain, 'two file systems': apart };

/** What a home holds of a set; parts are none of it. */
const contentsOf = (home: Home): Contents => ({
  ...home.read(),
  [MERGED]: readFileSync(join(home.path, MERGED), 'utf8'),
});

/** Which of the two sets a home holds; fails the test if it is neither. */
function setOf(home: Home, what: string): 'old' | 'new' {
  const found = contentsOf(home);
  const isNew = JSON.stringify(Object.entries(found).sort()) === JSON.stringify(Object.entries(after).sort());
  assert.deepEqual(found, isNew ? after : before, what);
  const parts = isNew ? { [`${QUEUE}/002`]: 'agent' } : {};
  assert.deepEqual({ ...home.read(QUEUE), [MERGED]: '' }, { [MERGED]: '', ...parts }, what);
  return isNew ? 'new' : 'old';
}

/** Nothing of a sync is left behind: neither a journal nor staged contents. */
function assertClean(home: Home, what: string): void {
  for (const name of [JOURNAL_FILE, UNDO_FILE]) {
    assert.equal(existsSync(join(home.path, name)), false, what);
  }
  assert.equal(existsSync(join(home.path, STAGING)), false, what);
  const left = readdirSync(join(home.path, 'etc'), { recursive: true }).map(String);
  assert.deepEqual(
    left.filter((name) => name.includes('.muster-')),
    [],
    what,
  );
}

/** Plays the round under faults. What it throws has to be an error with a code, or the system's own, naming its cause. */
function playUnder(
  faults: Faults,
  home: Home,
  below: SyncFileSystem,
  stuck: Stuck | null = null,
): FaultyFileSystem {
  const faulty = new FaultyFileSystem(faults, below, stuck);
  try {
    play(there, home, faulty.port);
  } catch (error) {
    assert.ok(error instanceof Error && 'code' in error, `no code: ${(error as Error).stack}`);
  }
  const isOver = ![JOURNAL_FILE, UNDO_FILE].some((name) => existsSync(join(home.path, name)));
  if (!faulty.isDead && isOver) discard(home);
  return faulty;
}

/** How many calls the undisturbed round makes. */
function countCalls(below: SyncFileSystem): number {
  using home = new Home(before, IN_MEMORY);
  const faulty = new FaultyFileSystem(new Map(), below);
  assert.deepEqual(play(there, home, faulty.port).problems, []);
  assert.equal(setOf(home, 'undisturbed'), 'new');
  return faulty.calls.length;
}

/** The next round of a worker, with nothing in its way: whatever was left, it ends with the new set. */
async function assertHeals(home: Home, what: string): Promise<void> {
  // As each round does before it looks at the files.
  if (isSetLeft(plain, home.path)) await restart(home);
  const round = await roundTo(after, contentsOf(home));
  assert.deepEqual(play(round, home, plain).problems, [], what);
  discard(home);
  assert.equal(setOf(home, what), 'new');
  assertClean(home, what);
}

/** The process starts again. */
async function restart(home: Home, faults: Faults = new Map(), below: SyncFileSystem = plain) {
  const faulty = new FaultyFileSystem(faults, below);
  const report = await recover(home.path, filesConfig, faulty.port);
  return { report, calls: faulty.calls.length };
}

const once = (at: number, fault: Fault): Faults => new Map([[at, fault]]);

for (const [ground, below] of Object.entries(grounds)) {
  const calls = countCalls(below);

  for (const death of DEATHS) {
    test(`on ${ground} a process that ${death} any call leaves the old set or the new, and the next round heals`, async () => {
      const outcomes = new Set<string>();
      for (let at = 1; at <= calls; at += 1) {
        using home = new Home(before, IN_MEMORY);
        playUnder(once(at, death), home, below);
        const { report } = await restart(home, new Map(), below);
        const what = `${death} call ${at}: ${report.message}`;
        outcomes.add(setOf(home, what));
        assertClean(home, what);
        await assertHeals(home, what);
      }
      assert.deepEqual([...outcomes].sort(), ['new', 'old'], 'both happen');
    });
  }

  const errors: Fault[] = below === plain ? [...ERRORS] : ['ENOSPC', 'short'];
  for (const [i, error] of errors.entries()) {
    test(`on ${ground} a call that fails (${error}), whichever it is, leaves the old set or the new; the next round heals, before and after a restart`, async () => {
      for (let at = 1; at <= calls; at += 1) {
        using home = new Home(before, IN_MEMORY);
        const { calls: made } = playUnder(once(at, error), home, below);
        const what = `${error} in call ${at}, ${made[at - 1]}`;
        setOf(home, what);
        // Each call by turns: with one kind of error the process starts anew, with the next it lives on.
        if ((at + i) % 2 === 0) await restart(home, new Map(), below);
        setOf(home, `${what}, restarted`);
        await assertHeals(home, what);
        const { report } = await restart(home);
        assert.deepEqual([report.completed, setOf(home, what)], [false, 'new'], `${what}: ${report.message}`);
      }
    });
  }
}

/** Paths that are stuck from some call of a round on: every path of every call. */
function* stuckPaths(calls: number, code: string): Iterable<Stuck> {
  for (let at = 1; at <= calls; at += 1) for (const argument of [0, 1] as const) yield { at, argument, code };
}
/** A directory of one of the two sets. */
const isOnTheWay = (path: string) =>
  Object.keys({ ...before, ...after }).some((file) => file.startsWith(`${path}/`));
/** What is left beside a target is never synchronised. */
const isOurs = (path: string) => path.includes('.muster-');

for (const [ground, below] of Object.entries(grounds)) {
  const calls = countCalls(below);
  for (const code of ['EBUSY', 'EACCES', 'EXDEV', 'EIO']) {
    test(`on ${ground} a path that fails from any call on for good (${code}) leaves the old set or the new, and when it works again the next round heals`, async () => {
      for (const stuck of stuckPaths(calls, code)) {
        using home = new Home(before, IN_MEMORY);
        const { calls: made, stuckPath } = playUnder(new Map(), home, below, stuck);
        if (stuckPath === null || isOurs(stuckPath)) continue;
        const what = `${made[stuck.at - 1]} ${stuckPath.slice(home.path.length)} from call ${stuck.at} on`;
        // Behind a directory that cannot be reached any more nothing can be put back, until it can.
        const isPending = existsSync(join(home.path, UNDO_FILE));
        assert.ok(!isPending || isOnTheWay(stuckPath.slice(home.path.length + 1)), `${what}: not undone`);
        const outcome = isPending ? 'old' : setOf(home, what);
        if (isPending || stuck.at % 2 === 0) await restart(home, new Map(), below);
        assert.equal(setOf(home, `${what}, restarted`), outcome);
        await assertHeals(home, what);
      }
    });
  }
}

/** Targets whose place in the order leaves much, something and nothing behind them. */
const LATE = ['etc/rules/updated', 'etc/rules/large', 'etc/rules/deleted', 'etc/shared/emptied/x'];

/** The first call that would put or remove one. */
function stuckAt(path: string): Stuck {
  const hits: Stuck[] = [];
  let call = 0;
  using home = new Home(before, IN_MEMORY);
  const counting = new Proxy(plain, {
    get:
      (real, name: keyof SyncFileSystem) =>
      (...args: never[]) => {
        call += 1;
        const argument = args.findIndex((each) => (each as unknown) === `${home.path}/${path}`);
        const isStep = (name === 'rename' && argument === 1) || (name === 'unlink' && argument === 0);
        if (isStep) hits.push({ at: call, argument: argument === 1 ? 1 : 0, code: 'EBUSY' });
        return (real[name] as (...args: never[]) => unknown)(...args);
      },
  });
  play(there, home, counting);
  const [hit] = hits;
  assert.ok(hit, path);
  return hit;
}

for (const path of LATE) {
  for (const death of DEATHS) {
    test(`a process that ${death} any call while it undoes a set, because ${path} cannot be changed, leaves the old set`, async () => {
      const stuck = stuckAt(path);
      let isUndoing = true;
      for (let at = stuck.at + 1; isUndoing; at += 1) {
        using home = new Home(before, IN_MEMORY);
        const faulty = playUnder(once(at, death), home, plain, stuck);
        isUndoing = faulty.isDead;
        const isTurned = existsSync(join(home.path, UNDO_FILE));
        const { report } = await restart(home);
        const what = `${death} call ${at}: ${report.message}`;
        const outcome = setOf(home, what);
        if (isTurned || !isUndoing) assert.equal(outcome, 'old', what);
        assertClean(home, what);
        await assertHeals(home, what);
      }
    });
  }
}

/** The first call after which there is a journal. */
function journalCall(): number {
  for (let at = 1; ; at += 1) {
    using home = new Home(before, IN_MEMORY);
    playUnder(once(at, 'dies after'), home, plain);
    if (existsSync(join(home.path, JOURNAL_FILE))) return at;
  }
}

const journalAt = journalCall();

test('a journal that was damaged is put aside, and nothing is done', async () => {
  using home = afterJournal();
  const path = join(home.path, JOURNAL_FILE);
  const whole = readFileSync(path, 'utf8');
  writeFileSync(path, whole.replace('etc/rules/updated', 'etc/rules/updatex'));
  const report = await recover(home.path, filesConfig);
  assert.match(report.message, /3121/);
  assert.deepEqual([report.completed, report.discarded], [false, true]);
  assert.equal(existsSync(path), false);
  assert.deepEqual(contentsOf(home), before);
});

test('a staged content that a power cut damaged is not put in place', async () => {
  using home = afterJournal();
  writeFileSync(join(home.path, STAGING, hashOf('new')), '');
  await recover(home.path, filesConfig);
  assert.equal(home.read()['etc/rules/updated'], 'old');
});

test('a home where nothing was left unfinished has nothing to tell', async () => {
  using home = new Home(before, IN_MEMORY);
  assert.deepEqual(await recover(home.path, filesConfig), {
    completed: false,
    discarded: false,
    message: '',
  });
});

/** A home in which a process died right after the journal stood: everything is still to be done. */
function afterJournal(): Home {
  const home = new Home(before, IN_MEMORY);
  playUnder(once(journalAt, 'dies after'), home, plain);
  return home;
}

const recoveryCalls = await (async () => {
  using home = afterJournal();
  return (await restart(home)).calls;
})();

for (const fault of [...DEATHS, ...ERRORS]) {
  test(`a recovery in which any call goes wrong (${fault}) loses nothing: the next start completes the set`, async () => {
    for (let at = 1; at <= recoveryCalls; at += 1) {
      using home = afterJournal();
      const what = `${fault} in call ${at} of the recovery`;
      await restart(home, once(at, fault)).catch((error) => {
        assert.ok(error instanceof MusterError, `${what}: ${error.stack}`);
      });
      const { report } = await restart(home);
      assert.equal(setOf(home, `${what}: ${report.message}`), 'new');
      assertClean(home, what);
      assert.equal((await restart(home)).report.message, '', 'and only once');
    }
  });
}

test('a second fault that follows the first, at any distance, leaves the old set or the new', async () => {
  const calls = countCalls(plain);
  const kinds = [...ERRORS, ...DEATHS];
  for (let first = 1; first <= calls; first += 1) {
    for (const distance of [1, 2, 3, 5, 8, 13, 21, 34]) {
      using home = new Home(before, IN_MEMORY);
      const [one, two] = [ERRORS[(first + distance) % ERRORS.length], kinds[first % kinds.length]];
      const faults = new Map([
        [first, one ?? 'EIO'],
        [first + distance, two ?? 'EIO'],
      ] as const);
      playUnder(faults, home, plain);
      const { report } = await restart(home);
      const what = `${one} in call ${first}, ${two} in call ${first + distance}: ${report.message}`;
      setOf(home, what);
      assertClean(home, what);
      await assertHeals(home, what);
    }
  }
});
