import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { digestOf } from '../../src/files/digest.ts';
import { STAGING_DIRECTORY, writeJournal } from '../../src/files/journal.ts';
import { encodeMerged, parseMerged } from '../../src/files/merged.ts';
import { unpack } from '../../src/files/package.ts';
import { PackageStore } from '../../src/files/package-store.ts';
import { FilePool } from '../../src/files/pool.ts';
import { realFileSystem } from '../../src/files/ports.ts';
import { RecentDigests } from '../../src/files/recent-digests.ts';
import { Staging } from '../../src/files/staging.ts';
import { MusterError } from '../../src/protocol/errors.ts';
import { arrivedManifest, filesConfig, Home, scanned, staged } from './fixture.ts';

const pool = new FilePool({ threads: 2 });
after(() => pool.close());
const CLUSTER = 'queue/cluster';

test('what a sync received and did not apply is left where the next transfer finds it', async () => {
  using master = new Home({ 'etc/rules/small': 's', 'etc/rules/large': 'l'.repeat(2_000_000) });
  using worker = new Home();
  const { staging } = await staged(master.path, worker.path, pool);
  await staging.discard();
  const parts = readdirSync(join(worker.path, CLUSTER)).filter((name) => name.endsWith('.part'));
  const digests = parts.map((name) => digestOf(readFileSync(join(worker.path, CLUSTER, name))));
  assert.equal(parts.length, 2);
  assert.deepEqual(parts.toSorted(), digests.map((digest) => `${digest}.part`).toSorted());
  assert.deepEqual(readdirSync(join(worker.path, CLUSTER, '.staging')), []);
});

test('after the first failure nothing is applied any more', async () => {
  using master = new Home({ 'etc/rules/a': 'a' });
  using worker = new Home();
  const { staging, manifest } = await staged(master.path, worker.path, pool);
  const bad = join(worker.path, CLUSTER, 'bad.zip');
  writeFileSync(bad, 'no archive');
  await assert.rejects(staging.addPackage(bad), { code: 3115 });
  await assert.rejects(staging.commit(arrivedManifest(worker.path, manifest)), { code: 3115 });
  await staging.discard();
  await assert.rejects(staging.addPackage(bad), { code: 3115 });
  assert.equal(existsSync(join(worker.path, 'etc')), false);
});

test('a sync that is dropped while it is being applied is applied whole', async () => {
  const files = Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`etc/rules/${i}`, `${i}`]));
  using master = new Home(files);
  using worker = new Home();
  const { staging, manifest } = await staged(master.path, worker.path, pool);
  const committed = staging.commit(arrivedManifest(worker.path, manifest));
  await new Promise((resolve) => setImmediate(resolve));
  await staging.discard();
  const outcome = await committed.then(
    ({ problems }) => problems.length,
    (error) => error.code,
  );
  // Either it was dropped before its first step, or every step was done.
  assert.deepEqual(outcome === 3120 ? {} : worker.read(), outcome === 3120 ? {} : files);
  assert.ok(outcome === 0 || outcome === 3120);
});

test('a sync that fails and is completed all the same says so', async () => {
  using master = new Home({ 'etc/rules/a': 'a' });
  using worker = new Home();
  const plan = {
    puts: [['etc/rules/a', digestOf(Buffer.from('a')), 0o660]],
    early: [],
    deletes: [],
    emptied: [],
  } as const;
  // Comes as far as the journal, and can then neither go on nor take it back.
  const halfway = {
    run: pool.run.bind(pool),
    statesOf: pool.statesOf.bind(pool),
    runSticky: (...[task, args]: Parameters<FilePool['runSticky']>) => {
      if (task !== 'apply') return pool.runSticky(task, args);
      const [name = ''] = readdirSync(join(worker.path, STAGING_DIRECTORY));
      writeJournal(realFileSystem, worker.path, { ...plan, staging: `${STAGING_DIRECTORY}/${name}` });
      return Promise.reject(new MusterError(3119, 'EIO: queue/cluster'));
    },
  } as unknown as FilePool;
  const { staging, manifest } = await staged(master.path, worker.path, halfway);
  await assert.rejects(staging.commit(arrivedManifest(worker.path, manifest)), {
    code: 3119,
    message: /EIO: queue\/cluster\. A set that was being applied was completed: 1 files written/,
  });
  assert.deepEqual(worker.read(), { 'etc/rules/a': 'a' });
  await staging.discard();
});

