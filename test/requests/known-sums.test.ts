import assert from 'node:assert/strict';
import crypto, { createHash } from 'node:crypto';
import fs, { type FileHandle } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { it, mock } from 'node:test';
import { KnownSums } from '../../src/requests/known-sums.ts';
import { MAX_KNOWN_SUMS, PARALLEL_GROUPS } from '../../src/requests/limits.ts';
import { waitFor } from '../harness/wait-for.ts';
import { MethodsHome } from './fixture.ts';

const SETTLED = { size: 1, mtimeNs: 1n, ctimeNs: 1n, ino: 1n };
const md5 = (text: string) => createHash('md5').update(text).digest('hex');

it('a sum holds while nothing of the file changes, and of too many the first are forgotten', () => {
  const sums = new KnownSums();
  sums.keep('a', { identity: SETTLED, sum: 's' });
  assert.equal(sums.of('a', { ...SETTLED }), 's');
  for (const change of [{ size: 2 }, { mtimeNs: 2n }, { ctimeNs: 2n }, { ino: 2n }]) {
    assert.equal(sums.of('a', { ...SETTLED, ...change }), null);
  }
  const justNow = { ...SETTLED, ctimeNs: BigInt(Date.now()) * 1_000_000n };
  sums.keep('new', { identity: justNow, sum: 's' });
  assert.equal(sums.of('new', justNow), null);
  for (let i = 0; i < MAX_KNOWN_SUMS; i += 1) sums.keep(`f${i}`, { identity: SETTLED, sum: 's' });
  assert.equal(sums.of('a', SETTLED), null);
  assert.equal(sums.of('f0', SETTLED), 's');
});

/** Counts what is done to files while a list is made. */
async function watched<Result>(task: () => Promise<Result>) {
  let open = 0;
  const seen = { result: undefined as Result | undefined, peak: 0, sums: 0 };
  const { open: openFile } = fs;
  const opening = mock.method(fs, 'open', async (...args: Parameters<typeof openFile>) => {
    const file: FileHandle = await openFile(...args);
    open += 1;
    seen.peak = Math.max(seen.peak, open);
    const close = file.close.bind(file);
    file.close = () => {
      open -= 1;
      return close();
    };
    return file;
  });
  const summing = mock.method(crypto, 'createHash');
  syncBuiltinESMExports();
  try {
    seen.result = await task();
  } finally {
    seen.sums = summing.mock.callCount();
    opening.mock.restore();
    summing.mock.restore();
    syncBuiltinESMExports();
  }
  return seen;
}

it('of many groups the files of a few are open at a time, and only what has changed is summed again', async () => {
  await using home = await MethodsHome.make();
  const names = Array.from({ length: 5 * PARALLEL_GROUPS }, (_, i) => `g${i}`);
  for (const name of names) {
    await home.store.insertGroup(name);
    home.write(`etc/shared/${name}/agent.conf`, name);
    home.write(`etc/shared/${name}/merged.mg`, `merged ${name}`);
  }
  const sums = async () => {
    const { items } = await home.call('groups.list', { groups: names });
    return new Map(items.map(({ name, configSum, mergedSum }) => [name, [configSum, mergedSum]]));
  };
  const wanted = new Map(names.map((name) => [name, [md5(name), md5(`merged ${name}`)]]));
  const first = await watched(sums);
  assert.deepEqual(first.result, wanted);
  assert.equal(first.sums, 2 * names.length);
  assert.ok(first.peak > 1 && first.peak <= PARALLEL_GROUPS, `${first.peak} files were open`);
  // Sums of files that were just written are not kept.
  const again = await waitFor('all sums to be known', async () => {
    const seen = await watched(sums);
    return seen.sums === 0 ? seen : null;
  });
  assert.deepEqual(again.result, wanted);
  home.write('etc/shared/g7/merged.mg', 'MERGED g7');
  const changed = await watched(sums);
  assert.deepEqual(changed.result?.get('g7'), [md5('g7'), md5('MERGED g7')]);
  assert.equal(changed.sums, 1);
});
