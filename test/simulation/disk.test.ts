import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { contentOf, DeadError, Disk, MAX_HELD_BACK } from '../../src/sim/disk.ts';
import { FileSystem } from '../../src/sim/file-system.ts';
import { BEGIN_MS, enter, type Life, World } from '../../src/sim/world.ts';

const HOME = '/sim/node';
let disk: Disk;
let files: FileSystem;

beforeEach(() => {
  const world = new World(1, 10);
  enter(world);
  disk = new Disk();
  files = new FileSystem();
  world.disks.set('node', disk);
});

function write(path: string, text: string, isSynced: boolean): void {
  const above = path.lastIndexOf('/');
  if (above >= 0) files.mkdir(`${HOME}/${path.slice(0, above)}`, 0o700, true);
  const file = files.open(`${HOME}/${path}`, 'w');
  files.write(file, Buffer.from(text), null);
  if (isSynced) files.sync(file);
  files.close(file);
}
const read = (path: string) => {
  const found = files.findOrNull(`${HOME}/${path}`);
  return found === null ? null : contentOf(found).toString();
};
/** Chance that always says the same. */
const always = (value: number) => () => value;

describe('a loss of power', () => {
  it('takes nothing of what was synced', () => {
    write('a', 'one', true);
    disk.losePower(always(0.99));
    assert.equal(read('a'), 'one');
  });

  it('takes names from the last change backwards, as far as nothing was synced', () => {
    write('a', 'one', true);
    files.rename(`${HOME}/a`, `${HOME}/b`);
    files.mkdir(`${HOME}/c`, 0o700, false);
    disk.losePower(always(0.99));
    assert.deepEqual([read('a'), read('b'), files.findOrNull(`${HOME}/c`)], ['one', null, null]);
  });

  it('leaves a file that was renamed with one name, the old one or the new one', () => {
    write('a', 'one', true);
    write('b', 'two', true);
    files.rename(`${HOME}/a`, `${HOME}/b`);
    disk.losePower(always(0.99));
    assert.deepEqual([read('a'), read('b')], ['one', 'two']);
    files.rename(`${HOME}/a`, `${HOME}/b`);
    disk.losePower(always(0));
    assert.deepEqual([read('a'), read('b')], [null, 'one']);
  });

  it('takes a name whose directory nobody synced, though something else was synced since', () => {
    write('a', 'one', true);
    files.rename(`${HOME}/a`, `${HOME}/b`);
    write('c/d', 'two', true);
    disk.losePower(always(0.99));
    assert.deepEqual([read('a'), read('b'), read('c/d')], ['one', null, 'two']);
  });

  it('takes no name from a directory that was synced, and none of the directories above it', () => {
    write('a', 'one', true);
    files.mkdir(`${HOME}/b/c`, 0o700, true);
    files.rename(`${HOME}/a`, `${HOME}/b/c/d`);
    const directory = files.open(`${HOME}/b/c`, 'r');
    files.sync(directory);
    disk.losePower(always(0.99));
    assert.deepEqual([read('a'), read('b/c/d')], [null, 'one']);
  });

  it('keeps of a name that was synced what it stood for last, whatever it stood for in between', () => {
    write('a', 'one', true);
    write('b', 'two', true);
    files.rename(`${HOME}/a`, `${HOME}/c`);
    files.rename(`${HOME}/b`, `${HOME}/c`);
    const file = files.open(`${HOME}/c`, 'r');
    files.sync(file);
    disk.losePower(always(0.99));
    assert.deepEqual([read('a'), read('b'), read('c')], [null, null, 'two']);
  });

  it('tells of which files it took the content', () => {
    write('a', 'one', true);
    write('b', 'two', true);
    files.rename(`${HOME}/a`, `${HOME}/c`);
    assert.deepEqual(disk.losePower(always(0.1)), []);
    write('b', 'two!', false);
    assert.deepEqual(disk.losePower(always(0.1)), [files.find(`${HOME}/b`, 'open')]);
  });

  it('takes back no more changes of names than the disk holds back', () => {
    const names = Array.from({ length: MAX_HELD_BACK + 44 }, (_, index) => `d${index}`);
    for (const name of names) files.mkdir(`${HOME}/${name}`, 0o700, false);
    disk.losePower(always(0.9999));
    assert.deepEqual(
      files.list(HOME).map(([name]) => name),
      names.slice(0, 44),
    );
  });

  it('gives a file that had lost its name its links and its room back', () => {
    write('a', 'one', true);
    const usedBytes = disk.usedBytes;
    files.unlink(`${HOME}/a`);
    assert.equal(disk.usedBytes, usedBytes - 3);
    disk.losePower(always(0.99));
    assert.equal(files.findOrNull(`${HOME}/a`)?.links, 1);
    assert.equal(disk.usedBytes, usedBytes);
    files.unlink(`${HOME}/a`);
    assert.equal(disk.usedBytes, usedBytes - 3);
  });

  it('leaves of a file that was written and not synced its old content, none, the beginning of the new one, or all', () => {
    const left = [0.1, 0.3, 0.6, 0.9].map((value) => {
      write('a', 'old', true);
      write('a', 'new!', false);
      disk.losePower(always(value));
      return read('a');
    });
    assert.deepEqual(left, ['old', '', 'ne', 'new!']);
  });
});

