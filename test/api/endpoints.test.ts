import assert from 'node:assert/strict';
import test from 'node:test';
import { MusterError } from '../../src/protocol/errors.ts';
import { basic, openApi, PASSWORD } from './fixture.ts';

const api = await openApi();
const { app, cluster } = api;
const admin = await api.bearer('administrator');
const watcher = await api.bearer('readonly');

test('a log-in gives a token, and the token opens endpoints', async () => {
  const logIn = await app.inject({
    method: 'POST',
    url: '/security/user/authenticate',
    headers: basic('watcher', PASSWORD),
  });
  assert.equal(logIn.statusCode, 200, logIn.body);
  const { token } = logIn.json().data;
  const nodes = await app.inject({ url: '/cluster/nodes', headers: { authorization: `Bearer ${token}` } });
  assert.equal(nodes.statusCode, 200, nodes.body);
  assert.deepEqual(nodes.json(), {
    data: {
      affected_items: [{ name: 'worker1', type: 'worker', version: '0.1.0', ip: '10.0.0.2' }],
      total_affected_items: 1,
      total_failed_items: 0,
      failed_items: [],
    },
    message: '1 node',
    error: 0,
  });
});

test('the token alone comes as text where it is asked for raw, also by GET', async () => {
  const answer = await app.inject({
    url: '/security/user/authenticate?raw=true',
    headers: basic('admin', PASSWORD),
  });
  assert.match(answer.headers['content-type'] as string, /^text\/plain/);
  assert.match(answer.body, /^[\w-]+\.[\w-]+\.[\w-]+$/);
});

test('an agent that is registered, but not in the store, is a success in part', async () => {
  const warning = { code: 3216, detail: 'agent 001 is registered' };
  cluster.answers.set('agents.add', () => ({ id: '001', name: 'a1', ip: 'any', key: 'k', warning }));
  const answer = await app.inject({
    method: 'POST',
    url: '/agents',
    headers: admin,
    payload: { name: 'a1' },
  });
  cluster.answers.delete('agents.add');
  assert.equal(answer.statusCode, 200, answer.body);
  const { data, message, error } = answer.json();
  assert.equal(error, 2);
  assert.deepEqual([data.id, data.warning], ['001', warning]);
  assert.match(message, /^The agent was registered, but: Error 3216 - .*: agent 001 is registered$/);
  const whole = await app.inject({ method: 'POST', url: '/agents', headers: admin, payload: { name: 'a1' } });
  assert.deepEqual([whole.json().error, whole.json().message], [0, 'The agent was registered']);
});

test('parameters of a list become the arguments of its method', async () => {
  const query =
    'limit=2&offset=1&sort=-name&search=web&select=id,name&q=id%3E100&status=active,pending&os.platform=ubuntu&older_than=1d&agents_list=001,002&distinct=true';
  const answer = await app.inject({ url: `/agents?${query}`, headers: watcher });
  assert.equal(answer.statusCode, 200, answer.body);
  assert.deepEqual(cluster.last.args, {
    limit: 2,
    offset: 1,
    sort: '-name',
    search: 'web',
    select: ['id', 'name'],
    q: 'id>100',
    status: ['active', 'pending'],
    'os.platform': 'ubuntu',
    older_than: '1d',
    agents: ['001', '002'],
    distinct: true,
  });
});

test('a node of the path is the node that is asked, and the user is told to it', async () => {
  await app.inject({ url: '/cluster/worker1/info', headers: watcher });
  const { method, options } = cluster.last;
  assert.equal(method, 'node.info');
  assert.deepEqual(options.nodes, ['worker1']);
  assert.equal(options.user, 'watcher');
});

test('wait_for_complete waits longer', async () => {
  await app.inject({ url: '/cluster/status', headers: watcher });
  const short = cluster.last.options.timeoutMs;
  await app.inject({ url: '/cluster/status?wait_for_complete=true', headers: watcher });
  assert.equal(short, 10_000);
  assert.equal(cluster.last.options.timeoutMs, 600_000);
});

test('pretty breaks answers into lines, and changes nothing else', async () => {
  const plain = await app.inject({ url: '/cluster/status', headers: watcher });
  const pretty = await app.inject({ url: '/cluster/status?pretty=true', headers: watcher });
  assert.ok(pretty.body.includes('\n  "data"'), pretty.body);
  assert.deepEqual(pretty.json(), plain.json());
});

