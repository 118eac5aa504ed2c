import assert from 'node:assert/strict';
import {
  chmodSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { withFileLock } from '../../src/registration/file-lock.ts';

const folder = mkdtempSync(join(tmpdir(), 'muster-lock-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const ownerAndMode = (path: string) => {
  const { uid, gid, mode } = statSync(path);
  return [uid, gid, mode & 0o777];
};

describe('a lock file', () => {
  it('is made for the group, whatever the umask, and serves again', () => {
    const path = join(folder, 'run', 'lock');
    const before = process.umask(0o077);
    try {
      assert.equal(
        withFileLock(path, () => 7, 100),
        7,
      );
    } finally {
      process.umask(before);
    }
    assert.equal(statSync(path).mode & 0o777, 0o660);
    assert.equal(
      withFileLock(path, () => 8, 100),
      8,
    );
  });

  it('that is a link, or has a second name, changes neither owner nor mode of what it leads to', () => {
    const secret = join(folder, 'secret');
    writeFileSync(secret, 'root:secret');
    chmodSync(secret, 0o600);
    const before = ownerAndMode(secret);
    for (const [name, make] of Object.entries({ symbolic: symlinkSync, hard: linkSync })) {
      const path = join(folder, name);
      make(secret, path);
      assert.throws(() => withFileLock(path, () => {}, 100), { code: 3119, message: /move it away/ });
      assert.deepEqual(ownerAndMode(secret), before);
      rmSync(path);
    }
    const nowhere = join(folder, 'nowhere');
    symlinkSync(nowhere, join(folder, 'dangling'));
    assert.throws(() => withFileLock(join(folder, 'dangling'), () => {}, 100), { code: 3119 });
    assert.throws(() => statSync(nowhere), { code: 'ENOENT' });
    mkdirSync(join(folder, 'directory'));
    assert.throws(() => withFileLock(join(folder, 'directory'), () => {}, 100), { code: 3119 });
  });
});
