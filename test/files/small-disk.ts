import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { JOURNAL_FILE } from '../../src/files/journal.ts';
import { realFileSystem } from '../../src/files/ports.ts';
import { MusterError } from '../../src/protocol/errors.ts';
import { type Contents, Home } from './fixture.ts';
import { discard, play, roundBetween } from './round.ts';

/**
 * Runs in a mount namespace of its own, in which this directory may be mounted on; see small-disk.test.ts. Ends with 0
 * if all went as it should.
 */
const [what = '', directory = ''] = process.argv.slice(2);
/** Room for a package that arrived, and not for its contents too. */
const SMALL = 'size=400k';
const LARGE = 'size=8m';
const mount = (options: string, target = directory) =>
  execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'none', target]);
const remount = (options: string, target = directory) =>
  execFileSync('mount', ['-o', `remount,${options}`, target]);

const before: Contents = { 'etc/rules/0': 'old', 'etc/rules/gone': 'old' };
const contentOf = (i: number) => `${i} `.repeat(30).slice(0, 60);
/** Files of 16 KiB each, all different. */
const many: Contents = Object.fromEntries(
  Array.from({ length: 16 }, (_, i) => [`etc/rules/${i}`, contentOf(i).repeat(280)]),
);
/** One content of 16 KiB in many places: little arrives, and much is written. */
const copies: Contents = Object.fromEntries(
  Array.from({ length: 32 }, (_, i) => [`etc/rules/${i}`, contentOf(1).repeat(280)]),
);

/** A round that the disk refuses: nothing has changed, the error names a file; with room the next one succeeds. */
async function refusedUntil(after: Contents, home: Home, named: RegExp, makeRoom: () => void): Promise<void> {
  const round = await roundBetween(before, after, Number.POSITIVE_INFINITY);
  assert.throws(
    () => play(round, home, realFileSystem),
    (error) => error instanceof MusterError && error.code === 3119 && named.test(error.message),
  );
  discard(home);
  assert.deepEqual(home.read(), before);
  assert.equal(realFileSystem.lstat(join(home.path, JOURNAL_FILE)), null);
  makeRoom();
  assert.deepEqual(play(round, home, realFileSystem).problems, []);
  assert.deepEqual(home.read(), after);
}

const cases: Readonly<Record<string, () => Promise<void>>> = {
  async contents() {
    mount(SMALL);
    await refusedUntil(many, new Home(before, directory), /etc\/rules\/\d+: ENOSPC/, () => remount(LARGE));
  },
  async copies() {
    mount(SMALL);
    await refusedUntil(copies, new Home(before, directory), /etc\/rules\/\d+: ENOSPC/, () => remount(LARGE));
  },
  async readOnly() {
    const home = new Home(before, directory);
    const shared = join(home.path, 'etc/shared');
    mkdirSync(shared);
    mount(LARGE, shared);
    remount('ro', shared);
    const after = { 'etc/rules/0': 'new', 'etc/shared/new': 'new' };
    await refusedUntil(after, home, /etc\/shared.*EROFS|EROFS.*etc\/shared/, () => remount('rw', shared));
  },
};

await cases[what]?.();
