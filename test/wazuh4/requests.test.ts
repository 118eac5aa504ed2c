import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ClusterClient } from '../../src/local/cluster-client.ts';
import { MAX_REJECTION_LINES } from '../../src/node/effects/rejection-log.ts';
import { waitFor } from '../harness/wait-for.ts';
import type { Original } from './original.ts';
import { MasterScene } from './scene.ts';

const AGENTS = `001 a1 any ${'a'.repeat(64)}\n002 a2 any ${'b'.repeat(64)}\n`;
const callable = (module: string, qualname: string) => ({
  __callable__: {
    __name__: qualname.split('.').at(-1),
    __module__: module,
    __qualname__: qualname,
    __type__: 'function',
  },
});
const agents = callable('wazuh.agent', 'get_agents');

async function scene(): Promise<MasterScene> {
  const made = await MasterScene.start({ 'etc/client.keys': AGENTS });
  const { store } = made.master.services;
  await waitFor('the agents', async () => (await store.current.agentName(2).catch(() => null)) === 'a2');
  return made;
}

// biome-ignore lint/suspicious/noExplicitAny: what an answer holds differs by function; each test knows what it looks at
type Json = Record<string, any>;

let lastId = 0;
/** Asks the master as the local client of a worker does, and resolves to the string that answers. */
const dapi = (worker: Original, request: object): Promise<Json> => dapiText(worker, JSON.stringify(request));

/** The same with what may be no request. Originals look at the string alone: whatever comes of it has to be told there. */
async function dapiText(worker: Original, request: string): Promise<Json> {
  lastId += 1;
  const id = `46${lastId}`;
  worker.answers.dapi_res = () => ({ to: 'client' });
  const before = worker.heard.length;
  assert.deepEqual(await worker.askPlain('dapi', `${id} ${request}`), {
    command: 'ok',
    text: 'Added request to API requests queue',
  });
  const { text } = await worker.hearsOneOf(['dapi_res'], before);
  assert.equal(text.split(' ')[0], id);
  return JSON.parse(worker.strings.get(Number(text.split(' ')[1]))?.toString() ?? '');
}

const resultOf = (answer: Json): Json => answer.__wazuh_result__.__object__;
const errorOf = (answer: Json): Json => answer.__wazuh_exception__.__object__;

test('functions of the list are answered with the results of the original', async () => {
  await using place = await scene();
  const worker = await place.worker();
  const listed = resultOf(
    await dapi(worker, {
      f: agents,
      f_kwargs: {
        agent_list: ['001', '999'],
        select: ['id', 'name'],
        sort: { fields: ['id'], order: 'desc' },
      },
      request_type: 'local_master',
    }),
  );
  assert.deepEqual(listed.affected_items, [{ id: '001', name: 'a1' }]);
  assert.deepEqual(
    [listed.total_affected_items, listed.total_failed_items, listed.failed_items_values],
    [1, 1, [['999']]],
  );
  assert.equal(listed.failed_items_keys[0]?.__object__.code, 1701);
  const overview = resultOf(
    await dapi(worker, {
      f: callable('wazuh.core.agent', 'Agent.get_agents_overview'),
      f_kwargs: {
        filters: { status: 'all', node_name: 'all' },
        limit: null,
        select: ['id', 'ip', 'name', 'status', 'node_name', 'version'],
      },
    }),
  );
  assert.equal(overview.result.totalItems, 3);
  const nodes = resultOf(
    await dapi(worker, {
      f: callable('wazuh.cluster', 'get_nodes_info'),
      f_kwargs: { filter_node: ['master', 'nobody'] },
      is_async: true,
      local_client_arg: 'lc',
    }),
  );
  assert.deepEqual(nodes.affected_items, [
    { name: 'master', type: 'master', version: '4.7.5', ip: '10.0.0.1' },
  ]);
  const health = resultOf(
    await dapi(worker, { f: callable('wazuh.cluster', 'get_health_nodes'), f_kwargs: { filter_node: null } }),
  );
  assert.equal(health.affected_items.length, 2);
  const summary = resultOf(
    await dapi(worker, { f: callable('wazuh.agent', 'get_agents_summary_status'), f_kwargs: {} }),
  );
  assert.equal(summary.result.data.connection.total, 2);
  const systems = resultOf(
    await dapi(worker, {
      f: callable('wazuh.syscollector', 'get_item_agent'),
      f_kwargs: { agent_list: ['001'], element_type: 'os' },
      request_type: 'distributed_master',
    }),
  );
  assert.equal(systems.affected_items[0]?.agent_id, '001');
});