test('a page of a list, which the cluster’s client has checked, is gone through once', async () => {
  let reads = 0;
  const item = {
    get id() {
      reads += 1;
      return '001';
    },
  };
  cluster.answers.set('agents.list', () => ({
    items: [item],
    totalItems: 1,
    failed: [],
    message: '1 agent',
  }));
  for (const url of ['/agents', '/agents?pretty=true']) {
    reads = 0;
    const answer = await app.inject({ url, headers: watcher });
    assert.match(answer.headers['content-type'] as string, /^application\/json; charset=utf-8$/);
    assert.deepEqual(answer.json().data.affected_items, [{ id: '001' }]);
    assert.equal(reads, 1, url);
  }
  cluster.answers.delete('agents.list');
});

test('some failures are told beside the items that went well, with error 2; all failed is error 1', async () => {
  const failed = [{ error: { code: 1701, detail: null }, ids: ['998', '999'] }];
  cluster.answers.set('agents.list', () => ({
    items: [{ id: '001' }],
    totalItems: 1,
    failed,
    message: '1 agent',
  }));
  const some = (await app.inject({ url: '/agents', headers: watcher })).json();
  assert.equal(some.error, 2);
  assert.equal(some.data.total_failed_items, 2);
  assert.equal(some.data.failed_items[0].error.code, 1701);
  assert.deepEqual(some.data.failed_items[0].id, ['998', '999']);
  cluster.answers.set('agents.list', () => ({ items: [], totalItems: 0, failed, message: 'none' }));
  const all = await app.inject({ url: '/agents', headers: watcher });
  assert.equal(all.json().error, 1);
  assert.equal(all.statusCode, 200);
  cluster.answers.delete('agents.list');
});

test('an endpoint about one thing fails as a whole when that fails', async () => {
  cluster.answers.set('node.info', () => ({
    items: [],
    totalItems: 0,
    failed: [{ error: { code: 3022, detail: 'nobody' }, ids: ['nobody'] }],
    message: 'none',
  }));
  const answer = await app.inject({ url: '/cluster/nobody/info', headers: watcher });
  assert.equal(answer.statusCode, 404);
  assert.equal(answer.json().error, 3022);
  cluster.answers.delete('node.info');
});

test('files are written as they come, and read raw', async () => {
  const content = '\uFEFF<group name="local,">ünï</group>\n';
  const put = await app.inject({
    method: 'PUT',
    url: '/rules/files/sub%2Flocal_rules.xml?overwrite=true',
    headers: { ...admin, 'content-type': 'application/octet-stream' },
    payload: content,
  });
  assert.equal(put.statusCode, 200, put.body);
  assert.deepEqual(cluster.last.args, {
    kind: 'rules',
    filename: 'sub/local_rules.xml',
    overwrite: true,
    content,
  });
  const raw = await app.inject({ url: '/rules/files/local_rules.xml?raw=true', headers: watcher });
  assert.match(raw.headers['content-type'] as string, /^text\/plain/);
  assert.equal(raw.body, '<group name="local,"/>\n');
});

test('agents are registered by JSON, with the words of the original for when one may be replaced', async () => {
  const answer = await app.inject({
    method: 'POST',
    url: '/agents/insert',
    headers: admin,
    payload: {
      name: 'web-02',
      ip: '10.0.0.9',
      id: '012',
      force: {
        enabled: true,
        after_registration_time: '1h',
        disconnected_time: { enabled: true, value: '1d' },
      },
    },
  });
  assert.equal(answer.statusCode, 200, answer.body);
  assert.deepEqual(cluster.last.args, {
    name: 'web-02',
    ip: '10.0.0.9',
    id: '012',
    force: { disconnected_for: '1d', registered_for: '1h' },
  });
});

test('agents are removed by name or all, with the filters of the original', async () => {
  const url = '/agents?agents_list=all&status=never_connected&older_than=0s&purge=true';
  const answer = await app.inject({ method: 'DELETE', url, headers: admin });
  assert.equal(answer.statusCode, 200, answer.body);
  assert.deepEqual(cluster.last.args, {
    agents: 'all',
    status: ['never_connected'],
    older_than: '0s',
    purge: true,
  });
});