it('a full disk takes what has room, and no more', () => {
  write('a', 'one', true);
  disk.capacityBytes = disk.usedBytes + 2;
  assert.throws(() => write('b', 'two', false), { code: 'ENOSPC' });
  write('b', 'ok', false);
  files.unlink(`${HOME}/a`);
  write('c', 'two', false);
  assert.equal(read('c'), 'two');
});

it('a full disk does not let a file grow by another way', () => {
  write('a', 'one', true);
  disk.capacityBytes = disk.usedBytes + 2;
  const inode = files.find(`${HOME}/a`, 'open');
  assert.throws(() => disk.truncate(inode, 6), { code: 'ENOSPC' });
  disk.truncate(inode, 5);
});

it('a disk that is filled twice has room when the later time is over, and renames fail as they were told to', async () => {
  const world = new World(1, 10);
  enter(world);
  disk = new Disk();
  disk.fill(0, BEGIN_MS + 1_000);
  disk.failingRenames = { left: 3, code: 'EIO' };
  disk.fill(0, BEGIN_MS + 10_000);
  disk.empty(BEGIN_MS + 1_000);
  assert.equal(disk.capacityBytes, 0);
  disk.empty(BEGIN_MS + 10_000);
  assert.equal(disk.capacityBytes, Number.POSITIVE_INFINITY);
  assert.equal(disk.failingRenames.left, 3);
});

it('what was opened to be read cannot be written', () => {
  write('a', 'one', true);
  const file = files.open(`${HOME}/a`, 'r');
  assert.throws(() => files.write(file, Buffer.from('two'), null), { code: 'EBADF' });
});

it('a directory cannot be moved into itself', () => {
  files.mkdir(`${HOME}/a`, 0o700, false);
  assert.throws(() => files.rename(`${HOME}/a`, `${HOME}/a/b`), { code: 'EINVAL' });
  files.mkdir(`${HOME}/ab`, 0o700, false);
  files.rename(`${HOME}/a`, `${HOME}/ab/a`);
});

it('a life that dies at its third step does two, and none after that', () => {
  const life: Life = { node: 'node', isAlive: true, frozenUntilMs: 0, clockAheadMs: 0, diskStepsLeft: 3 };
  const world = new World(1, 10);
  enter(world);
  world.disks.set('node', disk);
  world.as(life, () => {
    files.mkdir(`${HOME}/a`, 0o700, false);
    files.mkdir(`${HOME}/b`, 0o700, false);
    assert.throws(() => files.mkdir(`${HOME}/c`, 0o700, false), DeadError);
    assert.throws(() => files.rmdir(`${HOME}/a`), DeadError);
  });
  assert.deepEqual(
    files.list(HOME).map(([name]) => name),
    ['a', 'b'],
  );
  assert.equal(life.isAlive, false);
});

it('links are names of one file', () => {
  write('a', 'one', true);
  files.link(`${HOME}/a`, `${HOME}/b`);
  files.unlink(`${HOME}/a`);
  assert.equal(read('b'), 'one');
  assert.throws(() => files.link(`${HOME}/b`, `${HOME}/b`), { code: 'EEXIST' });
});

it('nothing stays open when a world ends', () => {
  const file = files.open(`${HOME}/a`, 'w');
  files.closeAll();
  assert.throws(() => files.write(file, Buffer.from('one'), null), { code: 'EBADF' });
});
