import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it, test } from 'node:test';
import { EmbeddedStore } from '../../src/agents/embedded/store.ts';
import { changeGroups, type GroupsChange, showGroups } from '../../src/cli/agents/groups.ts';
import { readAgent } from '../../src/cli/agents/one-agent.ts';
import { register, unregister } from '../../src/cli/agents/register.ts';
import { addClientKeys, type NewClientKey, readClientKeys } from '../../src/registration/client-keys.ts';
import { infoOf } from '../agents/fixture.ts';
import { ossecConf } from '../config/temporary-home.ts';
import { FakeAuthd, says } from '../registration/fake-authd.ts';
import { runMuster, temporaryFolder } from './run-muster.ts';

/** A home whose store is served, as by its node. */
async function servedHome(role: 'master' | 'worker' = 'master') {
  const home = temporaryFolder();
  for (const name of ['default', 'web', 'db']) mkdirSync(join(home, 'etc/shared', name), { recursive: true });
  writeFileSync(join(home, 'etc/ossec.conf'), ossecConf({ node_type: role }));
  const store = await EmbeddedStore.open({ home, isMaster: role === 'master', isServed: true });
  after(() => store.close());
  const muster = (verb: string, ...args: string[]) => runMuster(['agents', verb, '--home', home, ...args]);
  return { home, store, muster, mirror: () => mirror(store) };
}

async function mirror(store: EmbeddedStore): Promise<void> {
  while (!(await store.mirrorRegistry()).isLast);
}

const any = (...names: string[]) => names.map((name) => ({ name, ip: 'any' }));

for (const verb of ['list', 'show', 'add', 'remove', 'group']) {
  test(`muster agents ${verb} --help has examples`, async () => {
    const { code, stdout } = await runMuster(['agents', verb, '--help']);
    assert.equal(code, 0);
    assert.ok(stdout.includes(`$ muster agents ${verb}`) && stdout.includes('Examples:'));
  });
}