test('agents of several nodes are listed, however cluster_control and others name several', async () => {
  await using place = await scene();
  const { store } = place.master.services;
  const about = { connection_status: 'active', group_config_status: 'synced', last_keepalive: 1_700_000_000 };
  const chunk = [
    { id: 1, name: 'a1', node_name: 'w1', version: 'Wazuh v4.7.5', ...about },
    { id: 2, name: 'a2', node_name: 'w2', version: 'Wazuh v4.7.4', ...about },
  ];
  await store.current.writeAgentInfo(JSON.stringify(chunk));
  const worker = await place.worker();
  const overview = callable('wazuh.core.agent', 'Agent.get_agents_overview');
  const listed = async (filters: object, rest: object = {}) => {
    const answer = await dapi(worker, { f: overview, f_kwargs: { filters, ...rest } });
    return resultOf(answer).result.items.map(({ name }: Json) => name);
  };
  assert.deepEqual(await listed({ status: 'all', node_name: 'w1,w2' }), ['a1', 'a2']);
  assert.deepEqual(await listed({ status: 'active,disconnected', node_name: 'w2,w9' }), ['a2']);
  assert.deepEqual(await listed({ node_name: ['w1', 'w2'], version: ['Wazuh v4.7.4', 'x'] }), ['a2']);
  assert.deepEqual(await listed({ node_name: 'w1', version: [] }), ['a1']);
  assert.deepEqual(await listed({ node_name: ['w1', 'w2'] }, { q: 'name=a1,name=a9' }), ['a1']);
  for (const value of [
    ['w1', 'w2;name=a1'],
    ['w1', 'null'],
    ['w1', '(w2'],
    ['w1', ''],
  ]) {
    const answer = await dapi(worker, { f: overview, f_kwargs: { filters: { node_name: value } } });
    assert.equal(errorOf(answer).code, 1000, String(value));
  }
});

test('a long answer is put into the form of the original by a thread', async () => {
  const many = Array.from(
    { length: 3_000 },
    (_, i) => `${String(i + 1).padStart(3, '0')} a${i} any ${'a'.repeat(64)}`,
  );
  await using place = await MasterScene.start({ 'etc/client.keys': `${many.join('\n')}\n` });
  const { store } = place.master.services;
  await waitFor(
    'the agents',
    async () => (await store.current.agentName(3_000).catch(() => null)) === 'a2999',
  );
  const worker = await place.worker();
  let threads = 0;
  const count = () => {
    threads += 1;
  };
  process.on('worker', count);
  try {
    const page = await dapi(worker, { f: agents, f_kwargs: { limit: null } });
    assert.equal(resultOf(page).affected_items.length, 3_001);
    assert.equal(threads, 1);
  } finally {
    process.off('worker', count);
  }
});

test('of the systems of agents the fields are told that were selected; what would be another list is refused', async () => {
  await using place = await scene();
  const chunk = {
    id: 1,
    name: 'a1',
    node_name: 'master',
    connection_status: 'active',
    group_config_status: 'synced',
    last_keepalive: 1_700_000_000,
    os_name: 'Ubuntu',
    os_version: '22.04',
    os_arch: 'x86_64',
  };
  await place.master.services.store.current.writeAgentInfo(JSON.stringify([chunk]));
  const worker = await place.worker();
  const systems = (kwargs: object) =>
    dapi(worker, {
      f: callable('wazuh.syscollector', 'get_item_agent'),
      f_kwargs: { agent_list: ['001', '002'], element_type: 'os', ...kwargs },
      request_type: 'distributed_master',
    });
  const told = async (kwargs: object) => {
    const items: Json[] = resultOf(await systems(kwargs)).affected_items;
    return items.find(({ agent_id }) => agent_id === '001');
  };
  const whole = { agent_id: '001', architecture: 'x86_64', os: { name: 'Ubuntu', version: '22.04' } };
  assert.deepEqual(
    await told({ select: null, offset: 0, limit: 500, search: null, filters: {}, q: '' }),
    whole,
  );
  assert.deepEqual(await told({ select: ['os.name', 'hostname', 'os.name'] }), {
    agent_id: '001',
    os: { name: 'Ubuntu' },
  });
  assert.deepEqual(await told({ select: ['architecture'] }), { agent_id: '001', architecture: 'x86_64' });
  assert.equal(errorOf(await systems({ select: ['os.shoe_size'] })).code, 1724);
  for (const [what, value] of Object.entries({
    offset: 1,
    limit: 1,
    search: { value: 'x' },
    sort: { fields: ['os.name'], order: 'asc' },
    q: 'os.name=Ubuntu',
    filters: { os_name: 'Ubuntu' },
    distinct: true,
  })) {
    const { code, extra_message } = errorOf(await systems({ [what]: value }));
    assert.equal(code, 1000, what);
    assert.match(extra_message, /is not understood/, what);
  }
});

