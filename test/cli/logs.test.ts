import assert from 'node:assert/strict';
import { appendFileSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { LogReader } from '../../src/cli/log-reader.ts';
import { parseLogLine } from '../../src/cli/logs.ts';
import { waitFor } from '../harness/wait-for.ts';
import { runMuster, temporaryFolder } from './run-muster.ts';

function homeWith(text: string): { home: string; path: string } {
  const home = temporaryFolder();
  const path = join(home, 'logs/cluster.log');
  mkdirSync(dirname(path));
  writeFileSync(path, text);
  return { home, path };
}

test('the last lines are those of the file, however long it is', async () => {
  const all = Array.from({ length: 30_000 }, (_, i) => `line ${i} ü`);
  const { home } = homeWith(`${all.join('\n')}\nunfinished`);
  for (const count of [0, 1, 2, 20_000, 40_000]) {
    const wanted = count === 0 ? [] : all.slice(-count);
    const reader = new LogReader(home);
    assert.deepEqual(await reader.last(count), wanted, `${count}`);
    const ended = new AbortController();
    ended.abort();
    await reader.follow(() => {}, ended.signal);
  }
});

test('lines that come are told once each, in their order, also after the file was put away or emptied', async () => {
  const { home, path } = homeWith('old\n');
  const told: string[] = [];
  const ended = new AbortController();
  const reader = new LogReader(home);
  assert.deepEqual(await reader.last(5), ['old']);
  const following = reader.follow((line) => told.push(line), ended.signal);
  const has = (...lines: string[]) =>
    waitFor(
      `the lines ${lines}`,
      () => told.join() === lines.join(),
      10_000,
      () => told.join(),
    );
  appendFileSync(path, 'one\ntw');
  await has('one');
  appendFileSync(path, 'o\n');
  await has('one', 'two');
  appendFileSync(path, 'three\n');
  renameSync(path, `${path}.1`);
  writeFileSync(path, 'four\n');
  await has('one', 'two', 'three', 'four');
  writeFileSync(path, '5\n');
  await has('one', 'two', 'three', 'four', '5');
  ended.abort();
  await following;
});

test('muster logs prints lines or objects, and names a log that is not there', async () => {
  const line = '2026/03/29 07:05:26 INFO: [Master] [Local integrity] Starting [now].';
  const parsed = {
    time: '2026-03-29T07:05:26',
    level: 'info',
    tag: 'Master',
    subtag: 'Local integrity',
    message: 'Starting [now].',
  };
  assert.deepEqual(parseLogLine(line), parsed);
  assert.deepEqual(parseLogLine('    at a stack'), { message: '    at a stack' });
  const { home } = homeWith(`first\n${line}\n`);
  assert.equal((await runMuster(['logs', '-n', '1', '--home', home])).stdout, `${line}\n`);
  const json = await runMuster(['logs', '--json', '--home', home]);
  assert.deepEqual(
    json.stdout
      .trim()
      .split('\n')
      .map((text) => JSON.parse(text)),
    [{ message: 'first' }, parsed],
  );
  const none = await runMuster(['logs', '--home', temporaryFolder()]);
  assert.equal(none.code, 1);
  assert.match(none.stderr, /Error 3119 .*logs\/cluster\.log/);
});

test('a log that is not there is told with what to do', async () => {
  const home = temporaryFolder();
  const { code, stderr } = await runMuster(['logs', '--home', home]);
  assert.deepEqual(
    [code, stderr],
    [
      1,
      `muster: Error 3119 - File system error: ${home}/logs/cluster.log is not there: no node has run on this home yet\n`,
    ],
  );
  const nowhere = await runMuster(['logs', '--home', join(home, 'nowhere')]);
  assert.match(nowhere.stderr, /nowhere does not exist: check --home, or make a home with `muster init`\n$/);
});
