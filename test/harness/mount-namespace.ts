import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';

const directory = mkdtempSync(join(tmpdir(), 'muster-disk-'));
after(() => rmSync(directory, { recursive: true, force: true }));

const inNamespace = (...command: string[]) =>
  spawnSync('unshare', ['--user', '--map-root-user', '--mount', ...command], { encoding: 'utf8' });

const trial = inNamespace('mount', '-t', 'tmpfs', 'none', directory);
const mayMount = trial.status === 0;
/** Where everything has to pass, nothing is left out: docs/SECURITY.md names these tests. */
const mustRun = process.env.CI === 'true';
const why = `NOT TESTED: this system lets nobody mount a small disk in a namespace (${(trial.error?.message ?? trial.stderr).trim()})`;
// A reporter that only counts what is skipped would not say what.
if (!mayMount && !mustRun) console.error(why);

/**
 * Declares a test that is a program of its own, in a mount namespace of its own: what it mounts nobody else sees, and
 * goes with it. Its last argument is an empty directory. It ends with 0 if all went as it should.
 */
export function testInNamespace(title: string, script: string, ...args: readonly string[]): void {
  test(title, { skip: mayMount || mustRun ? false : why }, () => {
    assert.ok(mayMount, why);
    const { status, stderr, stdout } = inNamespace(process.execPath, script, ...args, directory);
    assert.equal(status, 0, `${stderr}\n${stdout}`);
  });
}