test('what is not on the list is never called, whatever it is named; nor is it for who may not know all', async () => {
  await using place = await scene();
  const worker = await place.worker();
  for (const [module, name] of [
    ['os', 'system'],
    ['builtins', 'eval'],
    ['wazuh.agent', 'restart_agents'],
    ['agents', 'list'],
    ['__proto__', 'constructor'],
    ['', ''],
  ] as const) {
    const { code, extra_message } = errorOf(
      await dapi(worker, { f: callable(module, name), f_kwargs: { command: 'id' } }),
    );
    assert.equal(code, 1000, `${module}.${name}`);
    assert.match(extra_message, /method/);
  }
  const told = () => place.master.log.find(/from worker1 \(\S+\): failed .*Error 3300 - Unknown method: /);
  const isTold = () => told().length === 6;
  await waitFor('the log to tell who asked for what', isTold, 10_000, place.explain);
  assert.match(JSON.stringify(told()[0]), /os\.system/);
  assert.deepEqual(
    told().map(({ level }) => level),
    [...Array.from({ length: MAX_REJECTION_LINES }, () => 'warning'), 'debug'],
    'and nobody fills it',
  );
  const white = (permissions: object) => ({
    f: agents,
    f_kwargs: {},
    rbac_permissions: { ...permissions, rbac_mode: 'white' },
  });
  assert.equal(errorOf(await dapi(worker, white({}))).code, 4000);
  assert.equal(errorOf(await dapi(worker, white({ 'agent:read': { 'agent:id:001': 'allow' } }))).code, 4000);
  assert.equal(
    errorOf(await dapi(worker, white({ 'agent:read': { 'agent:id:*': 'allow', 'agent:id:002': 'deny' } })))
      .code,
    4000,
  );
  assert.equal(
    resultOf(await dapi(worker, white({ 'agent:read': { 'agent:id:*': 'allow' } }))).total_affected_items,
    3,
  );
  assert.equal(errorOf(await dapi(worker, { f: agents, f_kwargs: { surprise: 1 } })).code, 1000);
});

test('JSON that would be code is data: it is refused, and the connection lives on', async () => {
  await using place = await scene();
  const worker = await place.worker();
  for (const request of [
    '{"f": {"__unhandled_exc__": {"__class__": "__import__(\'os\').system", "__args__": ["id"]}}}',
    '{"f": {"__callable__": {"__name__": "x"}}}',
    '{"__proto__": {"f": 1}}',
    '{"f": {"__callable__": {"__name__": "x", "__module__": "m", "__qualname__": "q", "__type__": "t", "\\u005f_proto__": {}}}}',
    '{"f_kwargs": {}}',
    `${'['.repeat(100)}`,
    '{"f": 1, "surprise": 2}',
    'no JSON',
  ])
    assert.equal(errorOf(await dapiText(worker, request)).code, 1000, request);
  assert.equal((await worker.askPlain('echo', 'still here')).text, 'still here');
});

test('questions about nodes have the answers and the errors of the original', async () => {
  await using place = await scene();
  const worker = await place.worker();
  const nodes = JSON.parse((await worker.askPlain('get_nodes', '{}')).text);
  assert.deepEqual(
    nodes.items.map(({ name, type, version }: Record<string, string>) => [name, type, version]),
    [
      ['master', 'master', '4.7.5'],
      ['worker1', 'worker', '4.7.5'],
    ],
  );
  const code = async (query: object) =>
    JSON.parse(await worker.refusal('get_nodes', JSON.stringify(query))).__wazuh_exception__.__object__.code;
  assert.deepEqual(
    [
      await code({ select: ['nothing'] }),
      await code({ filter_type: 'boss' }),
      await code({ filter_node: 'nobody' }),
      await code({ offset: -1 }),
      await code({ limit: 0 }),
      await code({ limit: 100_001 }),
      await code({ limit: -1 }),
      await code({ sort: { fields: ['nothing'], order: 'asc' } }),
    ],
    [1724, 1728, 1730, 1400, 1406, 1405, 1401, 1403],
  );
  const all = JSON.parse((await worker.askPlain('get_health', 'null')).text);
  assert.deepEqual(Object.keys(all.nodes).sort(), ['master', 'worker1']);
  assert.match(all.nodes.worker1.status.last_keep_alive, /\.\d{6}Z$/);
  assert.deepEqual(Object.keys(JSON.parse((await worker.askPlain('get_health', '{}')).text).nodes), [
    'worker1',
  ]);
  assert.deepEqual(Object.keys(JSON.parse((await worker.askPlain('get_health', '["master"]')).text).nodes), [
    'master',
  ]);
});

