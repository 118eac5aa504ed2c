import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import type { FilesConfig } from '../../src/config/node-config.ts';
import { Disk } from '../../src/sim/disk.ts';
import { files } from '../../src/sim/file-system.ts';
import { TreeWatch, treeOf } from '../../src/sim/tree.ts';
import { enter, World } from '../../src/sim/world.ts';

const HOME = '/sim/node';
const config = {
  items: [{ key: 'etc/shared/', recursive: true, files: ['all'] }],
  excludedFiles: ['left'],
  excludedExtensions: ['.swp'],
} as unknown as FilesConfig;
let disk: Disk;
let watch: TreeWatch;

beforeEach(() => {
  const world = new World(1, 10);
  enter(world);
  disk = new Disk();
  world.disks.set('node', disk);
  watch = new TreeWatch(HOME);
});

function write(path: string, text: string): void {
  const full = `${HOME}/${path}`;
  files.mkdir(full.slice(0, full.lastIndexOf('/')), 0o770, true);
  const file = files.open(full, 'w');
  files.write(file, Buffer.from(text), null);
  files.close(file);
}
const paths = () => [...(watch.changed(config)?.keys() ?? ['(nothing changed)'])];

describe('a watched tree', () => {
  it('is looked at once as long as nothing in it changes', () => {
    write('queue/one', '1');
    assert.deepEqual(paths(), []);
    write('etc/shared/a/one', '1');
    assert.deepEqual(paths(), ['etc/shared/a/one']);
    write('queue/one', '2');
    write('queue/two', '1');
    assert.deepEqual(paths(), ['(nothing changed)']);
  });

  for (const [what, change] of Object.entries({
    'content that changes': () => write('etc/shared/a/one', '2'),
    'a file more': () => write('etc/shared/a/two', '2'),
    'a file less': () => files.unlink(`${HOME}/etc/shared/a/one`),
    'a directory with another name': () => files.rename(`${HOME}/etc/shared/a`, `${HOME}/etc/shared/b`),
    'a directory above it with another name': () => files.rename(`${HOME}/etc`, `${HOME}/away`),
    'a loss of power': () => disk.losePower(() => 0.99),
  })) {
    it(`tells of ${what}`, () => {
      write('etc/shared/a/one', '1');
      watch.changed(config);
      change();
      const tree = watch.changed(config);
      assert.notEqual(tree, null);
      assert.deepEqual(tree, treeOf(HOME, config));
      assert.equal(watch.changed(config), null);
    });
  }

  it('has what a scan would find', () => {
    for (const name of ['one', 'left', 'two.swp', '.muster-1.tmp']) write(`etc/shared/${name}`, name);
    assert.deepEqual(paths(), ['etc/shared/one']);
  });
});
