import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
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

/** A file of the plan, and what was planned of it; `digest` is what it has by now. */
function planned(digest: string) {
  writeFileSync(join(home, 'large'), 'as it is now');
  const { size, mtimeNs } = statSync(join(home, 'large'), { bigint: true });
  const file: LargeFile = {
    path: 'large',
    hash: HASH,
    size: Number(size),
    modTime: Number(mtimeNs) / 1e9 - (digest === HASH ? 0 : 1),
  };
  const left: string[] = [];
  const files = new PlannedFiles({
    home,
    plan: { packages: [], large: [file] },
    pool: { run: async () => ({ digests: [digest] }), runSticky: async () => ['large'] },
    packages: {},
    onLeftOut: (path: string) => left.push(path),
  } as unknown as PlannedFilesOptions);
  return { file, files, left };
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
