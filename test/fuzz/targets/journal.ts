import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { digestOf } from '../../../src/files/digest.ts';
import { JOURNAL_FILE, STAGING_DIRECTORY } from '../../../src/files/journal.ts';
import { realFileSystem } from '../../../src/files/ports.ts';
import { recover } from '../../../src/files/recover.ts';
import { filesConfig, IN_MEMORY } from '../../files/fixture.ts';
import { readOrRefuse, type Target } from '../target.ts';

const STAGING = `${STAGING_DIRECTORY}/t`;
/** No waiting for the disk: that is not what is tried here. */
const fs = { ...realFileSystem, syncDirectory: () => {} };
const STAGED = ['new', 'other', '3 001 2024-01-01 00:00:00+00:00\nabc'].map((content) =>
  Buffer.from(content),
);
const [newHash, otherHash, mergedHash] = STAGED.map(digestOf) as [string, string, string];
/** Files around the synchronised ones, which no journal may touch. */
const BYSTANDERS = [
  '../beside',
  'bin/daemon',
  'etc/ossec.conf',
  'etc/sub/client.keys',
  'queue/other/x',
  'etc/rules/ossec.conf',
];
const OWN = ['etc/rules/a', 'etc/rules/b/c', 'etc/shared/d/e', 'etc/client.keys'];

const paths = fc.constantFrom(
  ...OWN,
  ...BYSTANDERS,
  'etc/rules/new',
  'etc/rules/a/below',
  'etc/shared/agent-groups.merged',
  '../../x',
  '/etc/passwd',
  '.',
  '',
);
const hashes = fc.constantFrom(newHash, otherHash, mergedHash, 'ab'.repeat(64), '../../x');
const journals = fc
  .record({
    version: fc.constantFrom(1, 1, 1, 2),
    staging: fc.constantFrom(STAGING, STAGING, STAGING, `${STAGING_DIRECTORY}/..`, 'etc/rules'),
    puts: fc.array(fc.tuple(paths, hashes, fc.constantFrom(0o660, 0o640, 0o4755)), { maxLength: 4 }),
    early: fc.array(paths, { maxLength: 2 }),
    deletes: fc.array(paths, { maxLength: 3 }),
    emptied: fc.array(fc.constantFrom('etc/shared/d', 'etc/rules', 'queue/cluster', '.'), { maxLength: 2 }),
  })
  .map((journal) => Uint8Array.from(Buffer.from(`J${JSON.stringify(journal)}`)));

const good = {
  version: 1,
  staging: STAGING,
  puts: [
    ['etc/rules/new', newHash, 0o660],
    ['etc/rules/b/c', otherHash, 0o660],
    ['etc/shared/agent-groups.merged', mergedHash, 0o660],
  ],
  early: [],
  deletes: ['etc/rules/a'],
  emptied: ['etc/shared/d'],
};

/** An input is a journal, or, if it begins with `J`, what is to be sealed with its checksum. */
function journalOf(input: Uint8Array): Uint8Array {
  const body = input.subarray(1);
  return input[0] === 0x4a ? Buffer.concat([Buffer.from(`${digestOf(body)}\n`), body]) : input;
}

/** A home that a node left while it applied a set. Returns the directory around it. */
function abandoned(input: Uint8Array): string {
  const around = mkdtempSync(join(IN_MEMORY, 'muster-fuzz-'));
  const home = join(around, 'home');
  const write = (path: string, content: Uint8Array) => {
    mkdirSync(dirname(join(home, path)), { recursive: true });
    writeFileSync(join(home, path), content);
  };
  for (const path of [...OWN, ...BYSTANDERS]) write(path, Buffer.from(`content of ${path}`));
  for (const content of STAGED) write(`${STAGING}/${digestOf(content)}`, content);
  write(JOURNAL_FILE, journalOf(input));
  return around;
}

/** Every file below a directory that is no business of a sync. */
function foreign(around: string): string[] {
  return readdirSync(around, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(around.length + 1))
    .filter(
      (path) =>
        !/^home\/(etc\/(rules|shared)\/|etc\/client\.keys$|queue\/(cluster|agent-groups)\/)/.test(path),
    )
    .toSorted();
}

/** What a node does with whatever stands in its journal: what a sync may do, or nothing. */
export const journalTarget: Target = {
  name: 'journal',
  maxMemoryBytes: 32 * 1024 * 1024,
  samples: async () => {
    const sealed = Uint8Array.from(Buffer.from(`J${JSON.stringify(good)}`));
    return [sealed, journalOf(sealed), ...fc.sample(journals, { seed: 1, numRuns: 30 })];
  },
  generated: journals,
  async run(input) {
    const around = abandoned(input);
    const home = join(around, 'home');
    try {
      const before = foreign(around);
      await readOrRefuse([3119, 3128], () => recover(home, filesConfig, fs));
      assert.deepEqual(foreign(around), before, 'nothing came or went elsewhere');
      for (const path of BYSTANDERS) {
        assert.equal(readFileSync(join(home, path), 'utf8'), `content of ${path}`, path);
      }
      assert.equal(
        existsSync(join(home, JOURNAL_FILE)),
        false,
        'no journal stands in the way of the next start',
      );
      assert.equal((await recover(home, filesConfig, fs)).message, '', 'there is nothing left to do');
    } finally {
      rmSync(around, { recursive: true });
    }
  },
};
