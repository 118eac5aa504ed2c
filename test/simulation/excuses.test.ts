import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Act } from '../../src/sim/acts.ts';
import { Disk } from '../../src/sim/disk.ts';
import { Excuses, type FileState, newsOf } from '../../src/sim/excuses.ts';
import { MastersFiles } from '../../src/sim/masters-files.ts';
import type { Mutation } from '../../src/sim/realm.ts';
import { SeedRunner } from '../../src/sim/seed-runner.ts';
import { enter, World } from '../../src/sim/world.ts';
import { simulator } from './realm.ts';

const SEEDS = 20;
const PATH = 'etc/rules/local_rules.xml';
const leftOut = (path: string) => ({ worker: 'worker1', what: 'left out', path }) as const;
const isMasters = (_: string, state: FileState) => state === 'masters';
const inPlace = { worker: 'worker1', what: 'in place' } as const;
const compared = { worker: 'worker1', what: 'compared' } as const;

/** A file changes between the scan that found it and the round that is to bring it, and mostly nobody notices. */
const acts: readonly Act[] = [
  { atMs: 5_000, kind: 'slow', node: 'worker1', delayMs: 400, firstChunkBytes: 65_536, forMs: 60_000 },
  { atMs: 6_000, kind: 'write', paths: [PATH], sizeBytes: 500, salt: 1 },
  { atMs: 7_200, kind: 'write', paths: [PATH], sizeBytes: 500, salt: 2 },
];

describe('what excuses the set of a worker', () => {
  it('is read from what nodes really say', async () => {
    const heard = new Set<string>();
    for (let seed = 1; seed <= SEEDS && heard.size < 3; seed += 1) {
      const { lines, failure } = await simulator.simulate({ seed, workers: 1, acts, maxLines: 10_000 });
      assert.equal(failure, null);
      for (const news of lines.map(newsOf)) if (news !== null) heard.add(JSON.stringify(news));
    }
    assert.deepEqual(
      [...heard].sort(),
      [compared, inPlace, leftOut(PATH)].map((news) => JSON.stringify(news)).sort(),
    );
  });

  it('is no file that the master leaves out of a round though it is what its last scan has found', async () => {
    const other = 'etc/lists/audit-keys';
    const both = acts.map((act) => (act.atMs === 6_000 ? { ...act, paths: [PATH, other] } : act)) as Act[];
    const failures = async (mutation: Mutation | null) => {
      const runner = new SeedRunner({ mutation });
      const found: string[] = [];
      for (let seed = 1; seed <= SEEDS && found.length === 0; seed += 1) {
        const { failure } = await runner.run({ seed, workers: 1, acts: both, maxLines: 0 });
        if (failure !== null) found.push(failure.message);
      }
      await runner.end();
      return found;
    };
    const all = {
      file: 'src/files/changed-files.ts',
      text: 'digests[i] === file.hash',
      wrong: 'digests[i] === null',
    };
    assert.deepEqual(await failures(all), [
      `1: the master left ${other}, which had not changed, out of a round of worker1`,
    ]);
    assert.deepEqual(await failures(null), []);
  });

  it('is a file of the master that changed while it was looked for, also where another scan has ended since', () => {
    const mastersFiles = new MastersFiles();
    const scan = (...endsMs: number[]) => {
      for (const endMs of endsMs) mastersFiles.scanned(endMs);
    };
    mastersFiles.changed('early', 900);
    scan(1_000, 2_000);
    mastersFiles.changed('while it was looked for', 2_500);
    scan(3_000, 3_980);
    mastersFiles.compared('worker1', 4_000);
    mastersFiles.changed('since', 4_500);
    const leftOut = (path: string) => mastersFiles.mayBeLeftOut('worker1', path);
    assert.deepEqual(['early', 'never', 'while it was looked for', 'since'].map(leftOut), [
      false,
      false,
      true,
      true,
    ]);
    scan(...Array.from({ length: 50 }, (_, at) => 5_000 + 100 * at));
    mastersFiles.compared('worker1', 10_200);
    assert.deepEqual(['since'].map(leftOut), [false]);
    mastersFiles.lostPower(10_300);
    assert.ok(leftOut('never'));
  });

  it('is a file that somebody changed here, as what it was made or what the master had, until it is in step', () => {
    const excuses = new Excuses();
    excuses.tampered(PATH, 'one');
    excuses.tampered(PATH, null);
    const states = ['one', null, 'masters', 'another'];
    assert.deepEqual(
      states.filter((state) => excuses.hasFor(PATH, state, isMasters)),
      ['one', null, 'masters'],
    );
    assert.ok(!excuses.hasFor('etc/lists/audit-keys', 'one', isMasters));
    excuses.inStep({ isNewest: true });
    assert.ok(!excuses.hasFor(PATH, 'one', isMasters));
  });

  it('is no content that neither the master nor anybody here ever gave a file that a round left out', () => {
    const excuses = new Excuses();
    excuses.heard(leftOut(PATH));
    assert.ok(excuses.hasFor(PATH, 'masters', isMasters));
    assert.ok(!excuses.hasFor(PATH, 'another', isMasters));
    assert.ok(!excuses.hasFor(PATH, null, isMasters));
  });

  it('is a file that a round left out, until it is in step after that round', () => {
    const excuses = new Excuses();
    excuses.heard(leftOut(PATH));
    // Still with the set before: the round that was announced comes.
    excuses.inStep({ isNewest: true });
    assert.ok(excuses.hasFor(PATH, 'masters', isMasters));
    excuses.heard(inPlace);
    assert.ok(excuses.hasFor(PATH, 'masters', isMasters));
    excuses.inStep({ isNewest: true });
    assert.ok(!excuses.hasFor(PATH, 'masters', isMasters));
  });

  it('is a file whose content a loss of power took, as what is left of it, until it is in step', () => {
    enter(new World(1, 10));
    const disk = new Disk();
    const [lost, other] = [disk.inode(false, 0o600), disk.inode(false, 0o600)];
    const excuses = new Excuses();
    excuses.damaged([lost]);
    const found = () => [lost, other, null].map((file) => excuses.isDamaged(file));
    assert.deepEqual(found(), [true, false, false]);
    disk.write(lost, Buffer.from('something else'), 0);
    assert.deepEqual(found(), [false, false, false]);
    excuses.damaged([lost]);
    excuses.inStep({ isNewest: true });
    assert.deepEqual(found(), [false, false, false]);
  });

  it('is that it has no set, before its first', () => {
    const excuses = new Excuses();
    assert.equal(excuses.hasHadSet, false);
    excuses.inStep({ isNewest: true });
    assert.equal(excuses.hasHadSet, true);
  });

  it('is what somebody changed, also where that made the set one that the master had before', () => {
    const excuses = new Excuses();
    excuses.tampered('etc/lists/a', 'one');
    excuses.inStep({ isNewest: false });
    assert.equal(excuses.hasFor('etc/lists/a', 'one', isMasters), true);
    excuses.inStep({ isNewest: true });
    assert.equal(excuses.hasFor('etc/lists/a', 'one', isMasters), false);
  });
});
