import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { FileIndex } from '../../src/files/index.ts';
import { FilePool } from '../../src/files/pool.ts';
import { arrivedManifest, type Contents, filesConfig, Home, staged } from './fixture.ts';

const pool = new FilePool({ threads: 2 });
after(() => pool.close());

/** The longest path that may travel: names of 255 bytes, 3,583 bytes in all. */
const LONGEST = `etc/rules/${`${'d'.repeat(255)}/`.repeat(13)}${'f'.repeat(245)}`;
const legal: [what: string, path: string][] = [
  ['spaces, at both ends too', 'etc/rules/ two words '],
  ['a line feed', 'etc/rules/two\nlines'],
  ['a tab and an escape', 'etc/rules/\t\u001b[31mred'],
  ['a leading dash', 'etc/rules/-rf'],
  ['a leading dash in a directory', 'etc/rules/--help/-n'],
  ['accents, composed', 'etc/rules/caf\u00e9'],
  ['accents, combined', 'etc/rules/cafe\u0301'],
  ['other scripts', 'etc/rules/文件-файл-\u{1f600}'],
  ['a leading dot', 'etc/rules/.hidden'],
  ['only dots', 'etc/rules/...'],
  ['a name that objects have', 'etc/rules/__proto__'],
  ['quotes and wildcards', 'etc/rules/"\'*?[$(x)]'],
  ['255 bytes of ASCII', `etc/rules/${'n'.repeat(255)}`],
  ['255 bytes of three each', `etc/rules/${'文'.repeat(85)}`],
  ['the longest path', LONGEST],
];

async function sync(master: Home, worker: Home): Promise<void> {
  const { staging, manifest } = await staged(master.path, worker.path, pool);
  const { problems } = await staging.commit(arrivedManifest(worker.path, manifest));
  await staging.discard();
  assert.deepEqual(problems, []);
}

for (const [what, path] of legal) {
  test(`a name with ${what} is created, updated and removed on the worker as it is`, async () => {
    using master = new Home({ [path]: 'first' });
    using worker = new Home();
    for (const contents of [{ [path]: 'first' }, { [path]: 'second' }, {}] as Contents[]) {
      if (Object.keys(contents).length === 0) master.remove(path);
      else master.write(contents);
      await sync(master, worker);
      assert.deepEqual(worker.read(), contents);
    }
  });
}

/** Makes a file of a name that is no text. */
function writeBytes(home: Home, name: Buffer): void {
  mkdirSync(join(home.path, 'etc/rules'), { recursive: true });
  writeFileSync(Buffer.concat([Buffer.from(join(home.path, 'etc/rules/')), name]), 'x');
}

const illegal: [what: string, make: (home: Home) => void, named: RegExp][] = [
  ['bytes that are not UTF-8', (home) => writeBytes(home, Buffer.from([0x61, 0xff, 0xfe])), /a\ufffd/],
  ['half a surrogate pair as bytes', (home) => writeBytes(home, Buffer.from([0xed, 0xa0, 0x80])), /\ufffd/],
  ['a backslash', (home) => home.write({ 'etc/rules/a\\b': 'x' }), /a\\b/],
  ['a path of more than 3,583 bytes', (home) => home.write({ [`${LONGEST}x`]: 'x' }), /fx$/],
  [
    'a directory beyond 3,583 bytes',
    (home) => home.write({ [`${dirname(LONGEST)}/${'e'.repeat(250)}/x`]: 'x' }),
    /e\/$/,
  ],
  [
    '65 directories within each other',
    (home) => home.write({ [`etc/rules/${'d/'.repeat(65)}x`]: 'x' }),
    /d\/$/,
  ],
  [
    'a directory that is not UTF-8',
    (home) => {
      writeBytes(home, Buffer.from('good'));
      mkdirSync(Buffer.concat([Buffer.from(join(home.path, 'etc/rules/')), Buffer.from([0xff])]));
    },
    /\ufffd$/,
  ],
];
for (const [what, make, named] of illegal) {
  test(`a name with ${what} is left out and reported once, and everything else is synchronised`, async () => {
    using master = new Home({ 'etc/rules/good': 'x' });
    make(master);
    const index = new FileIndex({ home: master.path, config: filesConfig, pool });
    const [first, second] = [await index.scan(), await index.scan()];
    assert.equal(first.newProblems.length, 1);
    assert.match(first.newProblems[0]?.path ?? '', named);
    assert.deepEqual([second.problems.length, second.newProblems], [1, []]);
    assert.deepEqual([...(await index.list()).keys()], ['etc/rules/good']);
    using worker = new Home();
    await sync(master, worker);
    assert.deepEqual(worker.read(), { 'etc/rules/good': 'x' });
  });
}
