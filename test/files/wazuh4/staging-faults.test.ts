import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { MusterError } from '../../../src/protocol/errors.ts';
import { ERRORS, type Fault, FaultyFileSystem } from '../faults.ts';
import { Home, IN_MEMORY } from '../fixture.ts';
import { STAGING } from '../round.ts';
import { rightPackage, stage } from './packages.ts';

const SMALL = 'etc/rules/small';
const LARGE = 'etc/rules/large';
/** One that is staged in one go, one that does not compress and comes in pieces, and one more in one go. */
const PACKAGE = rightPackage({
  [SMALL]: 'alpha',
  [LARGE]: randomBytes(3_000_000).toString('base64'),
  'etc/rules/small2': 'beta',
});

/** What became of the package when the file system fails at these calls, what is left of it, and the calls. */
async function staged(faults: Map<number, Fault>) {
  using home = new Home({ 'etc/rules/kept': 'kept' }, IN_MEMORY);
  const fs = new FaultyFileSystem(faults);
  const outcome = await stage(home, PACKAGE, undefined, fs.port).catch((error: unknown) => error);
  assert.deepEqual(home.read(), { 'etc/rules/kept': 'kept' });
  return { outcome, left: readdirSync(join(home.path, STAGING)), calls: fs.calls };
}

const { calls } = await staged(new Map());

test('a package is staged through the port of the file system, in one go and in pieces', () => {
  assert.deepEqual(new Set(calls), new Set(['create', 'begin', 'append', 'end', 'lstat', 'rename']));
});

/** The many calls of one kind in a row differ in nothing but for the first and the last. */
const isEdge = (index: number) => calls[index - 1] !== calls[index] || calls[index + 1] !== calls[index];

for (const [index, name] of calls.entries())
  for (const fault of isEdge(index) ? ERRORS : [])
    test(`${fault} at call ${index + 1}, ${name}: the package is refused with what the system says of which file, and nothing of it is left`, async () => {
      const { outcome, left } = await staged(new Map([[index + 1, fault]]));
      assert.ok(outcome instanceof MusterError, String(outcome));
      assert.equal(outcome.code, 3119);
      assert.match(outcome.message, /p\.zip: .*etc\/rules\/(small|large).*(ENOSPC|EIO|EACCES|EMFILE)/s);
      assert.deepEqual(left, []);
    });
