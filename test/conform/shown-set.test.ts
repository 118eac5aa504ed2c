import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { deflateSync } from 'node:zlib';
import { LIST_HEAD, listIn } from '../../src/conform/show.ts';

const files = { 'etc/rules/a.xml': { hash: 'a' } };
const forms = [
  ['a file', false, (text: string) => Buffer.from(text)],
  ['the last entry of a package', true, (text: string) => Buffer.concat([LIST_HEAD, deflateSync(text)])],
] as const;

describe('the set that a master says that it has sent', () => {
  for (const [form, isPackage, packed] of forms) {
    const read = (manifest: unknown) => listIn(packed(JSON.stringify(manifest)), isPackage);

    it(`is what is missing at who has nothing, in ${form}; not known if more is to follow`, () => {
      assert.deepEqual(read({ missing: files }), files);
      assert.deepEqual(read({ missing: files, deferred: 0 }), files);
      assert.equal(read({ missing: files, deferred: 2 }), null);
    });

    for (const manifest of [{}, { missing: null }, { missing: [] }, { missing: 'all' }, [], 7, null])
      it(`is none if ${form} says ${JSON.stringify(manifest)}: 3036`, () => {
        assert.throws(() => read(manifest), { code: 3036, message: /`missing` is no list of files/ });
      });

    it(`is none if ${form} is no JSON: 3036`, () => {
      assert.throws(() => listIn(packed('no list'), isPackage), { code: 3036 });
    });
  }
});