test('without a node the answer is error 2005 and exit code 4, with what to do, and nothing is written', async () => {
  const home = temporaryFolder();
  mkdirSync(join(home, 'etc'));
  writeFileSync(join(home, 'etc/ossec.conf'), ossecConf({ node_type: 'master' }));
  const verbs = [['list'], ['show', '1'], ['add', 'web-01'], ['remove', '1'], ['group', '1']];
  for (const outcome of verbs.map((args) => runMuster(['agents', ...args, '--home', home]))) {
    const { code, stderr } = await outcome;
    assert.equal(code, 4);
    assert.match(stderr, /Error 2005 - .*queue\/db\/wdb; start the node with `muster node --home/);
  }
  assert.equal(readClientKeys(home), null);
});

test('ids that are none, and options that exclude each other, are a wrong command line', async () => {
  const home = temporaryFolder();
  const wrong = [
    ['show', '000'],
    ['show', 'x'],
    ['remove'],
    ['remove', '1', '-1'],
    ['add', 'web-01', '--id', '0'],
    ['group', '1', '--add'],
    ['group', '1', '--add', '--remove', 'web'],
    ['list', '--status', 'asleep'],
  ];
  const outcomes = await Promise.all(wrong.map((args) => runMuster(['agents', ...args, '--home', home])));
  for (const [index, { code }] of outcomes.entries()) assert.equal(code, 2, wrong[index]?.join(' '));
});

describe('muster agents add', { concurrency: true }, () => {
  it('registers in client.keys and in the store, and the groups are still to be told to the workers', async () => {
    const { home, store, muster, mirror } = await servedHome();
    await mirror();
    const { code, stdout } = await muster('add', 'web-01', '--group', 'web', '--group', 'default');
    assert.equal(stdout, 'Agent 001, web-01, is registered, in web, default.\n');
    assert.equal(code, 0);
    const [agent] = readClientKeys(home)?.agents ?? [];
    assert.equal(agent?.name, 'web-01');
    const row = await store.agentInfo(1);
    assert.equal(row?.internal_key, agent?.key);
    assert.deepEqual(
      [row?.name, row?.register_ip, row?.group, row?.group_sync_status],
      ['web-01', 'any', 'web,default', 'syncreq'],
    );
    const json = await muster('add', 'db-01', '--ip', '10.0.0.5', '--id', '20', '--json');
    assert.deepEqual(JSON.parse(json.stdout), { id: '020', name: 'db-01', ip: '10.0.0.5', groups: [] });
    // What the node's mirror finds is what it would have made.
    const { agents, groups } = await store.mirrorRegistry();
    assert.deepEqual({ ...agents, ...groups }, { inserted: 0, updated: 0, deleted: 0 });
    assert.equal((await store.agentInfo(1))?.group, 'web,default');
  });

  it('does not mind that the node has seen the key meanwhile, but minds another agent of that id', async () => {
    const { store, muster, mirror } = await servedHome();
    await mirror();
    await store.insertAgent({ id: 1, name: 'web-01', dateAddS: 1 });
    assert.equal((await muster('add', 'web-01')).code, 0);
    await store.insertAgent({ id: 2, name: 'other', dateAddS: 1 });
    const { code, stdout, stderr } = await muster('add', 'web-02');
    assert.equal(stdout, 'Agent 002, web-02, is registered, but not whole in the agent store.\n');
    assert.match(
      stderr,
      /^muster: Error 3216 - .*: agent 002 is registered in .*, but not in the store yet: /,
    );
    assert.equal(code, 1);
    await store.insertAgent({ id: 3, name: 'other too', dateAddS: 1 });
    const json = await muster('add', 'web-03', '--group', 'web', '--json');
    const { warning, ...agent } = JSON.parse(json.stdout);
    assert.deepEqual(agent, { id: '003', name: 'web-03', ip: 'any', groups: [] });
    assert.equal(warning.code, 3216);
    assert.match(warning.detail, /muster agents group 003 --set web$/);
    assert.equal(json.code, 1);
  });

  it('registers nothing where something is wrong, and says what', async () => {
    const { home, muster, mirror } = await servedHome();
    addClientKeys(home, [{ name: 'web-01', ip: '10.0.0.5' }]);
    await mirror();
    const refuses = (code: number, more: Partial<NewClientKey>, ...groups: string[]) =>
      assert.rejects(register(home, { name: 'web-02', ip: 'any', ...more }, groups), { code });
    await refuses(1705, { name: 'web-01' });
    await refuses(1706, { ip: '10.0.0.5' });
    await refuses(1708, { id: 1 });
    await refuses(3210, { name: 'two words' });
    await refuses(3210, { ip: 'here' });
    await refuses(1710, {}, 'web', 'nowhere');
    await refuses(1722, {}, '../web');
    const { code, stdout, stderr } = await muster('add', 'web-01');
    assert.deepEqual([code, stdout], [1, '']);
    assert.equal(
      stderr,
      'muster: Error 1705 - The name of the agent is taken: web-01 is that of agent 001\n',
    );
    assert.equal(readClientKeys(home)?.agents.length, 1);
  });
});

test('where an authd has to register and none answers nobody else does: its socket and what to do are told', async () => {
  const { home, store, muster, mirror } = await servedHome();
  addClientKeys(home, any('web-01'));
  await mirror();
  writeFileSync(join(home, 'etc/muster.json'), '{"agents": {"registration": "authd"}}');
  const verbs: [string, string][] = [
    ['add', 'web-02'],
    ['remove', '1'],
  ];
  for (const [verb, agent] of verbs) {
    const { code, stdout, stderr } = await muster(verb, agent);
    assert.deepEqual([code, stdout], [1, '']);
    assert.match(
      stderr,
      /^muster: Error 1013 - .*queue\/sockets\/auth: .*; nobody but an authd registers agents here, as .*: start it\n$/,
    );
  }
  assert.deepEqual(
    readClientKeys(home)?.agents.map(({ name }) => name),
    ['web-01'],
  );
  assert.deepEqual(await store.allAgents(), [1]);
  const { code, stderr } = await muster('simulate', '--count', '1');
  assert.equal(code, 1);
  assert.match(stderr, /only an authd may/);
});

test('on a worker whose node does not run agents are only looked at: what to do is told', async () => {
  const { home, muster, mirror } = await servedHome('worker');
  addClientKeys(home, any('web-01'));
  await mirror();
  await assert.rejects(register(home, { name: 'web-02', ip: 'any' }, []), {
    code: 3012,
    message: /muster node --home/,
  });
  await assert.rejects(unregister(home, [1]), { code: 3012 });
  await assert.rejects(changeGroups(home, 1, 'set', ['web']), { code: 3019 });
  const { code, stderr } = await muster('add', 'web-02');
  assert.equal(code, 4);
  assert.match(stderr, /^muster: Error 3012 - .* registers agents at its master while it runs/);
  assert.equal((await muster('show', '1')).code, 0);
  assert.equal(readClientKeys(home)?.agents.length, 1);
});

test('muster agents remove takes agents from client.keys and from the store, all or none', async () => {
  const { home, store, muster, mirror } = await servedHome();
  addClientKeys(home, any('a1', 'a2', 'a3'));
  await mirror();
  // One that only the store has, and one that only the file has.
  await store.insertAgent({ id: 9, name: 'a9', dateAddS: 1 });
  await store.deleteAgent(3);
  const unknown = await muster('remove', '1', '7', '8');
  assert.equal(unknown.code, 1);
  assert.match(unknown.stderr, /^muster: Error 1701 - .*: 007, 008; nothing was removed/);
  assert.equal(readClientKeys(home)?.agents.length, 3);
  const { stdout } = await muster('remove', '1', '9', '3');
  assert.equal(
    stdout,
    'Agent 001, a1, is removed.\nAgent 009, a9, is removed.\nAgent 003, a3, is removed.\n',
  );
  assert.deepEqual(await store.allAgents(), [2]);
  assert.deepEqual(
    readClientKeys(home)?.removed.map(({ id }) => id),
    [1, 3],
  );
  assert.deepEqual(JSON.parse((await muster('remove', '2', '--json')).stdout), [{ id: '002', name: 'a2' }]);
});

test('muster agents remove tells which are removed, and which are not, where a daemon refuses one of them', async () => {
  const { home, store, muster, mirror } = await servedHome();
  addClientKeys(home, any('a1', 'a2', 'a3', 'a4'));
  await mirror();
  await using _authd = await FakeAuthd.start(home, (socket) =>
    socket.on('data', (chunk) => {
      const order = chunk.toString();
      if (order.includes('"003"')) return socket.end(says('{"error":9001,"message":"Internal error"}'));
      socket.end(says(order.includes('{') ? '{"error":0,"data":"Agent deleted successfully."}' : 'ok {}'));
    }),
  );
  const { code, stdout, stderr } = await muster('remove', '1', '2', '3', '4');
  assert.equal(stdout, 'Agent 001, a1, is removed.\nAgent 002, a2, is removed.\n');
  assert.match(
    stderr,
    /^muster: 003: Error 1014 - .*Internal error\nmuster: 004: Error 3120 - .*not asked for, since 003 failed\n$/,
  );
  assert.equal(code, 1);
  assert.deepEqual(await store.allAgents(), [3, 4]);
});

describe('muster agents group', { concurrency: true }, () => {
  it('shows, sets, adds and removes groups, which are still to be told to the workers', async () => {
    const { home, store, muster, mirror } = await servedHome();
    addClientKeys(home, any('web-01'));
    await mirror();
    const shows = async (words: string, ...args: string[]) =>
      assert.equal((await muster('group', '1', ...args)).stdout, `Agent 001, web-01, is in ${words}.\n`);
    await shows('no group');
    await shows('web, db', '--set', 'web', 'db');
    assert.equal((await store.agentInfo(1))?.group_sync_status, 'syncreq');
    await shows('web, db, default', 'default', 'web');
    await shows('web', '--remove', 'db', 'default');
    await shows('web, db', '--add', 'db');
    await shows('default', '--remove', 'db', 'web');
    const json = await muster('group', '1', '--json');
    assert.deepEqual(JSON.parse(json.stdout), { id: '001', name: 'web-01', groups: ['default'] });
  });

  it('changes nothing where something is wrong', async () => {
    const { home, store, mirror } = await servedHome();
    addClientKeys(home, any('web-01'));
    const many = Array.from({ length: 129 }, (_, index) => `g${index}`);
    for (const name of many) mkdirSync(join(home, 'etc/shared', name));
    await mirror();
    await changeGroups(home, 1, 'set', ['web']);
    const refuses = (code: number, id: number, change: GroupsChange, ...names: string[]) =>
      assert.rejects(changeGroups(home, id, change, names), { code });
    await assert.rejects(showGroups(home, 2), { code: 1701 });
    await refuses(1701, 2, 'set', 'web');
    await refuses(1710, 1, 'set', 'nowhere', 'web');
    await refuses(1710, 1, 'remove', 'nowhere');
    await refuses(1722, 1, 'add', '../web');
    await refuses(1734, 1, 'remove', 'web', 'db');
    await refuses(1737, 1, 'set', ...many);
    await refuses(1737, 1, 'add', ...many.slice(1));
    assert.deepEqual(await store.groupsOfAgent(1), ['web']);
    await changeGroups(home, 1, 'add', many.slice(2));
    assert.equal((await store.groupsOfAgent(1)).length, 128);
  });
});

describe('muster agents list', { concurrency: true }, () => {
  it('shows agents as a table and as JSON, those that are wanted', async () => {
    const { home, store, muster, mirror } = await servedHome();
    addClientKeys(home, any('a1', 'a2', 'a3'));
    await mirror();
    const nowS = Math.floor(Date.now() / 1000);
    const reports = [
      infoOf(1, { last_keepalive: nowS - 3_700 }),
      infoOf(2, { os_name: 'Ubuntu\u001b[2J', node_name: 'worker2', connection_status: 'disconnected' }),
    ];
    await store.writeAgentInfo(JSON.stringify(reports));
    await changeGroups(home, 1, 'set', ['default', 'web']);
    const { stdout } = await muster('list');
    const lines = stdout.split('\n');
    assert.match(lines[0] ?? '', /^ID {3}NAME +IP +VERSION +OS +NODE +GROUPS +STATUS +KEEPALIVE$/);
    assert.match(
      lines[1] ?? '',
      /^001 {2}a1 +10\.0\.0\.5 +Wazuh v4\.7\.5 +Ubuntu +worker1 +default,web +active +1h 1m$/,
    );
    assert.match(lines[2] ?? '', /^002 {2}a2 .* Ubuntu\uFFFD\[2J +worker2 +— +disconnected +\d+d \d+h$/);
    assert.match(lines[3] ?? '', /^003 {2}a3 +any +— +— +unknown +— +never_connected +—$/);
    assert.equal(lines.length, 5);
    const idsWith = async (...args: string[]) => {
      const json = await muster('list', '--json', ...args);
      return JSON.parse(json.stdout).map(({ id }: { id: string }) => id);
    };
    assert.deepEqual(await idsWith(), ['001', '002', '003']);
    assert.deepEqual(await idsWith('--status', 'active'), ['001']);
    assert.deepEqual(await idsWith('--node', 'worker2'), ['002']);
    assert.deepEqual(await idsWith('--group', 'web'), ['001']);
    assert.deepEqual(await idsWith('--group', 'web', '--node', 'worker2'), []);
  });

  it('lists tens of thousands, each once', async () => {
    const { home, muster, mirror } = await servedHome();
    const count = 20_000;
    addClientKeys(home, any(...Array.from({ length: count }, (_, index) => `agent-${index}`)));
    await mirror();
    const lines = (await muster('list')).stdout.split('\n');
    assert.equal(lines.length, count + 2);
    assert.match(lines.at(-2) ?? '', /^20000 {2}agent-19999 /);
    assert.equal(new Set(lines).size, lines.length);
  });
});

test('muster agents show tells everything of an agent, its key only if it is asked for', async () => {
  const { home, store, muster, mirror } = await servedHome();
  const [agent] = addClientKeys(home, any('web-01'));
  assert.ok(agent);
  await mirror();
  const labels = [{ id: 1, key: 'place', value: 'cellar' }];
  await store.writeAgentInfo(JSON.stringify([infoOf(1, { name: 'web-01', labels })]));
  const { stdout } = await muster('show', '001');
  for (const words of [
    /^id +001$/m,
    /^name +web-01$/m,
    /^os_uname +Linux \|a\|5\.15$/m,
    /^last_keepalive +2023-11-14T22:13:20\.000Z, \d+d \d+h ago$/m,
    /^disconnection_time +—$/m,
    /^label +place: cellar$/m,
  ]) {
    assert.match(stdout, words);
  }
  assert.ok(!stdout.includes(agent.key));
  const json = async (...args: string[]) => JSON.parse((await muster('show', '1', '--json', ...args)).stdout);
  assert.deepEqual((await json()).labels, { place: 'cellar' });
  assert.equal('internal_key' in (await json()), false);
  assert.equal((await json('--key')).internal_key, agent.key);
  await assert.rejects(readAgent(home, 2, { withKey: true }), { code: 1701 });
});