test('while the cluster is away the answer says so with its code; when it is back the API goes on by itself', async () => {
  cluster.answers.set('cluster.nodes', () => {
    throw new MusterError(3012, 'no daemon answers');
  });
  const away = await app.inject({ url: '/cluster/nodes', headers: watcher });
  assert.equal(away.statusCode, 503);
  assert.equal(away.json().error, 3012);
  assert.equal(away.json().title, 'Service Unavailable');
  cluster.answers.delete('cluster.nodes');
  const back = await app.inject({ url: '/cluster/nodes', headers: watcher });
  assert.equal(back.statusCode, 200);
});

test('an answer of the cluster that is not what the description says is an error, not passed on', async () => {
  cluster.answers.set('agents.summary_status', () => ({ secret: 'x' }));
  const answer = await app.inject({ url: '/agents/summary/status', headers: watcher });
  assert.equal(answer.statusCode, 500);
  assert.equal(answer.json().error, 3414);
  assert.ok(!answer.body.includes('secret'));
  cluster.answers.delete('agents.summary_status');
});

test('what fails unforeseen is told by its code alone, and logged in full', async () => {
  cluster.answers.set('cluster.status', () => {
    throw new Error('kaboom');
  });
  const answer = await app.inject({ url: '/cluster/status', headers: watcher });
  assert.equal(answer.statusCode, 500);
  assert.equal(answer.json().error, 1000);
  assert.ok(!answer.body.includes('kaboom'));
  assert.ok(api.lines.some((line) => line.startsWith('ERROR GET /cluster/status')));
  cluster.answers.delete('cluster.status');
});

test('whoever changes something is named in the log, and so is whoever tried to', async () => {
  const url = '/agents?agents_list=001&status=active';
  await app.inject({ method: 'DELETE', url, headers: admin });
  const done = /^admin \(127\.0\.0\.1\): DELETE \/agents\?\S+ in \d\.\d{3}s$/;
  assert.ok(api.lines.some((line) => done.test(line)));
  cluster.answers.set('agents.remove', () => {
    throw new MusterError(3021, 'agents.remove');
  });
  assert.equal((await app.inject({ method: 'DELETE', url, headers: admin })).statusCode, 504);
  const failed = /^admin \(127\.0\.0\.1\): DELETE \/agents\?\S+ failed after \d\.\d{3}s: Error 3021 - /;
  assert.ok(api.lines.some((line) => failed.test(line)));
  cluster.answers.delete('agents.remove');
});

test('health needs nobody; readiness needs the daemon', async () => {
  assert.equal((await app.inject('/health')).statusCode, 200);
  assert.equal((await app.inject('/ready')).statusCode, 200);
  cluster.answers.set('cluster.status', () => {
    throw new MusterError(3012);
  });
  assert.equal((await app.inject('/health')).statusCode, 200);
  assert.equal((await app.inject('/ready')).statusCode, 503);
  cluster.answers.delete('cluster.status');
});

test('metrics tell of requests and of the cluster, to whoever may log in', async () => {
  assert.equal((await app.inject('/metrics')).statusCode, 401);
  const wrong = await app.inject({ url: '/metrics', headers: basic('watcher', 'not the password') });
  assert.equal(wrong.statusCode, 401);
  const right = await app.inject({ url: '/metrics', headers: basic('watcher', PASSWORD) });
  assert.equal(right.statusCode, 200);
  assert.match(right.body, /^muster_cluster_up 1$/m);
  assert.match(right.body, /^muster_node_connected\{node="worker1",type="worker"\} 1$/m);
  assert.match(right.body, /^muster_agents\{status="active"\} 2$/m);
  assert.match(
    right.body,
    /muster_api_http_request_duration_seconds_count\{method="GET",route="\/cluster\/nodes"/,
  );
  assert.match(
    right.body,
    /muster_api_cluster_request_failures_total\{method="cluster.nodes",code="3012"\} 1/,
  );
});

test('metrics say that the daemon is there while one request about nodes fails, and that it is not when it does not answer', async () => {
  const metrics = async () =>
    (await app.inject({ url: '/metrics', headers: basic('watcher', PASSWORD) })).body;
  const fails = (code: number) => () => {
    throw new MusterError(code);
  };
  cluster.answers.set('node.status', fails(3021));
  const slow = await metrics();
  assert.match(slow, /^muster_cluster_up 1$/m);
  assert.match(slow, /^muster_node_connected\{node="worker1",type="worker"\} 1$/m);
  cluster.answers.set('cluster.local_info', fails(3012));
  const away = await metrics();
  assert.match(away, /^muster_cluster_up 0$/m);
  assert.doesNotMatch(away, /^muster_(node_connected|agents)\{/m);
  cluster.answers.clear();
});
