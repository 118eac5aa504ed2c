import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ListScan } from '../../src/files/list-scan.ts';
import { decodeManifest, decodeMetadata, encodeManifest, encodeMetadata } from '../../src/files/manifest.ts';
import type { FileMetadata } from '../../src/files/metadata.ts';

const MIB = 1024 * 1024;
const file = (number: number): FileMetadata => ({
  mod_time: number + 0.5,
  cluster_item_key: 'etc/rules/',
  merged: true,
  merge_type: 'agent-groups',
  merge_name: `etc/"quoted"\\${number}`,
  hash: number.toString(16).padStart(128, '0'),
  size: number,
});
const many = (count: number) =>
  new Map(Array.from({ length: count }, (_, i) => [`etc/rules/a directory {[,:]} "${i}" ñ`, file(i)]));
/** As many items as fit into so many bytes. */
const filled = (open: string, item: string, close: string, bytes: number) =>
  Buffer.from(open + `${item},`.repeat(Math.floor(bytes / (item.length + 1))) + item + close);

describe('the look at a list of files before it is parsed', () => {
  it('lets pass what a node sends: whatever the paths look like, as many as a set may have', () => {
    const files = many(131_072);
    assert.equal(decodeMetadata(encodeMetadata(files)).size, files.size);
    const manifest = { missing: many(1_000), shared: new Map(), extra: many(1_000), deferred: 3 };
    assert.deepEqual(decodeManifest(encodeManifest(manifest)), manifest);
  });

  for (const [what, bytes, code] of [
    ['arrays', filled('[', '[]', ']', 64 * MIB - 8), 3113],
    ['empty maps', filled('[', '{}', ']', 64 * MIB - 8), 3113],
    ['numbers', filled('[', '1.5', ']', 64 * MIB - 8), 3113],
    ['paths of nothing', filled('{', '"p":0', '}', 64 * MIB - 8), 3113],
    ['fields of one file', filled('{"p":{', '"size":1', '}}', 64 * MIB - 32), 3113],
    ['arrays that never close', Buffer.alloc(64 * MIB, '['), 3113],
    ['maps within a file', Buffer.from('{"p":{"size":{"size":1}}}'), 3113],
    ['fields that no file has', Buffer.from('{"p":{"other":1}}'), 3036],
    ['fields that begin as one', Buffer.from('{"p":{"siz":1}}'), 3036],
    ['brackets that close nothing', Buffer.from(`]]]]${'['.repeat(1_000)}`), 3036],
    ['a text that does not end', Buffer.from('{"p\\'), 3036],
    ['a backslash at the very end', Buffer.from('{"p":{"size\\'), 3036],
  ] as const) {
    it(`refuses a list of ${what} with ${code}, at once`, () => {
      assert.throws(() => decodeMetadata(bytes), { code });
    });
  }

  it('holds a manifest to the same, one level further in', () => {
    const group = filled('[', '[]', ']', 32 * MIB);
    assert.throws(
      () => decodeManifest(Buffer.concat([Buffer.from('{"missing":'), group, Buffer.from('}')])),
      { code: 3113 },
    );
    assert.throws(() => decodeManifest(Buffer.from('{"missing":{"p":{"size":{}}}}')), { code: 3113 });
    assert.throws(() => decodeManifest(Buffer.from('{"missing":{"p":{"other":1}}}')), { code: 3036 });
    assert.throws(
      () =>
        decodeManifest(
          Buffer.from('{"missing":{"p":{"mod_time":1e999}},"shared":{},"extra":{},"deferred":0}'),
        ),
      { code: 3108 },
    );
    assert.throws(() => decodeMetadata(Buffer.from('{"p":{"mod_time":-1e999}}')), { code: 3108 });
  });

  it('stops at the first violation', () => {
    const scan = new ListScan({ tokens: [1, 2], fields: ['a'], maxFiles: 7 });
    scan.check(Buffer.from('{"a":1,"a"'));
    assert.throws(() => scan.check(Buffer.from('{"a":1,"a":')), { code: 3113, detail: /than 7 files have/ });
    assert.throws(() => scan.check(Buffer.from('{"b"')), { code: 3036 });
  });

  it('names the field that no file has, and of a long name the beginning', () => {
    const scan = new ListScan({ tokens: [1, 9], fields: ['a'], maxFiles: 7 });
    assert.throws(() => scan.check(Buffer.from('{"evil":1')), { code: 3036, detail: /no file has: "evil"$/ });
    const long = `{"${'x'.repeat(1_000_000)}":1`;
    assert.throws(() => scan.check(Buffer.from(long)), { code: 3036, detail: /no file has: "x{64}"$/ });
  });
});
