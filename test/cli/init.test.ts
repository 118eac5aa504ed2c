import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { RefusedError, UsageError } from '../../src/cli/exit-code.ts';
import { type InitOptions, initHome } from '../../src/cli/init-home.ts';
import { loadConfig } from '../../src/config/load.ts';
import { lockHome } from '../../src/node/home-lock.ts';
import { runMuster, temporaryFolder } from './run-muster.ts';

const KEY = '0123456789abcdef0123456789abcdef';

function options(change: Partial<InitOptions> = {}): InitOptions {
  const home = join(temporaryFolder(), 'home');
  return { home, role: 'master', name: 'node1', cluster: 'wazuh', force: false, ...change };
}

const worker = { role: 'worker', key: KEY, master: '10.0.0.1:2000' } as const;

test('a master gets a home that its node can read, and a key of its own', async () => {
  const report = await initHome(options({ bind: '127.0.0.1', port: '2000' }));
  const config = await loadConfig(report.home);
  assert.equal(config.role, 'master');
  assert.equal(config.bindAddress, '127.0.0.1');
  assert.equal(config.port, 2000);
  assert.match(config.key, /^[A-Za-z0-9]{32}$/);
  assert.equal(config.key, report.generatedKey);
  assert.deepEqual(config.warnings, []);
  assert.notEqual((await initHome(options())).generatedKey, report.generatedKey);
});

test('a worker gets the address and the port of its master', async () => {
  const { home, generatedKey } = await initHome(options(worker));
  const config = await loadConfig(home);
  assert.deepEqual(config.masterAddress, { host: '10.0.0.1', port: 2000 });
  assert.equal(config.key, KEY);
  assert.equal(generatedKey, null);
  assert.equal(existsSync(join(home, 'etc/client.keys')), false, 'the master brings it');
});

test('a worker may name an IPv6 master, or leave the port to the default', async () => {
  const six = await loadConfig((await initHome(options({ ...worker, master: '[fe80::1]:3000' }))).home);
  assert.deepEqual(six.masterAddress, { host: 'fe80::1', port: 3000 });
  const plain = await loadConfig((await initHome(options({ ...worker, master: 'master' }))).home);
  assert.deepEqual(plain.masterAddress, { host: 'master', port: 1516 });
});

test('files and directories have the modes of an existing installation, whatever the umask', async () => {
  const before = process.umask(0o077);
  const { home } = await initHome(options());
  process.umask(before);
  const modes = {
    etc: 0o770,
    'etc/ossec.conf': 0o660,
    'etc/cluster.json': 0o640,
    'etc/client.keys': 0o640,
    'etc/rules': 0o770,
    'etc/shared/default': 0o770,
    'queue/cluster': 0o770,
    'queue/db': 0o750,
    'logs/cluster': 0o750,
    'var/run': 0o770,
    tmp: 0o1770,
  };
  for (const [path, mode] of Object.entries(modes)) {
    assert.equal(statSync(join(home, path)).mode & 0o7777, mode, path);
  }
});

test('a home that has been set up is refused and left as it is', async () => {
  const given = options();
  const { home } = await initHome(given);
  const before = readFileSync(join(home, 'etc/ossec.conf'), 'utf8');
  await assert.rejects(initHome(given), RefusedError);
  assert.equal(readFileSync(join(home, 'etc/ossec.conf'), 'utf8'), before);
});

test('--force keeps the key, the old configuration and everything else', async () => {
  const given = options();
  const { home, generatedKey } = await initHome(given);
  writeFileSync(join(home, 'etc/client.keys'), '001 agent any key\n');
  const again = await initHome({ ...given, name: 'renamed', force: true });
  const config = await loadConfig(home);
  assert.equal(config.nodeName, 'renamed');
  assert.equal(config.key, generatedKey);
  assert.equal(again.generatedKey, null);
  assert.equal(readFileSync(join(home, 'etc/client.keys'), 'utf8'), '001 agent any key\n');
  assert.equal(readdirSync(join(home, 'etc')).filter((name) => name.startsWith('ossec.conf.')).length, 1);
});

test('--force replaces the key only if another is given', async () => {
  const given = options();
  const { home } = await initHome(given);
  await assert.rejects(initHome({ ...given, key: KEY }), /gives it the key of --key/);
  await assert.rejects(initHome(given), /keeps its key/);
  const replaced = await initHome({ ...given, force: true, key: KEY });
  assert.equal(replaced.hasOtherKey, true, 'it is said that other nodes need it too');
  assert.equal((await initHome({ ...given, force: true, key: KEY })).hasOtherKey, false);
  assert.equal((await loadConfig(home)).key, KEY);
});

const misuses: [string, Partial<InitOptions>, RegExp][] = [
  ['a worker without a key', { ...worker, key: undefined as never }, /needs the key of its master/],
  ['a worker without a master', { role: 'worker', key: KEY }, /--master HOST:PORT/],
  ['two ports that disagree', { ...worker, port: '2001' }, /different ports/],
  ['a name that no node may have', { name: 'a/b' }, /<node_name> is 'a\/b'; allowed/],
  ['a key of the wrong length', { key: 'short' }, /<key> has 5 characters/],
  ['a reserved address', { ...worker, master: 'localhost:2000' }, /<nodes> is 'localhost'/],
  ['a port below the allowed ones', { port: '80' }, /<port> is '80'/],
  ['an address that is none', { ...worker, master: ':x' }, /no address/],
];
for (const [why, change, expected] of misuses) {
  test(`nothing is written for ${why}`, async () => {
    const given = options(change);
    if (change.key === undefined && 'key' in change) delete given.key;
    await assert.rejects(initHome(given), (error: Error) => {
      assert.ok(error instanceof UsageError);
      assert.match(error.message, expected);
      return true;
    });
    assert.equal(existsSync(given.home), false);
  });
}

test('the command says what was done and what to do next; as JSON it says it for programs', async () => {
  const home = join(temporaryFolder(), 'home');
  const args = ['init', '--home', home, '--role', 'master', '--name', 'm'];
  const words = await runMuster(args);
  assert.equal(words.code, 0, words.stderr);
  assert.match(words.stdout, /written {2}etc\/ossec\.conf/);
  assert.match(words.stdout, /muster node --home/);
  assert.equal((await runMuster(args)).code, 1, 'set up before');
  const json = await runMuster([...args, '--force', '--json']);
  assert.equal(JSON.parse(json.stdout).name, 'm');
});

test('the key may come through the environment, where a list of processes does not show it', async () => {
  const home = join(temporaryFolder(), 'home');
  const args = ['init', '--home', home, '--role', 'worker', '--name', 'w', '--master', '10.0.0.1'];
  assert.equal((await runMuster(args, { MUSTER_KEY: KEY })).code, 0);
  assert.equal((await loadConfig(home)).key, KEY);
});

test('--force leaves the home of a node that runs as it is', async () => {
  const given = options();
  await initHome(given);
  const path = join(given.home, 'etc/ossec.conf');
  const before = readFileSync(path, 'utf8');
  const unlock = lockHome(given.home);
  const args = [
    'init',
    '--home',
    given.home,
    '--role',
    'worker',
    '--name',
    'w',
    '--master',
    '10.0.0.1',
    '--force',
  ];
  const { code, stderr } = await runMuster(args);
  assert.equal(code, 5, stderr);
  assert.match(stderr, /3117.*is served by process/);
  assert.equal(readFileSync(path, 'utf8'), before);
  unlock();
  assert.equal((await runMuster(args)).code, 0);
});
