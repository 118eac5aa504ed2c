import assert from 'node:assert/strict';
import {
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { createLogger, type LoggerOptions } from '../../src/observe/log.ts';
import { formatLine } from '../../src/observe/look.ts';
import { MusterError } from '../../src/protocol/errors.ts';

const KEY = '0123456789abcdef0123456789abcdef';
/** 2021/03/29 07:05:26 here, wherever here is. */
const TIME = new Date(2021, 2, 29, 7, 5, 26).getTime();

function temporaryHome(): string {
  const home = mkdtempSync(join(tmpdir(), 'muster-log-'));
  after(() => rmSync(home, { recursive: true, force: true }));
  return home;
}

/** A log, and what it has written so far to standard output and to the file. */
function start(options: Partial<LoggerOptions> = {}) {
  const home = temporaryHome();
  const out = join(home, 'stdout');
  const log = createLogger({
    level: 'info',
    home,
    terminal: 'json',
    fd: openSync(out, 'a'),
    now: () => TIME,
    secrets: [KEY],
    ...options,
  });
  const file = join(home, 'logs/cluster.log');
  return {
    log,
    home,
    file,
    async written() {
      await log.close();
      return { out: readFileSync(out, 'utf8'), file: readFileSync(file, 'utf8') };
    },
  };
}

test('a line looks as in the Troubleshooting section of the specification, in local time', async () => {
  const { log, written } = start({ terminal: 'look' });
  log.tagged('Master', 'Local integrity').info('Starting.');
  log.tagged('Worker worker1', 'Integrity check').info('Finished in 0.016s. Sync required.');
  const expected =
    '2021/03/29 07:05:26 INFO: [Master] [Local integrity] Starting.\n' +
    '2021/03/29 07:05:26 INFO: [Worker worker1] [Integrity check] Finished in 0.016s. Sync required.\n';
  assert.deepEqual(await written(), { out: expected, file: expected });
});

test('elsewhere than on a terminal a line is JSON with tag and subtag as fields', async () => {
  const { log, written } = start({ terminal: 'auto' });
  log.tagged('Master', 'Main').warning('Careful.', { files: 3 });
  assert.deepEqual(JSON.parse((await written()).out), {
    level: 'warning',
    time: TIME,
    tag: 'Master',
    subtag: 'Main',
    msg: 'Careful.',
    files: 3,
  });
});

test('levels: nothing below the chosen one is written', async () => {
  const names = ['debug2', 'debug', 'info', 'warning', 'error'] as const;
  for (const [index, level] of names.entries()) {
    const { log, written } = start({ level });
    const tagged = log.tagged('A', 'B');
    for (const name of names) tagged[name](name);
    const seen = (await written()).file.split('\n').filter(Boolean);
    assert.deepEqual(
      seen.map((line) => line.split(' ')[2]),
      names.slice(index).map((name) => `${name.toUpperCase()}:`),
    );
  }
});

test('an error stands in the line with its number', async () => {
  const { log, written } = start();
  const error = new MusterError(3020, 'echo');
  log.tagged('Master', 'Main').error('Could not ask worker1', { error });
  log.tagged('Master', 'Main').error('', { error });
  const { out, file } = await written();
  assert.match(file, /ERROR: \[Master\] \[Main\] Could not ask worker1: Error 3020 - .*: echo\n/);
  assert.match(file, /ERROR: \[Master\] \[Main\] Error 3020 - .*: echo\n$/);
  assert.ok(!file.includes('    at '), 'no stack below debug2');
  assert.equal(JSON.parse(out.split('\n')[0] ?? '').error.code, 3020);
});

test('at debug2 an error brings its stack and those of its causes', async () => {
  const { log, written } = start({ level: 'debug2' });
  log
    .tagged('Master', 'Main')
    .error('', { error: new MusterError(3119, 'x', { cause: new Error('deep down') }) });
  const { file } = await written();
  assert.match(file, /\n {4}at /);
  assert.match(file, /Caused by: Error: deep down/);
});

test('the cluster key never reaches the log, in whatever place it was put', async () => {
  const { log, written } = start({ level: 'debug2', terminal: 'json' });
  const other = 'fedcba9876543210fedcba9876543210';
  log.addSecrets([other]);
  const tagged = log.tagged('Master', KEY);
  tagged.info(`the key is ${KEY} and soon ${other}`);
  tagged.info('fields', {
    key: 'short',
    nested: { key: 'tiny', deep: { key: 'wee' } },
    list: [KEY],
    text: `x${KEY}x`,
  });
  tagged.error('', { error: new Error(`cannot use ${KEY}`) });
  const { out, file } = await written();
  for (const text of [out, file]) {
    assert.equal(text.split('\n').filter((line) => line.includes(KEY) || line.includes(other)).length, 0);
  }
  for (const secret of ['short', 'tiny', 'wee']) assert.ok(!out.includes(`"${secret}"`));
  assert.ok(out.includes('[redacted]'));
});

test('what a peer says can neither forge a line nor steer the terminal', () => {
  const line = formatLine(
    {
      level: 'info',
      time: TIME,
      tag: 'Worker x',
      subtag: 'Main',
      msg: 'hello\n2021/03/29 ERROR: forged \u001B[31m\u009B',
    },
    false,
  );
  assert.equal(line.split('\n').length, 2);
  assert.ok(!line.includes('\u001B') && !line.includes('\u009B'));
});

test('only the level is coloured, and only if asked', () => {
  const record = { level: 'error', time: TIME, tag: 'A', subtag: 'B', msg: 'c' } as const;
  assert.match(formatLine(record, true), /^2021\/03\/29 07:05:26 \S+ERROR\S+: \[A\] \[B\] c\n$/);
  assert.ok(!formatLine(record, false).includes('\u001B'));
});

test('the file has mode 0660, whatever the umask', async () => {
  const before = process.umask(0o077);
  const { file, written } = start();
  process.umask(before);
  assert.equal(statSync(file).mode & 0o777, 0o660);
  await written();
});

test('SIGHUP opens the file anew, for tools that have moved it', async () => {
  const { log, home, file, written } = start();
  log.tagged('A', 'B').info('before');
  renameSync(file, join(home, 'moved.log'));
  process.emit('SIGHUP', 'SIGHUP');
  log.tagged('A', 'B').info('after');
  assert.match((await written()).file, /^[^\n]*after\n$/);
  assert.match(readFileSync(join(home, 'moved.log'), 'utf8'), /before\n$/);
  assert.equal(process.listenerCount('SIGHUP'), 0, 'close takes the handler away');
});

test('with the first line of a new day the old file is put away, packed', async () => {
  let now = TIME;
  const { log, home, written } = start({ now: () => now });
  log.tagged('A', 'B').info('yesterday');
  now += 24 * 3600 * 1000;
  log.tagged('A', 'B').info('today');
  assert.match((await written()).file, /^2021\/03\/30 [^\n]*today\n$/);
  const packed = join(home, 'logs/cluster/2021/Mar/cluster.log-29.gz');
  assert.match(gunzipSync(readFileSync(packed)).toString(), /yesterday\n$/);
  assert.equal(statSync(packed).mode & 0o777, 0o640);
  assert.deepEqual(readdirSync(join(home, 'logs/cluster/2021/Mar')), ['cluster.log-29.gz']);
});

test('a file that an earlier process left from an earlier day is put away too', async () => {
  const home = temporaryHome();
  const file = join(home, 'logs/cluster.log');
  mkdirSync(join(home, 'logs'));
  writeFileSync(file, 'old\n');
  utimesSync(file, TIME / 1000 - 86_400, TIME / 1000 - 86_400);
  const log = createLogger({ level: 'info', home, terminal: 'none', now: () => TIME });
  log.tagged('A', 'B').info('new');
  await log.close();
  assert.equal(
    gunzipSync(readFileSync(join(home, 'logs/cluster/2021/Mar/cluster.log-28.gz'))).toString(),
    'old\n',
  );
});

test('without rotation the file is left to others', async () => {
  let now = TIME;
  const { log, written } = start({ now: () => now, rotates: false });
  log.tagged('A', 'B').info('yesterday');
  now += 24 * 3600 * 1000;
  log.tagged('A', 'B').info('today');
  assert.equal((await written()).file.split('\n').length, 3);
});

test('a log that cannot be opened is error 3119 with its path', () => {
  const home = temporaryHome();
  writeFileSync(join(home, 'logs'), 'a file where a directory should be');
  assert.throws(() => createLogger({ level: 'info', home, terminal: 'none' }), {
    code: 3119,
    message: /cluster\.log/,
  });
});
