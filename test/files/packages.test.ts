import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { deflateSync } from 'node:zlib';
import JSZip from 'jszip';
import { unpack } from '../../src/files/package.ts';
import { PACKAGES_DIRECTORY, PackageStore } from '../../src/files/package-store.ts';
import { FilePool } from '../../src/files/pool.ts';
import { writeZip } from '../../src/files/zip.ts';
import { MusterError } from '../../src/protocol/errors.ts';
import { Home, scanned } from './fixture.ts';

const pool = new FilePool({ threads: 2 });
after(() => pool.close());
const blake = (content: string | Uint8Array) => createHash('blake2b512').update(content).digest('hex');

/** What `acquire` is asked for. */
async function listed(home: Home) {
  const files = await (await scanned(home.path, pool)).list();
  return [...files].map(([path, { size, hash }]) => ({ path, size, hash }));
}

/** A package as a peer could write it by hand. */
function crafted(list: unknown, content: Uint8Array, name = 'content'): Promise<Buffer> {
  return writeZip([
    { name: 'files_metadata.json', content: Buffer.from(JSON.stringify(list)) },
    { name, content },
  ]);
}
const entry = (path: string, content: string | Uint8Array) => ({
  path,
  size: content.length,
  hash: blake(content),
});
const plain = (files: object[], more = {}) => ({ version: 1, encoding: 'identity', files, ...more });

test('any program that reads ZIP can open a package', async () => {
  using home = new Home({ 'etc/rules/a': 'alpha', 'etc/rules/b': 'beta' });
  const packed = await new PackageStore({ home: home.path, pool }).acquire(await listed(home));
  const bytes = readFileSync(packed.path);
  assert.equal(blake(bytes), packed.digest);
  assert.equal(bytes.length, packed.sizeBytes);
  const zip = await JSZip.loadAsync(bytes, { checkCRC32: true });
  assert.deepEqual(Object.keys(zip.files), ['files_metadata.json', 'content']);
  assert.equal(await zip.file('content')?.async('string'), 'alphabeta');
});

test('contents come back as they were, whether they compress or not', async () => {
  const random = Buffer.from(
    Array.from({ length: 4000 }, (_, i) => blake(String(i)).slice(0, 8)).join(''),
    'hex',
  );
  using home = new Home({ 'etc/rules/zeros': '0'.repeat(100_000), 'etc/rules/empty': '' });
  using other = new Home({ 'etc/rules/random': random.toString('latin1') });
  for (const one of [home, other]) {
    const packed = await new PackageStore({ home: one.path, pool }).acquire(await listed(one));
    const parts = unpack(readFileSync(packed.path));
    const contents = Object.fromEntries(
      parts.map(({ file, content }) => [file.path, Buffer.from(content).toString()]),
    );
    assert.deepEqual(contents, one.read());
  }
});

test('who asks at once for the same files shares one package, and one that is in use is kept', async () => {
  using home = new Home({ 'etc/rules/a': 'alpha', 'etc/rules/b': 'beta' });
  const files = await listed(home);
  const store = new PackageStore({ home: home.path, pool, maxBytes: 0 });
  const [one, two] = await Promise.all([store.acquire(files), store.acquire(files)]);
  assert.equal(one.path, two.path);
  one.release();
  one.release();
  assert.ok(existsSync(two.path), 'a release that came twice counts once');
  two.release();
  assert.equal(existsSync(two.path), false);
});

test('a file that changed since it was listed fails the package, also if its size is the same', async () => {
  using home = new Home({ 'etc/rules/a': 'alpha' });
  const files = await listed(home);
  const store = new PackageStore({ home: home.path, pool });
  home.write({ 'etc/rules/a': 'ALPHA' });
  await assert.rejects(store.acquire(files), { code: 3001 });
  home.write({ 'etc/rules/a': 'alpha' });
  const packed = await store.acquire(files);
  assert.equal(unpack(readFileSync(packed.path)).length, 1, 'the failure is not kept');
});

