import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import {
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { createDeflate, deflateSync, inflateSync } from 'node:zlib';
import fc from 'fast-check';
import { FileIndex } from '../../../src/files/index.ts';
import { FilePool } from '../../../src/files/pool.ts';
import type { ReadFileSystem } from '../../../src/files/ports.ts';
import { realReadFileSystem } from '../../../src/files/walk.ts';
import {
  decodeWazuh4Manifest,
  decodeWazuh4Metadata,
  encodeWazuh4Manifest,
  encodeWazuh4Metadata,
} from '../../../src/files/wazuh4/list.ts';
import { packWazuh4 } from '../../../src/files/wazuh4/pack.ts';
import { Pump } from '../../../src/files/wazuh4/pump.ts';
import { readWazuh4List, readWazuh4Package } from '../../../src/files/wazuh4/reader.ts';
import { PackageWriter } from '../../../src/files/wazuh4/writer.ts';
import { plainOf, recorded } from '../../protocol/wazuh4/recorded.ts';
import { refusal } from '../faults.ts';
import { type Contents, filesConfig, Home, IN_MEMORY, scanned } from '../fixture.ts';
import { hashOf, STAGING } from '../round.ts';
import { comparisonOf, type Entry, listOf, packageOf, stage, zlib } from './packages.ts';

const pool = new FilePool({ threads: 1 });
after(() => pool.close());

const LIMIT = 1_073_741_824;
/** What does not compress, and what compresses well: both come in pieces. */
const NOISE = randomBytes(3_000_000).toString('base64');
const LINES = 'a line like all others\n'.repeat(200_000);

/** Contents by path, as they were staged. */
function stagedContents(home: Home, files: ReadonlyMap<string, { hash: string }>): Contents {
  return Object.fromEntries(
    Array.from(files, ([path, { hash }]) => [path, readFileSync(join(home.path, STAGING, hash), 'utf8')]),
  );
}

async function packed(home: Home, comparison: ReturnType<typeof comparisonOf>, limitBytes = LIMIT) {
  const file = join(home.path, 'queue/cluster/out.zip');
  const report = await packWazuh4({ home: home.path, comparison, file, level: 1, limitBytes });
  const bytes = readFileSync(file);
  assert.equal(bytes.length, report.sizeBytes);
  assert.equal(createHash('sha256').update(bytes).digest('hex'), report.sha256);
  return { ...report, bytes, file };
}

describe('the package of the original', () => {
  test('is written as the reference shows it', () => {
    using home = new Home({}, IN_MEMORY);
    const file = join(home.path, 'out.zip');
    const writer = new PackageWriter(file, 1);
    writer.begin('etc/rules/a.xml');
    writer.appendDeflated(Buffer.from('hello\n'));
    writer.end();
    writer.begin('files_metadata.json');
    writer.appendDeflated(encodeWazuh4Manifest(comparisonOf({})));
    writer.close();
    const reference =
      '6574632f72756c65732f612e786d6c 7c2f2f40402f2f7c 7801cb48cdc9c9e70200084b021f 7c40402f2f40407c ' +
      '66696c65735f6d657461646174612e6a736f6e 7c2f2f40402f2f7c 7801ab56cacd2c2ececc4b57b252a8aed551504aad28294a84718a33128b5253c0bc5a002d310de8';
    assert.equal(readFileSync(file, 'hex'), reference.replaceAll(' ', ''));
  });

  for (const [scenario, frames] of recorded) {
    for (const [i, frame] of frames.entries()) {
      if (!frame.cmd.startsWith('file_upd')) continue;
      const content = (at: number) => {
        const plain = plainOf(frames[at] as (typeof frames)[number]);
        return plain.subarray(plain.indexOf(' ') + 1);
      };
      const isOfMaster = frame.dir === 'M->W';

      test(`${scenario}, frame ${i}: the package of the ${isOfMaster ? 'master' : 'worker'} is read, and its list written again byte for byte`, async () => {
        const bytes = content(i);
        const end = content(i + 2);
        assert.equal(createHash('sha256').update(bytes).digest('hex'), end.toString('hex'));
        using home = new Home({}, IN_MEMORY);
        const file = join(home.path, 'p.zip');
        writeFileSync(file, bytes);
        if (!isOfMaster) {
          const list = await readWazuh4List(file);
          assert.equal(encodeWazuh4Metadata(decodeWazuh4Metadata(list)).toString(), list.toString());
          return;
        }
        const contents = new Map<string, string>();
        const list = await readWazuh4Package(file, {
          whole: (path, whole) => {
            contents.set(path, whole.toString());
          },
          begin: () => assert.fail('nothing is large'),
        });
        const manifest = decodeWazuh4Manifest(list);
        assert.equal(encodeWazuh4Manifest(manifest).toString(), list.toString());
        const wanted = [...manifest.missing, ...manifest.shared];
        assert.equal(contents.size, wanted.length);
        for (const [path, { hash }] of wanted) assert.equal(hashOf(contents.get(path) ?? ''), hash, path);
      });
    }
  }

  test('brings any set from one to the other, whatever is in it', async () => {
    const path = fc
      .constantFrom('a', 'b c', 'd/e', 'ä', '|@@|', '|/|@@', 'f')
      .map((name) => `etc/rules/${name}`);
    const content = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 300 }).map((text) => text.toWellFormed()),
      fc.constantFrom('', '|@@//@@|', '|//@@//|', 'files_metadata.json|//@@//|', NOISE.slice(0, 1_048_577)),
    );
    const files = fc.dictionary(path, content, { maxKeys: 4, noNullPrototype: true });
    await fc.assert(
      fc.asyncProperty(files, files, async (missing, shared) => {
        const left = Object.fromEntries(Object.entries(shared).filter(([name]) => !(name in missing)));
        using home = new Home({ ...missing, ...left }, IN_MEMORY);
        const { bytes } = await packed(
          home,
          comparisonOf({ missing, shared: left, extra: { 'etc/rules/z': 'z' } }),
        );
        const { manifest, late } = await stage(home, bytes);
        assert.deepEqual(late, []);
        assert.deepEqual(stagedContents(home, manifest.missing), missing);
        assert.deepEqual(stagedContents(home, manifest.shared), left);
        assert.deepEqual([...manifest.extra.keys()], ['etc/rules/z']);
        for (const [name, { size }] of manifest.missing)
          assert.equal(size, Buffer.byteLength(missing[name] ?? ''));
      }),
      { numRuns: 60 },
    );
  });

  test('brings large files, which go through in pieces, and the same content once', async () => {
    const files = {
      'etc/rules/noise': NOISE,
      'etc/rules/lines': LINES,
      'etc/rules/again': LINES,
      'etc/rules/a': 'a',
    };
    using home = new Home(files, IN_MEMORY);
    const { bytes } = await packed(home, comparisonOf({ missing: files }));
    const { manifest, staged } = await stage(home, bytes);
    assert.deepEqual(stagedContents(home, manifest.missing), files);
    assert.equal(staged.size, 3);
    assert.deepEqual(readdirSync(join(home.path, STAGING)).toSorted(), [...staged.keys()].toSorted());
    for (const [hash, { ino, size, mode }] of staged) {
      const stats = statSync(join(home.path, STAGING, hash));
      assert.deepEqual([ino, size, mode], [stats.ino, stats.size, stats.mode & 0o777]);
    }
  });

  test('may hold its own separators within a stream, where the original stumbles over them', async () => {
    const content = 'text |@@//@@| and |//@@//| and more';
    const stored = deflateSync(content, { level: 0 });
    assert.ok(stored.includes('|@@//@@|'));
    using home = new Home({}, IN_MEMORY);
    const { manifest } = await stage(
      home,
      packageOf(['etc/rules/a', stored], listOf({ missing: { 'etc/rules/a': content } })),
    );
    assert.deepEqual(stagedContents(home, manifest.missing), { 'etc/rules/a': content });
  });

  test('is read whatever its level, and wherever its entries lie in the file', async () => {
    // Entries of 0 to 2 MiB, so that windows end everywhere: in paths, separators and streams.
    const files: Contents = {};
    for (let i = 0; i < 40; i += 1) files[`etc/rules/${i}`] = NOISE.slice(i, i + ((i * 77_777) % 2_000_000));
    const entries = Object.entries(files).map(([path, text], i): Entry => [path, zlib(text, i % 10)]);
    using home = new Home({}, IN_MEMORY);
    const { manifest, late } = await stage(home, packageOf(...entries, listOf({ missing: files })));
    assert.deepEqual(late, []);
    assert.deepEqual(stagedContents(home, manifest.missing), files);
  });
});

