import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { digestOf } from '../../../src/files/digest.ts';
import { WAZUH4_WHOLE_ENTRY_BYTES } from '../../../src/files/wazuh4/limits.ts';
import { packWazuh4 } from '../../../src/files/wazuh4/pack.ts';
import { SeparatorSearch } from '../../../src/files/wazuh4/separator-search.ts';
import { Home, IN_MEMORY } from '../fixture.ts';
import { metadataOf, zlib } from './packages.ts';
import { splitPackage } from './split.ts';

const SEPARATOR = '|@@//@@|';
/** What is stored as it is: the beginning, by which a large content is judged, does not compress. */
const NOISE = randomBytes(2 * WAZUH4_WHOLE_ENTRY_BYTES);
const SMALL_NOISE = NOISE.subarray(0, 100_000);
const LINES = Buffer.from(`a line with ${SEPARATOR} in it\n`.repeat(1000));

/** Packs these files; returns what an original finds, and what was left out. */
async function packed(files: Record<string, Buffer>, level = 1) {
  using home = new Home({}, IN_MEMORY);
  const missing = new Map();
  for (const [name, content] of Object.entries(files)) {
    home.write({ [`etc/rules/${name}`]: '' });
    writeFileSync(join(home.path, 'etc/rules', name), content);
    const metadata = { ...metadataOf(''), hash: digestOf(content), size: content.length };
    missing.set(`etc/rules/${name}`, metadata);
  }
  const file = join(home.path, 'out.zip');
  const comparison = { missing, shared: new Map(), extra: new Map() };
  const { left, files: count } = await packWazuh4({
    home: home.path,
    comparison,
    file,
    level,
    limitBytes: 2 ** 30,
  });
  const contents = splitPackage(readFileSync(file));
  const list = JSON.parse(contents.get('files_metadata.json')?.toString() ?? '');
  contents.delete('files_metadata.json');
  assert.deepEqual([...contents.keys()], Object.keys(list.missing), 'the list names what is there');
  assert.equal(count, contents.size);
  for (const [path, content] of contents) assert.equal(digestOf(content), missing.get(path).hash, path);
  return { paths: [...contents.keys()], left };
}

describe('a package that an original splits by its separator', () => {
  test('has a large file that begins with noise and holds the separator, compressed', async () => {
    const good = Buffer.from('good');
    const { paths, left } = await packed({ a: good, big: Buffer.concat([NOISE, LINES]), z: good });
    assert.deepEqual([paths, left], [['etc/rules/a', 'etc/rules/big', 'etc/rules/z'], []]);
  });

  test('does not have a file that holds the separator in the midst of noise, large or small, and has the others', async () => {
    const good = Buffer.from('good');
    const noise = (bytes: Buffer) => Buffer.concat([bytes, Buffer.from(SEPARATOR), bytes]);
    const files = { a: good, big: noise(NOISE), b: good, small: noise(SMALL_NOISE), z: good, large: NOISE };
    const { paths, left } = await packed(files);
    assert.deepEqual(paths, ['etc/rules/a', 'etc/rules/b', 'etc/rules/z', 'etc/rules/large']);
    assert.deepEqual(left, [
      { path: 'etc/rules/big', why: 'separator' },
      { path: 'etc/rules/small', why: 'separator' },
    ]);
  });

  test('has a small file with the separator where nothing is to be compressed', async () => {
    const { paths, left } = await packed({ lines: LINES, good: Buffer.from('good') }, 0);
    assert.deepEqual([paths, left], [['etc/rules/lines', 'etc/rules/good'], []]);
  });

  test('is looked through wherever the separator lies: between pieces of a file, of a stream, and of the package', async () => {
    for (const at of [65_535, 262_144, 4_194_304 - 40])
      for (let shift = -7; shift <= 0; shift += 1) {
        const content = at > NOISE.length ? Buffer.concat([NOISE, NOISE, NOISE]) : Buffer.from(NOISE);
        content.write(SEPARATOR, at + shift);
        const { left } = await packed({ big: content });
        assert.ok(left.length <= 1, `${at} ${shift}`);
      }
  });
});

describe('the search for a separator', () => {
  test('finds the first, however what it sees is cut', () => {
    const text = fc
      .array(fc.constantFrom('|', '@', '/', '@@', '//', SEPARATOR, '|@@//@@', 'x'), { maxLength: 12 })
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(text, fc.array(fc.integer({ min: 0, max: 12 }), { maxLength: 20 }), (whole, sizes) => {
        const search = new SeparatorSearch();
        search.see(Buffer.from(SEPARATOR));
        search.restart();
        let rest = Buffer.from(whole);
        for (const size of sizes) {
          search.see(rest.subarray(0, size));
          rest = rest.subarray(size);
        }
        const first = whole.indexOf(SEPARATOR);
        assert.equal(search.endingWith(rest), first < 0 ? null : first);
      }),
      { numRuns: 2000 },
    );
  });
});

test('the reader that splits stumbles where an original does', () => {
  const list = [Buffer.from('files_metadata.json|//@@//|'), zlib('{}')];
  const entry = (stream: Buffer) =>
    Buffer.concat([Buffer.from('a|//@@//|'), stream, Buffer.from(SEPARATOR), ...list]);
  assert.equal(
    splitPackage(entry(zlib('x')))
      .get('a')
      ?.toString(),
    'x',
  );
  assert.throws(() => splitPackage(entry(zlib(SEPARATOR, 0))));
});
