import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { methodsDaemon } from './methods-daemon.ts';
import { runMuster } from './run-muster.ts';

const home = await methodsDaemon({
  get_status: () => ({ name: 'master', role: 'master' }),
  send_file: ({ path }: { path: string }) => ({ bytes: path.length }),
});
const muster = (...args: string[]) => runMuster([...args, '--home', home.config.home]);

test('groups are made, listed, shown and removed; what cannot be is told, with exit code 1', async () => {
  const added = await muster('groups', 'add', 'web');
  assert.equal(added.stdout, 'Group web is made; its files are in etc/shared/web.\n');
  const again = await muster('groups', 'add', 'web');
  assert.equal(again.code, 1);
  assert.match(again.stderr, /^muster: Error 1711 - /);
  const listed = await muster('groups', 'list');
  assert.match(listed.stdout, /^GROUP +AGENTS +CONFIGURATION\n(?:.*\n)*web +0 +[0-9a-f]{32}\n/);
  const files = await muster('groups', 'files', 'web', '--json');
  assert.equal(JSON.parse(files.stdout)[0].filename, 'agent.conf');
  const content = await muster('groups', 'files', 'web', 'agent.conf');
  assert.equal(content.stdout, home.read('etc/shared/web/agent.conf'));
  assert.match((await muster('groups', 'show', 'web')).stdout, /^ID +NAME +IP +STATUS +NODE\n$/);
  const removed = await muster('groups', 'remove', 'web', 'default');
  assert.equal(removed.code, 1);
  assert.equal(removed.stdout, 'Group web is removed.\n');
  assert.match(removed.stderr, /^muster: default: Error 1712/);
});

test('files of the ruleset are written from a file, listed, printed and deleted', async () => {
  const source = home.path('tmp/mine.xml');
  writeFileSync(source, '<group name="mine"/>\n');
  const put = await muster('files', 'put', 'rules', 'mine.xml', source);
  assert.equal(put.stderr, '');
  assert.equal(put.code, 0);
  assert.equal(
    (await muster('files', 'put', 'rules', 'mine.xml', source)).code,
    1,
    'not twice without leave',
  );
  assert.equal((await muster('files', 'put', 'rules', 'mine.xml', source, '--overwrite')).code, 0);
  assert.match((await muster('files', 'list', 'rules')).stdout, /^FILE +BYTES +MODIFIED\nmine.xml +21 /);
  assert.equal((await muster('files', 'get', 'rules', 'mine.xml')).stdout, '<group name="mine"/>\n');
  assert.equal((await muster('files', 'delete', 'rules', 'mine.xml')).code, 0);
  assert.equal((await muster('files', 'get', 'rules', '../ossec.conf')).code, 1);
  assert.equal((await muster('files', 'list', 'nonsense')).code, 2);
});

test('what is written from a file are its bytes: one that is no UTF-8 is refused', async () => {
  const source = home.path('tmp/latin.xml');
  writeFileSync(source, Buffer.from('<group name="caf\xe9"/>\n', 'latin1'));
  const put = await muster('files', 'put', 'rules', 'latin.xml', source);
  assert.equal(put.code, 1);
  assert.match(put.stderr, /^muster: Error 3303 - .*latin\.xml/);
  assert.equal(home.read('etc/rules/latin.xml'), null);
});

test('any method can be asked; wrong arguments are told before anything is asked', async () => {
  const answer = await muster('request', 'cluster.local_info');
  assert.equal(JSON.parse(answer.stdout).node, 'master');
  const nodes = await muster('request', 'cluster.nodes', '{"type": "worker", "limit": 1}');
  assert.equal(JSON.parse(nodes.stdout).totalItems, 2);
  const partly = await muster('request', 'cluster.nodes', '{"nodes": ["worker1", "nobody"]}');
  assert.equal(partly.code, 1);
  assert.equal(JSON.parse(partly.stdout).items.length, 1);
  assert.match(partly.stderr, /^muster: nobody: Error 1730 - /);
  const unknown = await muster('request', 'cluster.nonsense');
  assert.equal(unknown.code, 1);
  assert.match(unknown.stderr, /cluster\.nonsense/);
  for (const args of ['{', '[]', '1', 'null']) {
    assert.equal((await muster('request', 'cluster.nodes', args)).code, 2, args);
  }
  assert.equal((await muster('request')).code, 2);
  const list = await runMuster(['request', '--list']);
  assert.equal(JSON.parse(list.stdout)['agents.list'].type, 'local_master');
});

test('an agent that is registered, but not in the store, is told with exit code 1', async () => {
  home.access.set(null);
  const { code, stdout, stderr } = await muster('request', 'agents.add', '{"name": "web-01"}');
  home.access.set(home.store);
  assert.equal(JSON.parse(stdout).warning.code, 3216);
  assert.match(stderr, /^muster: Error 3216 - /);
  assert.equal(code, 1);
});

test('a sync and a file are asked for', async () => {
  const before = home.rounds;
  assert.equal((await muster('sync')).stdout, 'master (master): asked.\n');
  assert.equal(home.rounds, before + 1);
  const sent = await muster('send-file', 'tmp/x', 'worker1');
  assert.equal(sent.stdout, 'tmp/x: 5 bytes sent to worker1.\n');
});

test('a time for the answer may have parts of a millisecond', async () => {
  const { code, stderr } = await muster('request', 'cluster.local_info', '--timeout', '9.0005');
  assert.deepEqual([code, stderr], [0, '']);
});
