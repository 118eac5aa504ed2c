import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { runProcess } from './run-muster.ts';

const program = (name: string) => fileURLToPath(new URL(`../../src/cli/${name}.ts`, import.meta.url));
const MUSTER = program('main');
const CONTROL = program('cluster-control/main');

/** Runs a program with its standard output, or error, on a device that is always full. */
const withFullDisk = (stream: '>' | '2>', ...command: string[]) =>
  runProcess('/bin/sh', ['-c', `exec "$0" "$@" ${stream}/dev/full`, process.execPath, ...command]);

test('output that cannot be written is one line on standard error, and exit code 1', async () => {
  for (const [prefix, ...command] of [
    ['muster: ', MUSTER, 'request', '--list'],
    ['muster: ', MUSTER, '--help'],
    ['ERROR: ', CONTROL, '--usage'],
  ]) {
    const { code, stderr } = await withFullDisk('>', ...command);
    const words = 'Error 3119 - File system error: standard output: the disk is full: make room (ENOSPC)';
    assert.deepEqual([code, stderr], [1, `${prefix}${words}\n`]);
  }
});

test('an error that cannot be told has its exit code', async () => {
  const { code, stdout } = await withFullDisk('2>', MUSTER, 'nonsense');
  assert.deepEqual([code, stdout], [1, '']);
});

test('a reader that has seen enough ends it without a word', async () => {
  const child = spawn(process.execPath, [MUSTER, 'request', '--list'], { stdio: ['ignore', 'pipe', 'pipe'] });
  child.stdout.destroy();
  const told: Buffer[] = [];
  child.stderr.on('data', (chunk: Buffer) => told.push(chunk));
  const [code] = await once(child, 'close');
  assert.deepEqual([code, Buffer.concat(told).toString()], [0, '']);
});

test('a demonstration without a place for its folder says what to set', async () => {
  const { code, stderr } = await runProcess(process.execPath, [MUSTER, 'demo', '--once'], {
    TMPDIR: '/dev/null',
  });
  assert.equal(code, 1);
  assert.match(
    stderr,
    /^muster: Error 3119 - File system error: \/dev\/null: .*set TMPDIR to another one\n$/,
  );
});
