import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { code, MethodsHome } from './fixture.ts';

/** Runs in a mount namespace of its own; see files.test.ts. Ends with 0 if all went as it should. */
await using home = await MethodsHome.make();
execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'none', home.path('etc/lists')]);
const put = (content: string) =>
  home.call('files.put', { kind: 'lists', filename: 'ports', content, overwrite: true });
await put('ssh:22\n');
await assert.rejects(
  put('key:value\n'.repeat(20_000)),
  (error: Error) => code(3119)(error) && /etc\/lists\/ports.*full/.test(error.message),
);
assert.equal(home.read('etc/lists/ports'), 'ssh:22\n');
assert.deepEqual(readdirSync(home.path('etc/lists')), ['ports']);
await put('http:80\n');
assert.equal(home.read('etc/lists/ports'), 'http:80\n');
execFileSync('umount', [home.path('etc/lists')]);
