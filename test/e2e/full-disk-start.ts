import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fillDisk } from '../harness/fill-disk.ts';

/** Runs in a mount namespace of its own; see full-disk.test.ts. */
const [base = ''] = process.argv.slice(2);
const MAIN = join(import.meta.dirname, '../../src/cli/main.ts');
const DEADLINE_MS = 60_000;

const home = join(base, 'home');
mkdirSync(home);
execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'none', home]);
const muster = (...args: string[]) =>
  spawnSync(process.execPath, [MAIN, ...args, '--home', home], {
    encoding: 'utf8',
    timeout: DEADLINE_MS,
    killSignal: 'SIGKILL',
  });
assert.equal(muster('init', '--role', 'master', '--name', 'm', '--bind', '127.0.0.1').status, 0);
fillDisk(join(home, 'filler'));

const seen = muster('node', '--log', 'json');
assert.equal(seen.status, 1, `${seen.signal} ${seen.stderr}\n${seen.stdout}`);
assert.match(seen.stdout, /Error 3119 - .*muster\.lock: the disk is full: make room/);
assert.match(
  seen.stderr,
  /^logs\/cluster\.log: (?:a line|\d+ lines) could not be written: the disk is full: make room/m,
);
assert.doesNotMatch(seen.stderr, /3119/, 'who reads standard output is not told twice');

const unseen = muster('node', '--log', 'none');
assert.equal(unseen.status, 1, `${unseen.signal} ${unseen.stderr}`);
assert.match(unseen.stderr, /Error 3119 - .*muster\.lock: the disk is full: make room/);