test('where the disk is full, packages that are kept for nobody give way; those in use stay', async () => {
  using home = new Home({ 'etc/rules/a': 'alpha', 'etc/rules/b': 'beta', 'etc/rules/c': 'gamma' });
  const [a, b, c] = (await listed(home)).map((file) => [file]);
  assert.ok(a && b && c);
  /** A disk with room for two packages. */
  const small = {
    runSticky: async (task: 'pack', args: never) => {
      const directory = join(home.path, PACKAGES_DIRECTORY);
      if (existsSync(directory) && readdirSync(directory).length >= 2)
        throw new MusterError(3001, `${directory}: ENOSPC: no space left on device, open`);
      return await pool.runSticky(task, args);
    },
  } as unknown as FilePool;
  const store = new PackageStore({ home: home.path, pool: small });
  const used = await store.acquire(a);
  const unused = await store.acquire(b);
  await assert.rejects(store.acquire(c), { code: 3001, message: /ENOSPC/ }, 'both are in use');
  unused.release();
  const third = await store.acquire(c);
  assert.deepEqual(
    [used, unused, third].map(({ path }) => existsSync(path)),
    [true, false, true],
  );
  assert.equal((await store.acquire(a)).path, used.path);
});

test('every cut and every changed byte of a package is noticed', async () => {
  const bytes = await crafted(plain([entry('etc/rules/a', 'alpha')]), Buffer.from('alpha'));
  assert.equal(unpack(bytes).length, 1);
  for (let at = 0; at < bytes.length; at += 1) {
    const changed = Buffer.from(bytes);
    changed[at] = (changed[at] ?? 0) ^ 0x01;
    assert.throws(() => unpack(changed), { name: 'MusterError' }, `byte ${at} changed`);
    assert.throws(() => unpack(bytes.subarray(0, at)), { code: 3115 }, `cut at ${at}`);
  }
  assert.throws(() => unpack(Buffer.concat([bytes, Buffer.of(0)])), { code: 3115 });
});

test('archives that other programs write are refused, whatever they hide', async () => {
  const list = JSON.stringify(plain([entry('etc/rules/a', 'alpha')]));
  const archive = async (
    change: (zip: JSZip) => void,
    options: JSZip.JSZipGeneratorOptions<'nodebuffer'> = {},
  ) => {
    const zip = new JSZip();
    zip.file('files_metadata.json', list);
    zip.file('content', 'alpha');
    change(zip);
    return zip.generateAsync({ ...options, type: 'nodebuffer' });
  };
  const archives = [
    archive(() => {}, { compression: 'DEFLATE' }),
    archive(() => {}, { comment: 'a comment' }),
    archive(() => {}, { streamFiles: true }),
    archive((zip) => zip.file('../outside', 'x')),
    archive((zip) => zip.remove('content')),
    archive((zip) => zip.folder('directory')),
  ];
  for (const bytes of await Promise.all(archives)) assert.throws(() => unpack(bytes), { code: 3115 });
});

test('what inflates to more than it says is stopped there', async () => {
  const bomb = deflateSync(Buffer.alloc(50_000_000), { level: 9 });
  const bytes = await crafted(plain([entry('etc/rules/a', 'alpha')], { encoding: 'deflate' }), bomb);
  assert.throws(() => unpack(bytes), { code: 3115 });
  const honest = await crafted(
    plain([{ ...entry('etc/rules/a', ''), size: 50_000_000 }], { encoding: 'deflate' }),
    bomb,
  );
  assert.throws(() => unpack(honest), { code: 3113 });
});

const lists: [why: string, list: unknown, code: number][] = [
  ['no list', null, 3115],
  ['another version', plain([], { version: 2 }), 3115],
  ['an unknown encoding', plain([], { encoding: 'brotli' }), 3115],
  ['another field', plain([], { extra: 1 }), 3115],
  ['files that are no list', plain({} as never), 3115],
  ['a negative size', plain([{ ...entry('etc/rules/a', 'alpha'), size: -5 }]), 3115],
  ['half a byte', plain([{ ...entry('etc/rules/a', 'alpha'), size: 4.5 }]), 3115],
  ['a digest that is a path', plain([{ ...entry('etc/rules/a', 'alpha'), hash: '../../etc/passwd' }]), 3115],
  ['a wrong digest', plain([{ ...entry('etc/rules/a', 'alpha'), hash: blake('other') }]), 3112],
  ['more content than it says', plain([entry('etc/rules/a', 'alph')]), 3115],
  ['less content than it says', plain([entry('etc/rules/a', 'alphab')]), 3115],
  ['a path outside', plain([entry('../a', 'alpha')]), 3114],
  ['too many files', plain(Array.from({ length: 5000 }, (_, i) => entry(`etc/rules/${i}`, ''))), 3113],
];
for (const [why, list, code] of lists) {
  test(`a package with ${why} is refused`, async () => {
    const bytes = await crafted(list, Buffer.from('alpha'));
    assert.throws(() => unpack(bytes), { code });
  });
}