test('a large file with another content than its name is refused and removed', async () => {
  using worker = new Home();
  const staging = new Staging({ home: worker.path, config: filesConfig, pool, task: 't' });
  const file = join(worker.path, CLUSTER, 'arrived');
  writeFileSync(file, 'other');
  await assert.rejects(staging.addLarge(file, digestOf(Buffer.from('this'))), { code: 3112 });
  assert.equal(existsSync(file), false);
  await staging.discard();
});

test('a large file whose digest was just computed is not read again; one that changed since is', async () => {
  using worker = new Home();
  const staging = new Staging({ home: worker.path, config: filesConfig, pool, task: 't' });
  const file = join(worker.path, CLUSTER, 'arrived');
  writeFileSync(file, 'content');
  const { digest } = await pool.digestFile(file);
  assert.equal(pool.statesOf(digest).length, 1);
  writeFileSync(file, 'CONTENT');
  await assert.rejects(staging.addLarge(file, digest), { code: 3112 });
  await staging.discard();
});

test('remembered digests are bounded, the latest stay', () => {
  const digests = new RecentDigests();
  for (let i = 0; i < 10_000; i += 1) digests.note(`digest ${i}`, `state ${i}`);
  assert.deepEqual(digests.statesOf('digest 9999'), ['state 9999']);
  assert.deepEqual(digests.statesOf('digest 0'), []);
});

test('ten who ask at once have one package made', async () => {
  using home = new Home({ 'etc/rules/a': 'alpha', 'etc/rules/b': 'beta' });
  const files = await (await scanned(home.path, pool)).list();
  const list = [...files].map(([path, { size, hash }]) => ({ path, size, hash }));
  const store = new PackageStore({ home: home.path, pool });
  const packed = await Promise.all(Array.from({ length: 10 }, () => store.acquire(list)));
  assert.equal(store.builds, 1);
  assert.equal(new Set(packed.map(({ path }) => path)).size, 1);
  for (const one of packed) one.release();
  rmSync(dirname(packed[0]?.path ?? ''), { recursive: true });
  const again = await store.acquire(list);
  assert.equal(
    statSync(again.path).size,
    again.sizeBytes,
    'packages that somebody removed with their directory are made again',
  );
  assert.equal(store.builds, 2);
});

const pathPart = fc.string({ unit: 'binary', minLength: 1, maxLength: 20 }).filter((name) => {
  const isPlain = !/[/\\\0\ufffd]/.test(name) && name !== '.' && name !== '..';
  return isPlain && !name.endsWith('~') && !/\.(tmp|lock|swp)$/.test(name);
});

test('any files come back out of a package as they went in', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.dictionary(pathPart, fc.string({ maxLength: 3000 }), {
        minKeys: 1,
        maxKeys: 8,
        noNullPrototype: true,
      }),
      fc.integer({ min: 0, max: 9 }),
      async (contents, level) => {
        using home = new Home();
        for (const [name, content] of Object.entries(contents))
          home.write({ [`etc/rules/${name}`]: content });
        const files = await (await scanned(home.path, pool)).list();
        const list = [...files].map(([path, { size, hash }]) => ({ path, size, hash }));
        const packed = await new PackageStore({ home: home.path, pool, level }).acquire(list);
        const parts = unpack(readFileSync(packed.path));
        const back = Object.fromEntries(
          parts.map(({ file, content }) => [
            file.path.slice('etc/rules/'.length),
            Buffer.from(content).toString(),
          ]),
        );
        assert.deepEqual(back, contents);
      },
    ),
    { numRuns: 40 },
  );
});

test('any merged file comes apart into what it was made of', () => {
  const part = fc.record(
    {
      name: fc
        .string({ minLength: 1, maxLength: 40 })
        .filter((name) => !/[/\\\0\ufffd]/.test(name) && !/^\.\.?$/.test(name)),
      mtimeMs: fc.integer({ min: 0, max: 4_102_444_800_000 }),
      content: fc.uint8Array({ maxLength: 200 }),
    },
    { noNullPrototype: true },
  );
  fc.assert(
    fc.property(fc.array(part, { maxLength: 6 }), (parts) => {
      const back = parseMerged(encodeMerged(parts)).map((one) => ({
        ...one,
        content: Uint8Array.from(one.content),
      }));
      assert.deepEqual(back, parts);
    }),
  );
});
