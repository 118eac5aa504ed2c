import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { Failure } from '../../machines/failure.ts';
import { isDiskFull as machineSaysFull } from '../../machines/integrity/set-parts.ts';
import { fileSystemError, isDiskFull } from '../../src/config/system-words.ts';
import type { LargeFile } from '../../src/files/round.ts';
import { asFailure } from '../../src/node/effects/failures.ts';
import { PlannedFiles, type PlannedFilesOptions } from '../../src/node/effects/planned-files.ts';

const home = mkdtempSync(join(tmpdir(), 'muster-planned-'));
after(() => rmSync(home, { recursive: true }));
const HASH = 'a'.repeat(128);
const refused = (code: string) =>
  asFailure(fileSystemError('etc/rules/large', Object.assign(new Error(code), { code })));

const changed = { problem: null as string | null, isOfFile: true };
const eio = { problem: 'large: EIO', isOfFile: false };

/** A file of the plan, and what was planned of it; `digest` is what it has by now. */
function planned(digest: string, changedTo = changed) {
  writeFileSync(join(home, 'large'), 'as it is now');
  const { size, mtimeNs } = statSync(join(home, 'large'), { bigint: true });
  const file: LargeFile = {
    path: 'large',
    hash: HASH,
    size: Number(size),
    modTime: Number(mtimeNs) / 1e9 - (digest === HASH ? 0 : 1),
  };
  const left: string[] = [];
  const failures: (Failure | null)[] = [];
  const files = new PlannedFiles({
    home,
    plan: { packages: [], large: [file] },
    pool: { run: async () => (digest === HASH ? [] : [changedTo]), runSticky: async () => ['large'] },
    packages: {},
    onLeftOut: (path: string, failure: Failure | null) => {
      left.push(path);
      failures.push(failure);
    },
  } as unknown as PlannedFilesOptions);
  return { file, files, left, failures };
}

test('a transfer that failed while its file changed leaves the file out', async () => {
  const { file, files, left } = planned('b'.repeat(128));
  assert.equal(await files.blame(file, refused('EIO')), true);
  assert.deepEqual([left, files.leftOut], [['large'], [HASH]]);
});

test('a transfer that failed while its file stayed as it was ends the round', async () => {
  const { file, files, left } = planned(HASH);
  assert.equal(await files.blame(file, refused('EIO')), false);
  assert.deepEqual([left, files.leftOut], [[], []]);
});

for (const code of ['ENOSPC', 'EDQUOT'])
  test(`a worker without room (${code}) ends the round, also if the file changed meanwhile: the rest would take the room of the next set`, async () => {
    const { file, files, left } = planned('b'.repeat(128));
    assert.equal(await files.blame(file, refused(code)), false);
    assert.deepEqual([left, files.leftOut], [[], []]);
  });

test('machines and effects know a full disk by the same words', () => {
  for (const code of ['ENOSPC', 'EDQUOT', 'EIO', 'EACCES', 'ENOSPCX']) {
    const failure = refused(code);
    assert.equal(machineSaysFull(failure), isDiskFull(failure.message), code);
    assert.equal(isDiskFull(failure.message), ['ENOSPC', 'EDQUOT'].includes(code));
  }
});

test('a large file that the disk does not give is left out with the reason', async () => {
  const { file, files, left, failures } = planned('', eio);
  assert.equal(await files.mayTravel(file), false);
  assert.deepEqual([left, files.leftOut], [['large'], [HASH]]);
  assert.deepEqual(failures, [{ code: 3119, message: eio.problem }]);
});

test('where the disk gives no file at all the round ends with 3119; where it gives another one it goes on', async () => {
  const { file, files } = planned('', eio);
  await files.mayTravel(file);
  assert.throws(() => files.throwRefusal(), { code: 3119, message: /large: EIO/ });
  files.noteSent();
  files.throwRefusal();
});

test('a file that went, or that nobody may read, does not end the round, also where there is no other', async () => {
  for (const one of [changed, { problem: 'large: EACCES', isOfFile: true }]) {
    const { file, files } = planned('', one);
    await files.mayTravel(file);
    files.throwRefusal();
  }
});

test('a package of which the disk does not give a file is made of the others, and the file is named with the reason', async () => {
  const failures: unknown[] = [];
  const bad = { path: 'bad', hash: HASH, ...eio };
  const good = { path: 'package', sizeBytes: 1, digest: HASH, release: () => {} };
  const files = new PlannedFiles({
    home,
    plan: { round: 1, packages: [{ key: 'both', files: 2, path: 'bad' }], large: [] },
    pool: { runSticky: async () => ({ changed: [bad], key: 'one' }) },
    packages: {
      acquirePlanned: async (key: string) => (key === 'one' ? good : Promise.reject(refused('EIO'))),
    },
    onLeftOut: (path: string, failure: Failure | null) => failures.push([path, failure?.message]),
  } as unknown as PlannedFilesOptions);
  assert.equal(await files.acquire(0), good);
  assert.deepEqual([failures, files.leftOut], [[['bad', eio.problem]], [HASH]]);
  files.throwRefusal();
});
