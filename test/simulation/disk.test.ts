import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { contentOf, DeadError, Disk } from '../../src/sim/disk.ts';
import { FileSystem } from '../../src/sim/file-system.ts';
import { enter, type Life, World } from '../../src/sim/world.ts';

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

  it('leaves of a file that was written and not synced its old content, or the new one', () => {
    write('a', 'old', true);
    write('a', 'new!', false);
    disk.losePower(always(0.1));
    assert.equal(read('a'), 'old');
    write('a', 'new!', false);
    disk.losePower(always(0.6));
    assert.equal(read('a'), 'new!');
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
