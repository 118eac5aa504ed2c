import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { initHome } from '../../src/cli/init-home.ts';
import { loadConfig } from '../../src/config/load.ts';
import { ClusterKeys } from '../../src/node/cluster-keys.ts';
import { MusterError } from '../../src/protocol/errors.ts';
import { deriveKey } from '../../src/transport/keys.ts';
import { fakeDaemon } from './fake-daemon.ts';
import { runMuster, temporaryFolder } from './run-muster.ts';

const [A, B] = ['a'.repeat(32), 'b'.repeat(32)];
const is3004 = (error: unknown) => error instanceof MusterError && error.code === 3004;

async function home(): Promise<string> {
  const path = temporaryFolder();
  await initHome({ home: path, role: 'master', name: 'master', cluster: 'wazuh', key: A, force: false });
  return path;
}

test('a key is accepted, used and removed; everything else of the configuration stays', async () => {
  const path = await home();
  const conf = join(path, 'etc/ossec.conf');
  writeFileSync(conf, `<!-- <key>${A}x</key> of old -->\n${readFileSync(conf, 'utf8')}`);
  writeFileSync(join(path, 'etc/muster.json'), JSON.stringify({ push: { debounce: 2 } }));
  const keys = new ClusterKeys(path);
  const { id } = await keys.add(B);
  assert.equal(id, deriveKey(B).keyId);
  await keys.add(B); // once is enough
  assert.deepEqual(
    (await keys.list()).map(({ key, isUsed }) => [key, isUsed]),
    [
      [A, true],
      [B, false],
    ],
  );
  await assert.rejects(keys.remove(deriveKey(A).keyId), is3004, 'the one in use stays');
  await assert.rejects(keys.use('00000000'), is3004);
  await keys.use(id);
  const config = await loadConfig(path);
  assert.deepEqual([config.key, config.security.acceptedKeys, config.push.debounceMs], [B, [A], 2000]);
  assert.ok(readFileSync(conf, 'utf8').includes(`<!-- <key>${A}x</key> of old -->`));
  await keys.remove(deriveKey(A).keyId);
  assert.deepEqual(
    (await keys.list()).map(({ key }) => key),
    [B],
  );
});

test('a new etc/muster.json is read by nobody else, and one with too many keys is not written', async () => {
  const path = await home();
  const keys = new ClusterKeys(path);
  for (let i = 0; i < 8; i += 1) await keys.add(String(i).repeat(32));
  const before = readFileSync(join(path, 'etc/muster.json'), 'utf8');
  assert.equal(statSync(join(path, 'etc/muster.json')).mode & 0o777, 0o640);
  await assert.rejects(keys.add('x'.repeat(32)), is3004);
  assert.equal(readFileSync(join(path, 'etc/muster.json'), 'utf8'), before);
});

test('muster key never prints a key but the one that it makes, and says that no node was there to be told', async () => {
  const path = await home();
  const made = await runMuster(['key', 'generate', '--home', path]);
  assert.match(made.stdout, /^Key [0-9a-f]{8} is accepted; the node is not running/);
  const [, key = ''] = /MUSTER_KEY=(\w{32}) /.exec(made.stdout) ?? [];
  const { keyId } = deriveKey(key);
  const used = await runMuster(['key', 'use', keyId, '--home', path]);
  const listed = await runMuster(['key', 'list', '--home', path]);
  assert.match(listed.stdout, new RegExp(`^KEY +USE\n${keyId} +used\n[0-9a-f]{8} +accepted\n$`));
  assert.ok(![used, listed].some(({ stdout }) => stdout.includes(key) || stdout.includes(A)));
  const bad = await runMuster(['key', 'add', '--home', path], { MUSTER_KEY: 'short' });
  assert.equal(bad.code, 2);
});

test('muster key tells the process that holds the home, and none that whoever answers at its socket names', async () => {
  const path = await home();
  const program = `process.on('SIGHUP', () => process.exit(7)); process.stdin.resume(); console.log('ready')`;
  const bystander = spawn(process.execPath, ['-e', program], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(bystander, 'exit');
  await once(bystander.stdout, 'data');
  const asked = await fakeDaemon(path, { get_status: { pid: bystander.pid } });
  const made = await runMuster(['key', 'generate', '--home', path]);
  assert.match(made.stdout, /is accepted; the node is not running/);
  assert.deepEqual(asked, []);
  // It ends by itself, and was not told to.
  bystander.stdin.end();
  assert.deepEqual((await ended)[0], 0);

  const node = spawn(process.execPath, ['-e', program], { stdio: ['pipe', 'pipe', 'inherit'] });
  const told = once(node, 'exit');
  await once(node.stdout, 'data');
  const stat = readFileSync(`/proc/${node.pid}/stat`, 'utf8');
  const startTicks = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  mkdirSync(join(path, 'var/run'), { recursive: true });
  writeFileSync(join(path, 'var/run/muster.lock'), JSON.stringify({ pid: node.pid, startTicks, lock: 'x' }));
  assert.match((await runMuster(['key', 'generate', '--home', path])).stdout, /is accepted\. On the other/);
  assert.deepEqual((await told)[0], 7);
});