describe('what is packed for a worker', () => {
  const listed = async (bytes: Buffer) => {
    using home = new Home({}, IN_MEMORY);
    const { manifest } = await stage(home, bytes);
    return [...manifest.missing.keys(), ...manifest.shared.keys()];
  };

  test('a file that is larger than the limit is left out, and the others travel', async () => {
    const files = { 'etc/rules/a': 'a', 'etc/rules/b': NOISE.slice(0, 500_000), 'etc/rules/c': 'c' };
    using home = new Home(files, IN_MEMORY);
    const { bytes, left } = await packed(home, comparisonOf({ missing: files }), 100_000);
    assert.deepEqual(left, [{ path: 'etc/rules/b', why: 'too-large' }]);
    assert.deepEqual(await listed(bytes), ['etc/rules/a', 'etc/rules/c']);
  });

  test('after the first file that has no room nothing more is packed, and the list does not name it', async () => {
    const files = {
      'etc/rules/a': 'a',
      'etc/rules/b': NOISE.slice(0, 400_000),
      'etc/rules/c': NOISE.slice(1, 400_000),
      'etc/rules/d': 'd',
    };
    using home = new Home(files, IN_MEMORY);
    const { bytes, left } = await packed(home, comparisonOf({ missing: files }), 500_000);
    assert.deepEqual(left, [
      { path: 'etc/rules/c', why: 'limit' },
      { path: 'etc/rules/d', why: 'limit' },
    ]);
    assert.deepEqual(await listed(bytes), ['etc/rules/a', 'etc/rules/b']);
  });

  test('a large file that turns out to have no room is taken back', async () => {
    const files = { 'etc/rules/a': 'a', 'etc/rules/noise': NOISE, 'etc/rules/lines': LINES };
    using home = new Home(files, IN_MEMORY);
    const { bytes, left, files: count } = await packed(home, comparisonOf({ missing: files }), 4_000_000);
    assert.deepEqual(
      left,
      [{ path: 'etc/rules/lines', why: 'too-large' }],
      'its content is larger, however it compresses',
    );
    assert.equal(count, 2);
    const twice = { 'etc/rules/a': 'a', 'etc/rules/noise': NOISE, 'etc/rules/more': `${NOISE}!` };
    home.write(twice);
    const full = await packed(home, comparisonOf({ missing: twice }), 4_100_000);
    assert.deepEqual(full.left, [{ path: 'etc/rules/more', why: 'limit' }]);
    assert.deepEqual(await listed(full.bytes), ['etc/rules/a', 'etc/rules/noise']);
    assert.deepEqual(await listed(bytes), ['etc/rules/a', 'etc/rules/noise']);
  });

  test('a file that is no longer what was compared is left to the next round, and the others travel', async () => {
    const files: Contents = {
      'etc/rules/changed': 'before',
      'etc/rules/grown': 'before',
      'etc/rules/shrunk': 'before',
      'etc/rules/gone': 'before',
      'etc/rules/large': NOISE,
      'etc/rules/large-grown': NOISE,
      'etc/rules/link': 'before',
      'etc/rules/directory': 'before',
      'etc/rules/large-directory': NOISE,
      'etc/rules/pipe': 'before',
      'etc/rules/good': 'good',
    };
    using home = new Home(files, IN_MEMORY);
    const comparison = comparisonOf({ shared: files });
    home.write({
      'etc/rules/changed': 'behind',
      'etc/rules/grown': 'before and more',
      'etc/rules/shrunk': 'bef',
      'etc/rules/large': `!${NOISE.slice(1)}`,
      'etc/rules/large-grown': `${NOISE}!`,
    });
    home.remove('etc/rules/gone', 'etc/rules/link', 'etc/rules/pipe');
    home.remove('etc/rules/directory', 'etc/rules/large-directory');
    for (const name of ['directory', 'large-directory']) mkdirSync(join(home.path, 'etc/rules', name));
    execFileSync('mkfifo', [join(home.path, 'etc/rules/pipe')]);
    symlinkSync('good', join(home.path, 'etc/rules/link'));
    const { left, bytes } = await packed(home, comparison);
    const replaced = ['directory', 'large-directory', 'pipe'];
    const changed = ['changed', 'grown', 'shrunk', 'gone', 'large', 'large-grown', ...replaced];
    assert.deepEqual(
      left.filter(({ why }) => why === 'changed').map(({ path }) => path),
      changed.map((name) => `etc/rules/${name}`),
    );
    const link = left.find(({ path }) => path === 'etc/rules/link');
    assert.match(JSON.stringify(link?.why), /links are not followed/);
    assert.deepEqual(await listed(bytes), ['etc/rules/good']);
  });

  test('a file that the disk does not give is told of by its name, and the others travel', async () => {
    const files: Contents = {
      'etc/rules/a': 'a',
      'etc/rules/bad': 'before',
      'etc/rules/bad-large': NOISE,
      'etc/rules/z': LINES,
    };
    using home = new Home(files, IN_MEMORY);
    const file = join(home.path, 'out.zip');
    const source: ReadFileSystem = {
      ...realReadFileSystem,
      // Nothing is at its first address: a read fails as at a bad sector.
      open: (path) =>
        path.includes('bad') ? openSync('/proc/self/mem', 'r') : realReadFileSystem.open(path),
    };
    const order = { home: home.path, comparison: comparisonOf({ missing: files }), file, level: 1 };
    const { left, files: count } = await packWazuh4({ ...order, limitBytes: LIMIT }, () => false, source);
    assert.deepEqual(
      left.map(({ path }) => path),
      ['etc/rules/bad', 'etc/rules/bad-large'],
    );
    for (const { why } of left) assert.match(JSON.stringify(why), /"problem":"EIO: /);
    assert.equal(count, 2);
    assert.deepEqual(await listed(readFileSync(file)), ['etc/rules/a', 'etc/rules/z']);
  });

  describe('a file that cannot be opened', () => {
    const files: Contents = { 'etc/rules/a': 'a', 'etc/rules/b': LINES, 'etc/rules/c': 'c' };
    /** Packs them, where some of them cannot be opened. */
    async function packRefusing(code: string, isRefused: (path: string) => boolean) {
      const home = new Home(files, IN_MEMORY);
      const file = join(home.path, 'out.zip');
      const source: ReadFileSystem = {
        ...realReadFileSystem,
        open: (path) => {
          if (isRefused(path)) throw refusal(code, 'open');
          return realReadFileSystem.open(path);
        },
      };
      const order = { home: home.path, comparison: comparisonOf({ missing: files }), file, level: 1 };
      const report = packWazuh4({ ...order, limitBytes: LIMIT }, () => false, source);
      return { home, file, report };
    }

    for (const code of ['EIO', 'EMFILE', 'EACCES'])
      test(`(${code}) is told of, and the others travel`, async () => {
        const { home, file, report } = await packRefusing(code, (path) => path.endsWith('b'));
        using _ = home;
        const { left } = await report;
        assert.deepEqual(left, [{ path: 'etc/rules/b', why: { problem: `${code}: refused, open` } }]);
        assert.deepEqual(await listed(readFileSync(file)), ['etc/rules/a', 'etc/rules/c']);
      });

    for (const code of ['EIO', 'EMFILE'])
      test(`(${code}) is 3119 where no other can be either, by the name of the first, and nothing is left`, async () => {
        const { home, file, report } = await packRefusing(code, () => true);
        using _ = home;
        await assert.rejects(report, { code: 3119, message: new RegExp(`etc/rules/a: ${code}`) });
        assert.throws(() => statSync(file), { code: 'ENOENT' });
      });

    test('because of what it is itself is left out, also where there is no other', async () => {
      const { home, report } = await packRefusing('EACCES', () => true);
      using _ = home;
      const { left, files: count } = await report;
      assert.deepEqual([left.length, count], [3, 0]);
    });
  });

  test('where the disk gives no file that can be opened, that is 3119', async () => {
    using home = new Home({ 'etc/rules/a': 'a', 'etc/rules/b': LINES }, IN_MEMORY);
    const order = {
      home: home.path,
      comparison: comparisonOf({ missing: { 'etc/rules/a': 'a', 'etc/rules/b': LINES } }),
      level: 1,
      limitBytes: LIMIT,
      file: join(home.path, 'out.zip'),
    };
    const source = { ...realReadFileSystem, open: () => openSync('/proc/self/mem', 'r') };
    await assert.rejects(
      packWazuh4(order, () => false, source),
      { code: 3119, message: /etc\/rules\/a: EIO/ },
    );
  });

  test('of a file that cannot be read to its end nothing is in the package', async () => {
    const files: Contents = { 'etc/rules/a': 'a', 'etc/rules/bad': NOISE, 'etc/rules/z': 'z' };
    using home = new Home(files, IN_MEMORY);
    const file = join(home.path, 'out.zip');
    let looks = 0;
    const source: ReadFileSystem = {
      ...realReadFileSystem,
      fstat(descriptor) {
        const stats = realReadFileSystem.fstat(descriptor);
        if (stats.size !== BigInt(NOISE.length)) return stats;
        looks += 1;
        if (looks < 2) return stats;
        throw new Error('EIO: i/o error, fstat');
      },
    };
    const order = { home: home.path, comparison: comparisonOf({ missing: files }), file, level: 1 };
    const { left } = await packWazuh4({ ...order, limitBytes: LIMIT }, () => false, source);
    assert.deepEqual(left, [{ path: 'etc/rules/bad', why: { problem: 'EIO: i/o error, fstat' } }]);
    assert.deepEqual(await listed(readFileSync(file)), ['etc/rules/a', 'etc/rules/z']);
  });

  test('a package that cannot be written is told of by its path, and nothing is left', async () => {
    using home = new Home({ 'etc/rules/a': 'a' }, IN_MEMORY);
    const order = {
      home: home.path,
      comparison: comparisonOf({ missing: { 'etc/rules/a': 'a' } }),
      level: 1,
      limitBytes: LIMIT,
    };
    const file = join(home.path, 'absent/out.zip');
    await assert.rejects(packWazuh4({ ...order, file }), {
      code: 3001,
      detail: `${file}: there is no such file or directory (ENOENT)`,
    });
    const bad = join(home.path, 'out.zip');
    await assert.rejects(packWazuh4({ ...order, file: bad, level: 99 }), { code: 3001 });
    assert.ok(!readdirSync(home.path).includes('out.zip'));
  });
});

describe('a stream of zlib', () => {
  test('ends with what the taker throws, and nothing comes behind it', async () => {
    let pieces = 0;
    const pump = new Pump(createDeflate({ level: 0 }), () => {
      pieces += 1;
      throw new RangeError('no room');
    });
    const feeding = (async () => {
      for (;;) await pump.feed(Buffer.alloc(100_000));
    })();
    await assert.rejects(feeding, /no room/);
    await assert.rejects(pump.feed(Buffer.alloc(1)));
    pump.close();
    assert.equal(pieces, 1);
  });

  test('gives what was fed', async () => {
    const out: Buffer[] = [];
    const stream = createDeflate();
    const pump = new Pump(stream, (piece) => out.push(piece));
    for (let at = 0; at < NOISE.length; at += 100_000)
      await pump.feed(Buffer.from(NOISE.slice(at, at + 100_000)));
    const listeners = stream.eventNames().map((name) => stream.listenerCount(name));
    assert.ok(Math.max(...listeners) < 5, 'however many pieces, nobody more listens');
    await pump.finish();
    pump.close();
    assert.equal(inflateSync(Buffer.concat(out)).toString(), NOISE);
  });
});

test('a round between two homes, from list to applied set, in the threads of the pool', async () => {
  const before = {
    'etc/rules/kept': 'kept',
    'etc/rules/changed': 'old',
    'etc/shared/g/gone': 'gone',
    'etc/client.keys': 'k',
  };
  const wanted = {
    'etc/rules/kept': 'kept',
    'etc/rules/changed': 'new',
    'etc/rules/d/large': NOISE,
    'etc/client.keys': 'k',
    'etc/rules/ä b': 'x',
  };
  using master = new Home(wanted, IN_MEMORY);
  using worker = new Home(before, IN_MEMORY);
  const [from, to] = [await scanned(master.path, pool), await scanned(worker.path, pool)];
  const list = join(worker.path, 'queue/cluster/list.zip');
  const { sizeBytes } = await pool.runSticky('writeWazuh4List', { index: to.number, path: list, level: 1 });
  assert.equal(sizeBytes, statSync(list).size);

  const round = await pool.runSticky('openWazuh4Round', {
    index: from.number,
    home: master.path,
    config: filesConfig,
    file: list,
    limitBytes: LIMIT,
  });
  assert.deepEqual([round.received, round.missing, round.shared, round.extra], [4, 2, 1, 1]);
  const file = join(worker.path, 'queue/cluster/set.zip');
  const order = { round: round.round, home: master.path, file, level: 1, limitBytes: LIMIT };
  const { left } = await pool.runSticky('packWazuh4Round', order);
  await pool.runSticky('closeRound', { round: round.round, late: [] });
  assert.deepEqual(left, []);

  const directory = join(worker.path, STAGING);
  mkdirSync(directory, { recursive: true });
  const { late, ...counts } = await pool.runSticky('stageWazuh4', { file, directory, config: filesConfig });
  assert.deepEqual(counts, { missing: 2, shared: 1, extra: 1, skipped: [] });
  assert.deepEqual(late, []);
  const { home, config } = { home: worker.path, config: filesConfig };
  await pool.runSticky('applyWazuh4', { home, config, staging: STAGING });
  assert.deepEqual(worker.read(), wanted);
  assert.equal(statSync(join(worker.path, 'etc/rules/d/large')).mode & 0o777, 0o660);
  const again = new FileIndex({ home: worker.path, config: filesConfig, pool });
  await again.scan();
  assert.equal(again.digest, from.digest);
  const gone = pool.runSticky('applyWazuh4', { home, config, staging: STAGING });
  await assert.rejects(gone, { code: 1000 }, 'it is applied once');
});
