import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { hashFiles } from '../../src/files/hash-files.ts';
import { pack, unpack } from '../../src/files/package.ts';
import type { ReadFileSystem } from '../../src/files/ports.ts';
import { ScanState, type Settled } from '../../src/files/scan-state.ts';
import { realReadFileSystem } from '../../src/files/walk.ts';
import { MusterError } from '../../src/protocol/errors.ts';
import { DEATHS, ERRORS, FaultyFileSystem, faultyReader, READ_FAULTS } from './faults.ts';
import { type Contents, filesConfig, Home, IN_MEMORY } from './fixture.ts';
import { hashOf } from './round.ts';

const before: Contents = {
  'etc/rules/a': 'a',
  'etc/rules/deep/b': 'b',
  'etc/rules/gone': 'gone',
  'etc/shared/c': 'c',
};

/** What happens to the files between the first look and the one that goes wrong. */
function edit(home: Home): void {
  home.write({ 'etc/rules/a': 'changed', 'etc/rules/deep/new': 'new' });
  home.remove('etc/rules/gone');
}

/** A set as a node follows it, and the port that its next look goes through. */
class Follower {
  readonly set = new Map<string, string>();
  port: ReadFileSystem = realReadFileSystem;
  readonly #home: string;
  readonly #state: ScanState;

  constructor(home: Home, keepsUnreadable: boolean) {
    this.#home = home.path;
    const port = new Proxy(realReadFileSystem, { get: (_, name: keyof ReadFileSystem) => this.port[name] });
    this.#state = new ScanState(home.path, filesConfig, keepsUnreadable, port);
  }

  look(): Settled {
    const { paths } = this.#state.walk();
    this.#state.take(hashFiles(this.#home, paths, this.port));
    const settled = this.#state.settle();
    for (const path of [...settled.created, ...settled.updated]) {
      this.set.set(path, this.#state.files.get(path)?.hash ?? '');
    }
    for (const path of settled.deleted) this.set.delete(path);
    return settled;
  }
}

const hashesOf = (contents: Contents) =>
  Object.fromEntries(Object.entries(contents).map(([path, content]) => [path, hashOf(content)]));
const openDescriptors = () => readdirSync('/proc/self/fd').length;

for (const role of ['master', 'worker'] as const) {
  for (const fault of READ_FAULTS) {
    test(`a scan of a ${role} in which any call goes wrong (${fault}) invents nothing, and the next one is right`, () => {
      const descriptors = openDescriptors();
      for (let at = 1, isLast = false; !isLast; at += 1) {
        using home = new Home(before, IN_MEMORY);
        const follower = new Follower(home, role === 'master');
        follower.look();
        edit(home);
        const { port, calls } = faultyReader(at, fault);
        follower.port = port;
        const error = errorOf(() => follower.look());
        const what = `${fault} in call ${at}, ${calls[at - 1]}: ${error?.message}`;
        if (error !== null)
          assert.ok(error instanceof MusterError && error.code === 3119, `${what} ${error.stack}`);
        assertPlausible(follower.set, home, role === 'master' && fault !== 'ENOENT', what);
        follower.port = realReadFileSystem;
        follower.look();
        assert.deepEqual(Object.fromEntries(follower.set), hashesOf(home.read()), what);
        isLast = calls.length < at;
      }
      assert.equal(openDescriptors(), descriptors);
    });
  }
}

/** Every file of the set is as it was or as it is; on the master none is missing that is still there. */
function assertPlausible(set: Map<string, string>, home: Home, keepsAll: boolean, what: string): void {
  const now = home.read();
  for (const [path, hash] of set) {
    const known = [before[path], now[path]].flatMap((content) =>
      content === undefined ? [] : [hashOf(content)],
    );
    assert.ok(known.includes(hash), `${what}: ${path}`);
  }
  if (!keepsAll) return;
  for (const path of Object.keys(before))
    if (path in now) assert.ok(set.has(path), `${what}: ${path} is missing`);
}

function errorOf(work: () => unknown): Error | null {
  try {
    work();
    return null;
  } catch (error) {
    return error as Error;
  }
}

const files = Object.entries(before).map(([path, content]) => ({
  path,
  size: content.length,
  hash: hashOf(content),
}));

/** Has the files of a home packed; returns why they could not be. What stands there then is whole. */
async function packUnder(
  home: Home,
  what: string,
  ports: { source?: ReadFileSystem; target?: FaultyFileSystem } = {},
): Promise<MusterError | null> {
  const directory = join(home.path, 'packages');
  mkdirSync(directory, { recursive: true });
  const order = { home: home.path, files, directory, level: 1 };
  const error = await pack(order, undefined, ports.source, ports.target?.port).then(
    () => null,
    (thrown) => thrown,
  );
  if (error !== null) assert.ok(error instanceof MusterError, `${what}: ${error.stack}`);
  const made = readdirSync(directory).filter((name) => name.endsWith('.zip'));
  for (const name of made)
    assert.equal(unpack(readFileSync(join(directory, name))).length, files.length, what);
  if (error === null) assert.deepEqual([made.length, readdirSync(directory).length], [1, 1], what);
  return error;
}

for (const fault of READ_FAULTS) {
  test(`a package of which any file cannot be read (${fault}) is not made, the file is named, the next try succeeds`, async () => {
    using home = new Home(before, IN_MEMORY);
    const descriptors = openDescriptors();
    for (let at = 1, isLast = false; !isLast; at += 1) {
      const { port, calls } = faultyReader(at, fault);
      const what = `${fault} in call ${at}`;
      const error = await packUnder(home, what, { source: port });
      isLast = calls.length < at;
      assert.equal(error === null, isLast, what);
      if (error !== null) assert.match(error.message, /etc\/(rules|shared)\//, what);
      assert.equal(await packUnder(home, what), null);
    }
    assert.equal(openDescriptors(), descriptors);
  });
}

for (const fault of [...ERRORS, ...DEATHS]) {
  test(`a package in whose writing any call goes wrong (${fault}) stands whole or not at all, and the next try succeeds`, async () => {
    for (let at = 1, isLast = false; !isLast; at += 1) {
      using home = new Home(before, IN_MEMORY);
      const target = new FaultyFileSystem(new Map([[at, fault]]));
      const error = await packUnder(home, `${fault} in call ${at}`, { target });
      isLast = target.calls.length < at;
      assert.equal(error === null, isLast, `${fault} in call ${at}`);
      assert.equal(await packUnder(home, `after ${fault} in call ${at}`), null);
    }
  });
}
