import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { MusterError } from '../../src/protocol/errors.ts';
import { MAX_NODES } from '../../src/protocol/limits.ts';
import { fakeDaemon } from './fake-daemon.ts';
import { runMuster, temporaryFolder } from './run-muster.ts';

const DIGEST = 'ab'.repeat(64);

const commands = [
  'init',
  'node',
  'nodes',
  'status',
  'health',
  'diff',
  'sync',
  'files',
  'send-file',
  'agents',
  'groups',
  'request',
  'key',
  'logs',
  'watch',
  'store',
  'demo',
];

test('--help names every command, shows examples and explains the exit codes', async () => {
  const { code, stdout } = await runMuster(['--help']);
  assert.equal(code, 0);
  for (const word of [...commands, 'Examples:', 'Exit codes:']) assert.ok(stdout.includes(word), word);
});

for (const command of commands) {
  test(`muster ${command} --help has examples`, async () => {
    const { code, stdout } = await runMuster([command, '--help']);
    assert.equal(code, 0);
    assert.ok(stdout.includes(`$ muster ${command}`) && stdout.includes('Examples:'));
  });
}

for (const [program, args, code] of [
  ['main', ['--help'], 0],
  ['main', ['unknown'], 2],
  ['cluster-control/main', ['--usage'], 0],
  ['cluster-control/main', ['--wrong'], 1],
] as const) {
  test(`${program} ${args.join(' ')}: a reader that has gone changes nothing but what is read`, async () => {
    const script = fileURLToPath(new URL(`../../src/cli/${program}.ts`, import.meta.url));
    const child = spawn(process.execPath, [script, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    const ended = once(child, 'exit');
    // Nobody reads from the first instant: starting takes longer than this.
    for (const stream of [child.stdout, child.stderr]) stream.destroy();
    assert.deepEqual(await ended, [code, null]);
  });
}

test('a wrong command line is exit code 2, with words on standard error alone', async () => {
  const wrong = [
    ['unknown'],
    ['status'],
    ['init', '--home', 'x'],
    ['demo', '--workers', '0'],
    ['demo', '--json'],
    [],
  ];
  for (const { code, stdout, stderr } of await Promise.all(wrong.map((args) => runMuster(args)))) {
    assert.equal(code, 2);
    assert.equal(stdout, '');
    assert.notEqual(stderr, '');
    assert.ok(!stderr.includes('    at '), 'no stack');
  }
});

test('--version is that of the package', async () => {
  assert.match((await runMuster(['--version'])).stdout, /^\d+\.\d+\.\d+\n$/);
});

test('a configuration that is wrong is exit code 3', async () => {
  const home = temporaryFolder();
  mkdirSync(join(home, 'etc'));
  writeFileSync(
    join(home, 'etc/ossec.conf'),
    '<ossec_config><cluster><disabled>no</disabled></cluster></ossec_config>',
  );
  const { code, stderr } = await runMuster(['node', '--home', home]);
  assert.equal(code, 3, stderr);
  assert.match(stderr, /Error 3004 - .*<key> is absent/);
});

test('a configuration can be tested without running it: what is right, and what is wrong, as at a start', async () => {
  const home = temporaryFolder();
  await runMuster(['init', '--home', home, '--role', 'master', '--name', 'node01', '--bind', '127.0.0.1']);
  const right = await runMuster(['node', '--home', home, '-t']);
  assert.equal(right.stdout, 'The configuration is right: master node01 of cluster wazuh.\n');
  assert.equal(right.code, 0);
  assert.ok(!existsSync(join(home, 'logs/cluster.log')));
  const path = join(home, 'etc/ossec.conf');
  writeFileSync(path, readFileSync(path, 'utf8').replace(/<key>.*<\/key>/, '<key>short</key>'));
  const wrong = await runMuster(['node', '--home', home, '--test']);
  assert.equal(wrong.code, 3);
  assert.match(wrong.stderr, /Error 3004 - .*key/);
});

test('no running daemon is exit code 4 and error 3012, with what to do', async () => {
  const home = temporaryFolder();
  for (const command of ['nodes', 'status', 'diff']) {
    const { code, stderr } = await runMuster([command, '--home', home]);
    assert.equal(code, 4);
    assert.match(stderr, /Error 3012 - .*muster node --home/);
  }
});

test('an error of the daemon is exit code 1, in its words', async () => {
  const home = temporaryFolder();
  await fakeDaemon(home, { get_status: {}, get_diff: new MusterError(3022, 'worker9') });
  const { code, stderr } = await runMuster(['diff', '--home', home, 'worker9']);
  assert.equal(code, 1);
  assert.match(stderr, /Error 3022 - .*worker9/);
});

test('nodes are shown as a table, and as JSON as the daemon told them', async () => {
  const home = temporaryFolder();
  const items = [
    { name: 'master', type: 'master', version: '0.1.0', ip: '127.0.0.1', digest: DIGEST },
    { name: 'worker1', type: 'worker', version: '0.1.0', ip: '127.0.0.1', digest: DIGEST, inStep: true },
    { name: 'worker2', type: 'worker', version: '4.7.5', ip: '127.0.0.1', digest: null, inStep: null },
  ];
  const asked = await fakeDaemon(home, { get_nodes: { items, totalItems: 3 } });
  const { code, stdout } = await runMuster(['nodes', '--home', home, '--type', 'all']);
  assert.equal(code, 0);
  assert.match(
    stdout,
    /^NAME +TYPE +VERSION +ADDRESS +DIGEST +IN STEP\nmaster +master .*\nworker1 +worker .* abababababab +yes\nworker2 +worker .* — +\?\n$/,
  );
  const json = await runMuster(['nodes', '--home', home, '--type', 'worker', '--json']);
  assert.deepEqual(JSON.parse(json.stdout).items, items);
  assert.deepEqual(asked, [
    { command: 'get_nodes', args: { filter_type: 'all', limit: MAX_NODES } },
    { command: 'get_nodes', args: { filter_type: 'worker', limit: MAX_NODES } },
  ]);
});

test('the status of a master lists its workers and their last syncs', async () => {
  const home = temporaryFolder();
  const lastSync = {
    startedAt: '2026-01-01T00:00:00Z',
    durationSeconds: 0.016,
    outcome: 'synced',
    created: 1,
    updated: 2,
    deleted: 3,
  };
  const status = {
    name: 'master',
    role: 'master',
    cluster: 'wazuh',
    version: '0.1.0',
    pid: 7,
    uptimeSeconds: 3700,
    address: '127.0.0.1:1516',
    digest: DIGEST,
    files: 12,
    connected: null,
    workers: [
      {
        name: 'worker1',
        version: '0.1.0',
        ip: '127.0.0.1',
        digest: null,
        inStep: false,
        lastKeepalive: null,
        lastSync,
      },
      { name: 'older', version: '4.7.5', ip: '127.0.0.1', digest: null, inStep: null, lastSync },
    ],
    lastSync: null,
  };
  await fakeDaemon(home, { get_status: status });
  const { stdout } = await runMuster(['status', '--home', home]);
  assert.match(stdout, /master \(master\) of cluster wazuh/);
  assert.match(stdout, /up 1h 1m/);
  assert.match(stdout, /older .* — +\? +synced/);
  assert.match(stdout, /worker1 .* no +synced in 0\.016s: \+1 ~2 -3/);
  assert.deepEqual(JSON.parse((await runMuster(['status', '--home', home, '--json'])).stdout), status);
});

test('status shows failed syncs and checks as the log does, with their code', async () => {
  const round = { startedAt: '2026-01-01T00:00:01Z', durationSeconds: 0.5, outcome: 'synced' };
  const failure = { code: 3114, message: 'The path is not allowed: etc/lists' };
  const lastSync = { ...round, outcome: 'failed', failure };
  const lastCheck = { ...round, startedAt: '2026-01-01T00:00:02Z', outcome: 'failed', failure };
  const workers = [
    {
      name: 'cut',
      lastCheck: { ...lastCheck, startedAt: round.startedAt },
      lastSync: { ...lastSync, startedAt: '2026-01-02' },
    },
    { name: 'stuck', lastCheck, lastSync: round },
    { name: 'well', lastCheck: { ...round, outcome: 'in-step' }, lastSync: round },
  ];
  const home = temporaryFolder();
  await fakeDaemon(home, { get_status: { name: 'master', role: 'master', workers } });
  const { stdout } = await runMuster(['status', '--home', home]);
  const told = /Error 3114 - The path is not allowed: etc\/lists/;
  assert.match(stdout, new RegExp(`^cut .* failed after 0\\.500s: ${told.source}$`, 'm'));
  assert.match(stdout, new RegExp(`^stuck .* failed after 0\\.500s: ${told.source}$`, 'm'));
  assert.match(stdout, /^well .* synced in 0\.500s: \+0 ~0 -0$/m);
  const worker = temporaryFolder();
  await fakeDaemon(worker, { get_status: { name: 'w', role: 'worker', lastCheck, lastSync: round } });
  const own = await runMuster(['status', '--home', worker]);
  assert.match(
    own.stdout,
    new RegExp(`^last sync +failed after 0\\.500s: ${told.source} \\(2026-01-01T00:00:02Z\\)$`, 'm'),
  );
});

test('status and nodes show why a node cannot look at its files, since when and what to do, and what is left out', async () => {
  const [since, path] = ['2026-01-01T00:00:00.000Z', 'etc/rules'];
  const detail = `${path}: EIO: i/o error`;
  const scanFailure = { code: 3119, message: `File system error: ${detail}`, since };
  const leftOut = { count: 21, files: [{ path: 'etc/lists/link', message: 'no plain file', since }] };
  const home = temporaryFolder();
  const item = {
    name: 'master',
    type: 'master' as const,
    scanFailure: { since, error: { code: 3119, detail } },
  };
  await fakeDaemon(home, {
    get_status: { name: 'master', role: 'master', scanFailure, leftOut },
    get_nodes: { items: [item], totalItems: 1 },
  });
  const told = `since ${since}: Error 3119 - File system error: ${detail}`;
  const remedy = 'to the disk for EIO';
  const { stdout } = await runMuster(['status', '--home', home]);
  assert.match(stdout, new RegExp(`^files fail +${told}\n +The files count as .*${remedy}`, 'm'));
  assert.match(stdout, /^left out +21 files and directories\n +etc\/lists\/link: no plain file \(2026/m);
  const nodes = await runMuster(['nodes', '--home', home]);
  assert.match(nodes.stdout, new RegExp(`^master cannot look at its files ${told}.*${remedy}`, 'm'));
});

test('diff is exit code 1 with reasons when a sync would change something, 0 when nothing', async () => {
  const home = temporaryFolder();
  const equal = { missing: [], shared: [], extra: [] };
  const differs = {
    missing: ['etc/lists/a'],
    shared: [],
    extra: ['etc/rules/b.xml'],
    reasons: { 'etc/lists/a': 'only on the master' },
  };
  await fakeDaemon(home, { get_status: {}, get_diff: { nodes: { worker1: differs, worker2: equal } } });
  const { code, stdout } = await runMuster(['diff', '--home', home]);
  assert.equal(code, 1);
  assert.match(
    stdout,
    /worker1: a sync would create 1, update 0 and delete 1 files\.\n {2}create {2}etc\/lists\/a {2}\(only on the master\)\n {2}delete/,
  );
  assert.match(stdout, /worker2: in step/);
  const calm = temporaryFolder();
  await fakeDaemon(calm, { get_status: {}, get_diff: { nodes: { worker2: equal } } });
  assert.equal((await runMuster(['diff', '--home', calm])).code, 0);
});

test('a node that could not be compared is exit code 1, with the error in words, in JSON too', async () => {
  const home = temporaryFolder();
  const failed = { missing: [], shared: [], extra: [], error: { code: 3020, detail: 'get_files' } };
  await fakeDaemon(home, { get_status: {}, get_diff: { nodes: { worker1: failed } } });
  const { code, stdout } = await runMuster(['diff', '--home', home]);
  assert.equal(code, 1);
  assert.match(stdout, /could not be compared\. Error 3020 - No answer in time: get_files/);
  const json = await runMuster(['diff', '--home', home, '--json']);
  assert.equal(json.code, 1);
  assert.deepEqual(JSON.parse(json.stdout).nodes.worker1.error, {
    code: 3020,
    detail: 'get_files',
    message: 'No answer in time: get_files',
  });
});

test('a daemon that goes away while it is asked is an error, not an endless wait', async () => {
  const home = temporaryFolder();
  await fakeDaemon(home, { get_status: 'close' });
  const { code, stderr } = await runMuster(['status', '--home', home]);
  assert.equal(code, 1);
  assert.match(stderr, /Error 3103/);
});

test('send-file on a worker takes no other node than its master, and says so before anything is sent', async () => {
  const home = temporaryFolder();
  const asked = await fakeDaemon(home, {
    get_status: { name: 'w', role: 'worker' },
    send_file: { bytes: 5 },
  });
  const refused = await runMuster(['send-file', 'tmp/x', 'worker2', '--home', home]);
  assert.equal(refused.code, 2);
  assert.match(refused.stderr, /a worker sends to its master alone/);
  assert.ok(asked.every(({ command }) => command !== 'send_file'));
  const sent = await runMuster(['send-file', 'tmp/x', '--home', home]);
  assert.equal(sent.stdout, 'tmp/x: 5 bytes sent to the master.\n');
});

test('an empty home, as of a variable that is not set, is refused', async () => {
  for (const args of [['nodes'], ['init', '--role', 'master', '--name', 'm']]) {
    const { code, stderr } = await runMuster([...args, '--home', '']);
    assert.equal(code, 2, stderr);
    assert.match(stderr, /--home/);
  }
});

test('a file that cannot be read is told of by a sentence, not by a stack', async () => {
  const { code, stderr } = await runMuster(['trace', 'show', '/nowhere/at/all']);
  assert.equal(code, 1);
  assert.match(
    stderr,
    /^muster: Error 3119 - File system error: \/nowhere\/at\/all: there is no such file or directory \(ENOENT\)\n$/,
  );
});
