import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { digestOf } from '../../../src/files/digest.ts';
import { unpack } from '../../../src/files/package.ts';
import { stagePackage } from '../../../src/files/stage.ts';
import { readZip } from '../../../src/files/zip.ts';
import { framesOf } from '../../../src/files/zip-frame.ts';
import { filesConfig, IN_MEMORY } from '../../files/fixture.ts';
import { readOrRefuse, type Target } from '../target.ts';

const CODES = [3112, 3113, 3114, 3115];
const HASH = /^[0-9a-f]{128}$/;
const LIST_END = Buffer.from('\n--content--\n');

/** A package of this list and content whose checksums are right, whatever they say. */
function sealed(list: Uint8Array, content: Uint8Array): Buffer {
  const entries = [
    { name: 'files_metadata.json', content: list },
    { name: 'content', content },
  ];
  const frames = framesOf(entries);
  return Buffer.concat(
    [frames[0] ?? '', list, frames[1] ?? '', content, frames[2] ?? ''].map((part) => Buffer.from(part)),
  );
}

/**
 * An input is a package, or, if it begins with `L`, a list, a line that ends it, and a content, which are sealed first:
 * without that hardly any mutation would get past the checksums.
 */
function packageOf(input: Uint8Array): Uint8Array {
  const bytes = Buffer.from(input);
  if (bytes[0] !== 0x4c) return bytes;
  const end = bytes.indexOf(LIST_END);
  if (end < 0) return sealed(bytes.subarray(1), Buffer.alloc(0));
  return sealed(bytes.subarray(1, end), bytes.subarray(end + LIST_END.length));
}

const unsealed = (list: object, content: Uint8Array) =>
  Uint8Array.from(Buffer.concat([Buffer.from(`L${JSON.stringify(list)}`), LIST_END, content]));

const path = fc.oneof(
  fc.constantFrom(
    'etc/rules/a',
    'etc/rules/b/c',
    '../x',
    '/etc/passwd',
    'a\\b',
    'etc/rules/\0',
    'etc/rules/A',
    'etc/rules/\u0065\u0301',
  ),
  fc.string({ unit: 'binary', maxLength: 20 }),
);
const packages = fc
  .record({
    files: fc.array(fc.record({ path, content: fc.string({ maxLength: 100 }) }), { maxLength: 5 }),
    isDeflated: fc.boolean(),
    lie: fc.constantFrom(null, null, null, 'size', 'hash', 'version', 'more'),
  })
  .map(({ files, isDeflated, lie }) => {
    const content = Buffer.from(files.map((file) => file.content).join(''));
    const list = files.map((file) => ({
      path: file.path,
      size: Buffer.byteLength(file.content) + (lie === 'size' ? 1 : 0),
      hash: digestOf(Buffer.from(lie === 'hash' ? `${file.content}x` : file.content)),
    }));
    const more = lie === 'more' ? { more: 1 } : {};
    const head = {
      version: lie === 'version' ? 2 : 1,
      encoding: isDeflated ? 'deflate' : 'identity',
      files: list,
      ...more,
    };
    return unsealed(head, isDeflated ? deflateSync(content) : content);
  });

const plain = (files: Record<string, string>) =>
  unsealed(
    {
      version: 1,
      encoding: 'identity',
      files: Object.entries(files).map(([name, content]) => ({
        path: name,
        size: content.length,
        hash: digestOf(Buffer.from(content)),
      })),
    },
    Buffer.from(Object.values(files).join('')),
  );

/** What is accepted is byte for byte what its list and content make: nothing hides between them. */
function assertCanonical(bytes: Uint8Array, staged: readonly string[]): void {
  assert.deepEqual(new Set(unpack(bytes).map(({ file }) => file.hash)), new Set(staged));
  const [list, content] = readZip(bytes, ['files_metadata.json', 'content']) as [Uint8Array, Uint8Array];
  assert.ok(sealed(list, content).equals(bytes));
}

/** What a worker stages of a package: every content under its digest, or nothing; and nothing anywhere else. */
export const packageTarget: Target = {
  name: 'package',
  maxMemoryBytes: 64 * 1024 * 1024,
  samples: async () => {
    const good = [
      plain({ 'etc/rules/a': 'alpha' }),
      plain({ 'etc/rules/a': 'alpha', 'etc/rules/b': '', 'etc/shared/c': 'gamma' }),
    ];
    return [
      ...good,
      ...good.map((input) => packageOf(input)),
      ...fc.sample(packages, { seed: 1, numRuns: 20 }),
    ];
  },
  generated: packages,
  async run(input) {
    const bytes = packageOf(input);
    const home = mkdtempSync(join(IN_MEMORY, 'muster-fuzz-'));
    try {
      const [file, part, directory] = [join(home, 'p.zip'), join(home, 'p.part'), join(home, 'staging')];
      mkdirSync(directory);
      writeFileSync(file, bytes);
      const outcome = await readOrRefuse(CODES, () =>
        stagePackage({ file, directory, part, config: filesConfig }),
      );
      const staged = readdirSync(directory);
      for (const name of staged) {
        assert.match(name, HASH);
        assert.equal(digestOf(readFileSync(join(directory, name))), name);
      }
      const isTaken = 'result' in outcome;
      assert.deepEqual(readdirSync(home).toSorted(), [isTaken ? 'p.part' : 'p.zip', 'staging']);
      if (!isTaken) assert.deepEqual(staged, [], 'nothing is written of a package that is refused');
      else assertCanonical(bytes, [...outcome.result.keys()]);
    } finally {
      rmSync(home, { recursive: true });
    }
  },
};
