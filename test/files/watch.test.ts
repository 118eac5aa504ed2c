import assert from 'node:assert/strict';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { FileWatcher } from '../../src/files/watch.ts';
import { waitFor } from '../harness/wait-for.ts';
import { filesConfig, Home } from './fixture.ts';

/** A watcher that counts; `next` does something and waits until it was noticed. */
class Watched implements Disposable {
  changes = 0;
  readonly errors: Error[] = [];
  readonly watcher: FileWatcher;

  constructor(home: string) {
    this.watcher = new FileWatcher({
      home,
      config: filesConfig,
      debounceMs: 5,
      onChange: () => {
        this.changes += 1;
      },
      onError: (error) => this.errors.push(error),
    });
  }

  async notices(what: string, act: () => void): Promise<void> {
    await this.watcher.ready();
    const before = this.changes;
    act();
    await waitFor(what, () => this.changes > before, 5000);
  }

  [Symbol.dispose](): void {
    this.watcher.close();
    assert.deepEqual(this.errors, []);
  }
}

test('files that come, change and go are noticed', async () => {
  using home = new Home({ 'etc/rules/sub/a': '1' });
  using watched = new Watched(home.path);
  await watched.notices('a change', () => home.write({ 'etc/rules/sub/a': '2' }));
  await watched.notices('a new file', () => home.write({ 'etc/rules/b': '1' }));
  await watched.notices('a removal', () => home.remove('etc/rules/b'));
});

test('new directories are followed', async () => {
  using home = new Home({ 'etc/rules/a': '' });
  using watched = new Watched(home.path);
  await watched.notices('a directory', () =>
    mkdirSync(join(home.path, 'etc/rules/new/deep'), { recursive: true }),
  );
  await watched.notices('a file in it', () => writeFileSync(join(home.path, 'etc/rules/new/deep/f'), ''));
});

test('directories of the configuration that do not exist yet are noticed when they come', async () => {
  using home = new Home();
  using watched = new Watched(home.path);
  await watched.notices('etc', () => mkdirSync(join(home.path, 'etc')));
  await watched.notices('etc/rules', () => mkdirSync(join(home.path, 'etc/rules')));
  await watched.notices('a file', () => writeFileSync(join(home.path, 'etc/rules/f'), ''));
});

test('a directory that was removed and made again is still watched', async () => {
  using home = new Home({ 'etc/rules/sub/a': '' });
  using watched = new Watched(home.path);
  await watched.notices('another directory', () => {
    rmSync(join(home.path, 'etc/rules/sub'), { recursive: true });
    mkdirSync(join(home.path, 'etc/rules/sub'));
  });
  // Whatever the replacement set off has been told by then.
  await waitFor('quiet', quiet(watched), 5000);
  await watched.notices('a file in it', () => writeFileSync(join(home.path, 'etc/rules/sub/b'), ''));
});

test('a watcher that is closed tells nothing more', async () => {
  using home = new Home({ 'etc/rules/a': '' });
  using watched = new Watched(home.path);
  await watched.watcher.ready();
  watched.watcher.close();
  home.write({ 'etc/rules/a': '2' });
  await waitFor('quiet', quiet(watched), 5000);
  assert.equal(watched.changes, 0);
});

/** True once nothing was told for some polls in a row. */
function quiet(watched: Watched): () => boolean {
  let last = -1;
  let polls = 0;
  return () => {
    polls = watched.changes === last ? polls + 1 : 0;
    last = watched.changes;
    return polls >= 10;
  };
}
