import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WAZUH4_MAX_UNFIT_CONTENTS } from '../../../src/files/wazuh4/limits.ts';
import { UnfitContents } from '../../../src/files/wazuh4/unfit-contents.ts';
import { metadataOf } from './packages.ts';

const wanting = (path: string, content: string) => ({
  missing: new Map([[path, metadataOf(content)]]),
  shared: new Map([[`${path}-too`, metadataOf(content)]]),
  extra: new Map([[path, metadataOf(content)]]),
});

test('a file is left out while it has the content that fits nowhere; others of that content, and what is removed, are not', () => {
  const contents = new UnfitContents();
  contents.add('a', metadataOf('x').hash);
  const { comparison, withheld } = contents.without(wanting('a', 'x'));
  assert.deepEqual([[...comparison.missing.keys()], [...comparison.shared.keys()]], [[], ['a-too']]);
  assert.deepEqual([[...comparison.extra.keys()], withheld], [['a'], 1]);
  assert.equal(contents.without(wanting('a', 'y')).withheld, 0);
  contents.add('a-too', metadataOf('x').hash);
  assert.equal(contents.without(wanting('a', 'x')).withheld, 2);
});

test('beyond the limit, the one that was found longest ago is forgotten', () => {
  const contents = new UnfitContents();
  const { hash } = metadataOf('x');
  for (let i = 0; i < WAZUH4_MAX_UNFIT_CONTENTS; i += 1) contents.add(`f${i}`, hash);
  assert.equal(contents.without(wanting('f0', 'x')).withheld, 1);
  contents.add('f0', hash);
  contents.add('one more', hash);
  const isKnown = (path: string) => contents.without(wanting(path, 'x')).withheld === 1;
  assert.deepEqual(['f0', 'f1', 'f2', 'one more'].map(isKnown), [true, false, true, true]);
});