test('messages for services of the master are answered by a string; what there is no service for, by a text', async () => {
  await using place = await MasterScene.start();
  const { registration } = place.master.services;
  await waitFor('the registration', () => {
    try {
      return registration.current !== null;
    } catch {
      return false;
    }
  });
  const worker = await place.worker();
  worker.answers.sendsyn_res = () => ({});
  worker.answers.sendsyn_err = () => ({});
  const add = { daemon_name: 'authd', message: { function: 'add', arguments: { name: 'new1', ip: 'any' } } };
  assert.equal(
    (await worker.askPlain('sendsync', `77 ${JSON.stringify(add)}`)).text,
    'Added request to SendSync requests queue',
  );
  const [id, string] = (await worker.hears('sendsyn_res', 1, place.explain)).split(' ');
  assert.equal(id, '77');
  const answer = JSON.parse(worker.strings.get(Number(string))?.toString() ?? '');
  assert.deepEqual([answer.error, answer.data.name], [0, 'new1']);
  assert.match(place.master.read('etc/client.keys'), /^001 new1 any [0-9a-f]{64}$/m);
});

test('a message for no service of the master, or that is none, is received; its failure is told to whoever waits', async () => {
  await using place = await MasterScene.start();
  const worker = await place.worker();
  worker.answers.sendsyn_err = () => ({});
  let told = 0;
  for (const [message, code] of [
    ['{"daemon_name": "nope", "message": {}}', 1013],
    [`{"daemon_name": "authd", "message": "${'a'.repeat(70_000)}"}`, 1000],
    ['{"message": {}}', 1000],
    ['no JSON', 1000],
    [`{"daemon_name": "authd", "message": {"a": [${'1,'.repeat(70_000)}1]}}`, 1000],
  ] as const) {
    told += 1;
    const what = message.slice(0, 60);
    const { command, text } = await worker.askPlain('sendsync', `7${told} ${message}`);
    assert.deepEqual([command, text], ['ok', 'Added request to SendSync requests queue'], what);
    const error = await worker.hears('sendsyn_err', told, place.explain);
    assert.ok(error.startsWith(`7${told} Error ${code} - `), `${what}: ${error}`);
  }
  assert.match(await worker.refusal('sendsync', 'no-name'), /"code": 1000/, 'nobody waits who could be told');
  assert.match(await worker.refusal('sendsync', '* {}'), /"code": 1000/);
});

test('a request that is too much is received, and its failure told to whoever waits for the answer', async () => {
  await using place = await scene();
  const worker = await place.worker();
  const ids = Array.from({ length: 70_000 }, (_, index) => String(index));
  for (const request of [
    { f: agents, f_kwargs: { agent_list: ids } },
    { f_kwargs: {} },
    { f: agents, surprise: 1 },
  ])
    assert.equal(errorOf(await dapi(worker, request)).code, 1000);
  assert.match(await worker.refusal('dapi', 'no-name'), /"code": 1000/, 'nobody waits who could be told');
});

test('a request for an agent of a worker of 4.x goes to it, and its answer into ours', async () => {
  await using place = await scene();
  const { store } = place.master.services;
  const worker = await place.worker('w2');
  const other = await place.worker('w1');
  const chunk = JSON.stringify([
    {
      id: 1,
      name: 'a1',
      node_name: 'w2',
      connection_status: 'active',
      group_config_status: 'synced',
      last_keepalive: 1_700_000_000,
    },
  ]);
  await store.current.writeAgentInfo(chunk);
  worker.answers.dapi = () => ({});
  const asking = dapi(other, {
    f: callable('wazuh.syscollector', 'get_item_agent'),
    f_kwargs: { agent_list: ['001', '002'], element_type: 'os' },
    request_type: 'distributed_master',
  });
  const asked = await worker.hears('dapi', 1, place.explain);
  const [id, json] = [asked.slice(0, asked.indexOf(' ')), JSON.parse(asked.slice(asked.indexOf(' ') + 1))];
  assert.deepEqual(json.f.__callable__, {
    __name__: 'get_item_agent',
    __module__: 'wazuh.syscollector',
    __qualname__: 'get_item_agent',
    __type__: 'function',
  });
  assert.deepEqual([json.f_kwargs, json.from_cluster], [{ agent_list: ['001'], element_type: 'os' }, true]);
  const result = {
    __wazuh_result__: {
      __class__: 'AffectedItemsWazuhResult',
      __object__: {
        affected_items: [{ agent_id: '001', os: { name: 'Ubuntu', odd: 1 }, scan: { id: 0 } }],
        sort_fields: ['agent_id'],
        sort_casting: ['str'],
        sort_ascending: [true],
        total_affected_items: 1,
        total_failed_items: 0,
        dikt: {},
        all_msg: 'a',
        some_msg: 'b',
        none_msg: 'c',
        failed_items_keys: [],
        failed_items_values: [],
      },
    },
  };
  const string = await worker.sendString(JSON.stringify(result));
  assert.equal((await worker.askPlain('dapi_res', `${id} ${string}`)).text, 'Forwarded response');
  const items: Json[] = resultOf(await asking).affected_items;
  assert.deepEqual(items.find(({ agent_id }) => agent_id === '001')?.os, { name: 'Ubuntu' });
  assert.deepEqual(items.map(({ agent_id }) => agent_id).sort(), ['001', '002']);
  assert.match(await worker.refusal('dapi_res', `${id} ${string}`), /"code": 30(32|35)/);
});

