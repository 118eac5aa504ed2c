import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, openSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createLogger } from '../../src/observe/log.ts';
import { TROUBLE_PERIOD_MS } from '../../src/observe/write-trouble.ts';
import { fillDisk } from '../harness/fill-disk.ts';

/** Runs in a mount namespace of its own; see full-disk.test.ts. */
const [base = ''] = process.argv.slice(2);
const LINES = 100;

const home = join(base, 'home');
mkdirSync(home);
execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'none', home]);
mkdirSync(join(home, 'logs'));
const filler = join(home, 'filler');
const out = join(base, 'stdout');
const fd = openSync(out, 'a');
let now = new Date(2021, 2, 29, 7, 5, 26).getTime();
const log = createLogger({ level: 'info', home, terminal: 'look', fd, now: () => now });
const { info } = log.tagged('Master', 'Main');

fillDisk(filler);
for (let n = 1; n <= LINES; n += 1) info(`line ${n}`);
now += TROUBLE_PERIOD_MS;
info(`line ${LINES + 1}`);
rmSync(filler);
info(`line ${LINES + 2}`);
info(`line ${LINES + 3}`);
await log.close();

const ofFile = readFileSync(join(home, 'logs/cluster.log'), 'utf8').trimEnd().split('\n');
const words = (lines: string[]) => lines.map((line) => line.replace(/^.*\[Main\] /, ''));
const all = Array.from({ length: LINES + 3 }, (_, index) => `line ${index + 1}`);
assert.deepEqual(words(ofFile), all, 'no line is missing that had room in memory');
const told = readFileSync(out, 'utf8')
  .split('\n')
  .filter((line) => line.includes('[Log]'))
  .map((line) => line.replace(/^.*\[Log\] /, ''));
assert.deepEqual(told, [
  'logs/cluster.log: the disk is full: make room (ENOSPC)',
  `logs/cluster.log: the disk is full: make room (ENOSPC); so it was for ${LINES} lines since this was told`,
  'logs/cluster.log: it is written again',
]);
