import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { digestOf } from '../../../src/files/digest.ts';
import { realFileSystem } from '../../../src/files/ports.ts';
import { stageWazuh4Package } from '../../../src/files/wazuh4/stage.ts';
import { filesConfig, IN_MEMORY } from '../../files/fixture.ts';
import { type Entry, LIST, listOf, packageOf, zlib } from '../../files/wazuh4/packages.ts';
import { readOrRefuse, type Target } from '../target.ts';

const CODES = [3036, 3112, 3113, 3114, 3115];
const HASH = /^[0-9a-f]{128}$/;
/** Small enough that small inputs reach it. */
const MAX_CONTENT_BYTES = 1_000_000;

const path = fc.oneof(
  fc.constantFrom('etc/rules/a', 'etc/rules/b/c', '../x', '/etc/passwd', 'a\\b', 'etc/rules/\0', LIST),
  fc.string({ unit: 'binary', maxLength: 20 }).map((text) => text.toWellFormed()),
);
const content = fc.oneof(
  fc.string({ maxLength: 100 }),
  fc.constantFrom('|@@//@@|', '|//@@//|', 'x'.repeat(2_000_000)),
);
const packages = fc
  .record({
    files: fc.array(fc.record({ path, content, level: fc.integer({ min: 0, max: 9 }) }), { maxLength: 5 }),
    lie: fc.constantFrom(null, null, null, 'hash', 'less', 'more'),
  })
  .map(({ files, lie }) => {
    const named = lie === 'less' ? files.slice(1) : files;
    const listed = named.map((file) => [file.path, lie === 'hash' ? `${file.content}x` : file.content]);
    const more = lie === 'more' ? [['etc/rules/more', 'more']] : [];
    const entries = files.map((file): Entry => [file.path, zlib(file.content, file.level)]);
    const list = listOf({ missing: Object.fromEntries([...listed, ...more]) });
    return Uint8Array.from(packageOf(...entries, list));
  });

/** An input that begins with `L` is entries of which each stream is packed first: hardly a mutation gets past zlib otherwise. */
function bytesOf(input: Uint8Array): Uint8Array {
  if (input[0] !== 0x4c) return input;
  const parts = Buffer.from(input.subarray(1)).toString('latin1').split('\n');
  const entries: Entry[] = [];
  for (let i = 0; i + 1 < parts.length; i += 2)
    entries.push([Buffer.from(parts[i] ?? '', 'latin1'), zlib(Buffer.from(parts[i + 1] ?? '', 'latin1'))]);
  return packageOf(...entries);
}
const list = (files: object) => JSON.stringify({ missing: files, extra: {}, shared: {} });
const known = {
  'etc/rules/a': {
    mod_time: 1.5,
    cluster_item_key: 'etc/rules/',
    merged: false,
    hash: digestOf(Buffer.from('alpha')),
  },
};

/** What a worker stages of an original's package: contents that the list names, each under its digest, or nothing. */
export const wazuh4PackageTarget: Target = {
  name: 'wazuh4-package',
  maxMemoryBytes: 64 * 1024 * 1024,
  samples: async () => [
    ...fc.sample(packages, { seed: 1, numRuns: 30 }),
    Buffer.from(`Letc/rules/a\nalpha\n${LIST}\n${list(known)}`),
    Buffer.from(`L${LIST}\n${list({})}`),
  ],
  generated: packages,
  async run(input) {
    const home = mkdtempSync(join(IN_MEMORY, 'muster-fuzz-'));
    try {
      const [file, directory] = [join(home, 'p.zip'), join(home, 'staging')];
      mkdirSync(directory);
      writeFileSync(file, bytesOf(input));
      const order = { file, directory, config: filesConfig };
      const outcome = await readOrRefuse(CODES, () =>
        stageWazuh4Package(order, realFileSystem, () => MAX_CONTENT_BYTES),
      );
      const staged = readdirSync(directory);
      let sizeBytes = 0;
      for (const name of staged) {
        const bytes = readFileSync(join(directory, name));
        assert.match(name, HASH);
        assert.equal(digestOf(bytes), name);
        sizeBytes += bytes.length;
      }
      assert.ok(sizeBytes <= MAX_CONTENT_BYTES);
      assert.deepEqual(
        readdirSync(home).toSorted(),
        ['p.zip', 'staging'],
        'nothing is written anywhere else',
      );
      if ('refused' in outcome) assert.deepEqual(staged, [], 'nothing is left of a package that is refused');
      else {
        const { missing, shared } = outcome.result.manifest;
        const wanted = new Set([...missing.values(), ...shared.values()].map(({ hash }) => hash));
        assert.deepEqual(new Set(staged), wanted);
      }
    } finally {
      rmSync(home, { recursive: true });
    }
  },
};
