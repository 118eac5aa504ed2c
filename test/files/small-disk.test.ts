import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const directory = mkdtempSync(join(tmpdir(), 'muster-disk-'));
after(() => rmSync(directory, { recursive: true, force: true }));

/** Runs a program where it may mount what nobody else sees. */
const inNamespace = (...command: string[]) =>
  spawnSync('unshare', ['--user', '--map-root-user', '--mount', ...command], { encoding: 'utf8' });
const trial = inNamespace('mount', '-t', 'tmpfs', 'none', directory);
const mayMount = trial.status === 0;
/** Where everything has to pass, nothing is left out: docs/SECURITY.md names these tests. */
const mustRun = process.env.CI === 'true';
const why = `NOT TESTED: this system lets nobody mount a small disk in a namespace (${(trial.error?.message ?? trial.stderr).trim()})`;
const script = fileURLToPath(new URL('./small-disk.ts', import.meta.url));
// A reporter that only counts what is skipped would not say what.
if (!mayMount && !mustRun) console.error(why);

const cases: [name: string, title: string][] = [
  [
    'contents',
    'a disk that is full before all contents are staged keeps the old set, names a file, and with room the next round succeeds',
  ],
  [
    'copies',
    'a disk that is full before all copies of one content are made keeps the old set, names a file, and with room the next round succeeds',
  ],
  [
    'readOnly',
    'a directory that is mounted read-only keeps the old set everywhere, is named, and once it is writable the next round succeeds',
  ],
];
for (const [name, title] of cases) {
  test(title, { skip: mayMount || mustRun ? false : why }, () => {
    assert.ok(mayMount, why);
    const { status, stderr } = inNamespace(process.execPath, script, name, directory);
    assert.equal(status, 0, stderr);
  });
}