test('a request that is passed on to a worker of 4.x names the function there; it has the version that all have', async () => {
  await using place = await MasterScene.start();
  const worker = await place.worker('w2');
  worker.answers.dapi = () => ({});
  const client = await ClusterClient.connect(place.master.home);
  try {
    const asking = client.request('cluster.local_info', {}, { forwardTo: 'w2' });
    const asked = await worker.hears('dapi', 1, place.explain);
    const [id, json] = [asked.slice(0, asked.indexOf(' ')), JSON.parse(asked.slice(asked.indexOf(' ') + 1))];
    assert.deepEqual(json.f, callable('wazuh.cluster', 'get_node_wrapper'));
    const string = await worker.sendString(
      JSON.stringify({
        __wazuh_result__: {
          __class__: 'AffectedItemsWazuhResult',
          __object__: {
            affected_items: [{ node: 'w2', cluster: 'wazuh', type: 'worker' }],
            total_affected_items: 1,
          },
        },
      }),
    );
    assert.equal((await worker.askPlain('dapi_res', `${id} ${string}`)).text, 'Forwarded response');
    const told = { node: 'w2', cluster: 'wazuh', type: 'worker', version: '4.7.5' };
    assert.deepEqual(await asking, told);
  } finally {
    await client.close();
  }
});

test('a worker of 4.x is told nothing of a request that nobody waits for: it would take it for a trouble with a file', async () => {
  await using place = await MasterScene.start();
  const worker = await place.worker('w2');
  worker.answers.dapi = () => ({});
  const client = await ClusterClient.connect(place.master.home);
  try {
    const given = new AbortController();
    const first = client.request('cluster.local_info', {}, { forwardTo: 'w2', signal: given.signal });
    await worker.hears('dapi', 1, place.explain);
    given.abort();
    await assert.rejects(first, { code: 3120 });
    // It goes the same way as what would have told of the first one, behind that.
    client.request('cluster.local_info', {}, { forwardTo: 'w2' }).catch(() => {});
    await worker.hears('dapi', 2, place.explain);
    assert.ok(!worker.heard.some(({ command }) => command === 'cancel_task'), place.explain());
  } finally {
    await client.close();
  }
});

test('a request that fails at a worker of 4.x has the code that it tells of, as an exception, a line or a text', async () => {
  await using place = await MasterScene.start();
  const worker = await place.worker('w2');
  worker.answers.dapi = () => ({});
  const client = await ClusterClient.connect(place.master.home);
  const fields = { title: 'Wazuh Cluster Error', code: 3034, extra_message: 'a.zip' };
  const exception = { __wazuh_exception__: { __class__: 'WazuhClusterError', __object__: fields } };
  try {
    let asked = 0;
    for (const [told, code, detail] of [
      [JSON.stringify(exception), 3034, /: a\.zip$/],
      ['Error 3034 - Error sending file. File not found.: b.zip', 3034, /: b\.zip$/],
      ['it broke', 3000, /: it broke$/],
      ['{"what": "it broke"}', 3000, /"it broke"/],
    ] as const) {
      asked += 1;
      const asking = client.request('cluster.local_info', {}, { forwardTo: 'w2' });
      const failed = assert.rejects(asking, { code, message: detail });
      const [id] = (await worker.hears('dapi', asked, place.explain)).split(' ');
      assert.equal((await worker.askPlain('dapi_err', `${id} ${told}`)).command, 'ok');
      await failed;
    }
  } finally {
    await client.close();
  }
});
