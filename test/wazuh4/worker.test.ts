import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ClusterClient } from '../../src/local/cluster-client.ts';
import { AutoTransport } from '../../src/node/wazuh4/auto-transport.ts';
import { DialectMemory } from '../../src/node/wazuh4/dialect-memory.ts';
import { wazuhException } from '../../src/protocol/dialects/wazuh4/exceptions.ts';
import { encodeObjects } from '../../src/protocol/dialects/wazuh4/objects.ts';
import { MusterError } from '../../src/protocol/errors.ts';
import { KeyRing } from '../../src/transport/keys.ts';
import { TcpTransport } from '../../src/transport/tcp.ts';
import { TlsPskTransport } from '../../src/transport/tls-psk.ts';
import type { Connection } from '../../src/transport/transport.ts';
import { KEY } from '../config/temporary-home.ts';
import { type Entry, listOf, packageOf, zlib } from '../files/wazuh4/packages.ts';
import { waitFor } from '../harness/wait-for.ts';
import { memoryTakenBy, SMALL_MESSAGE_BYTES } from './parser-of-original.ts';
import { listOfRound, sendPackage, TASK, WorkerScene } from './worker-scene.ts';

test('a worker that is not answered in its own dialect says hello as the original does, and asks who the master is', async () => {
  await using scene = await WorkerScene.start(() => {});
  const master = await scene.welcomed();
  assert.deepEqual(master.heard[0], { command: 'hello', text: 'worker1 wazuh worker 4.7.5' });
  await waitFor('the name', () => scene.worker.services.status.master?.name === 'boss');
  assert.equal(scene.memory.greeted, 'wazuh4');
  assert.equal(scene.masters[0]?.heard.length, 0, 'nothing of its own dialect could be decrypted');
  const before = scene.masters.length;
  master.close();
  await waitFor(
    'it to come back',
    () => scene.masters.slice(before).some(({ heard }) => heard[0]?.command === 'hello'),
    15_000,
    scene.explain,
  );
});

test('a master that calls itself what no node may be called is left, as it would leave such a worker', async () => {
  await using scene = await WorkerScene.start((master) => {
    master.answers.get_nodes = () => ({
      items: [{ name: '../../m', type: 'master', version: '4.7.5', ip: '127.0.0.1' }],
      totalItems: 1,
    });
  });
  await scene.welcomed();
  await waitFor('the refusal', () => scene.explain().includes('Error 3105'), 15_000, scene.explain);
  assert.equal(scene.worker.services.status.master, null);
  assert.doesNotMatch(scene.explain(), /Successfully connected/);
});

test('a master that says nothing to TLS is taken for one of 4.x, and one that has answered in ours never is', async () => {
  await using scene = await WorkerScene.start(() => {}, { secure: true });
  const master = await scene.welcomed();
  assert.equal(master.heard[0]?.text, 'worker1 wazuh worker 4.7.5');
  assert.equal(scene.memory.greeted, 'wazuh4');
  const memory = new DialectMemory();
  memory.noteAnswer('muster');
  const { port } = scene.server.address() as { port: number };
  const own = new TlsPskTransport({ host: '127.0.0.1', port, nodeName: 'worker1', keys: new KeyRing(KEY) });
  const auto = new AutoTransport(own, new TcpTransport({ host: '127.0.0.1', port }, 'wazuh4'), memory);
  await assert.rejects(auto.connect({ timeoutMs: 300 }), { code: 3102 });
});

test('who has completed a handshake of ours speaks as we do, though it closes before hello', async () => {
  const keys = new KeyRing(KEY);
  const master = new TlsPskTransport({ host: '127.0.0.1', port: 0, nodeName: 'boss', keys });
  const accepted: Connection[] = [];
  const listener = await master.listen({
    onConnection: (connection) => accepted.push(connection),
    onRejected: () => {},
    onError: () => {},
  });
  const address = { host: '127.0.0.1', port: Number(listener.address.split(':')[1]) };
  const memory = new DialectMemory();
  const own = new TlsPskTransport({ ...address, nodeName: 'worker1', keys });
  const auto = new AutoTransport(own, new TcpTransport(address, 'wazuh4'), memory);
  try {
    const first = await auto.connect({ timeoutMs: 5_000 });
    // No hello was answered when it ended.
    memory.noteSilence('muster');
    accepted.push(first, await auto.connect({ timeoutMs: 5_000 }));
    assert.equal(accepted.at(-1)?.peer.dialect, 'muster');
  } finally {
    for (const connection of accepted) connection.destroy(null);
    await listener.close();
  }
});

test('what a worker says first, and when it comes back, makes no original take memory for it', async () => {
  const first: Buffer[] = [];
  await using scene = await WorkerScene.start(() => {}, { secure: true });
  scene.server.on('connection', (socket) => socket.once('data', (bytes: Buffer) => first.push(bytes)));
  const master = await scene.welcomed();
  const before = first.length;
  master.close();
  const isBack = () =>
    scene.masters.slice(before).some(({ heard }) => heard.some(({ command }) => command === 'get_nodes'));
  await waitFor('it to come back', isBack, 15_000, scene.explain);
  const told = first.map((bytes) => ({ isTls: bytes[0] === 0x16, takes: memoryTakenBy(bytes) }));
  assert.deepEqual(
    told.map(({ isTls }) => isTls),
    [true, false, true, false],
    'its own dialect first, each time',
  );
  for (const { takes } of told) assert.ok(takes <= SMALL_MESSAGE_BYTES, JSON.stringify(told));
});

test('a refusal is told with its code, and asked again after a pause', async () => {
  await using scene = await WorkerScene.start((master) => {
    master.answers.hello = () => {
      throw new MusterError(3031);
    };
  });
  await scene.worker.start();
  await waitFor(
    'the refusal',
    () => scene.worker.log.find(/Could not connect to master: Error 3031/).length > 0,
    10_000,
    scene.explain,
  );
  assert.equal(scene.memory.greeted, 'wazuh4', 'who refuses has understood');
});

test('a round: the list in the original’s form, then the package in place, with what is too much gone', async () => {
  await using scene = await WorkerScene.start(() => {});
  scene.worker.write('etc/rules/a.xml', 'old');
  scene.worker.write('etc/rules/x.xml', 'x');
  const master = await scene.welcomed();
  const list = await unpackedList(await listOfRound(master, scene));
  assert.deepEqual(Object.keys(list), ['etc/rules/a.xml', 'etc/rules/x.xml']);
  assert.deepEqual(Object.keys(list['etc/rules/a.xml']), ['mod_time', 'cluster_item_key', 'merged', 'hash']);
  const parts = {
    missing: { 'etc/rules/b.xml': 'beta' },
    shared: { 'etc/rules/a.xml': 'alpha' },
    extra: { 'etc/rules/x.xml': 'x' },
  };
  await sendPackage(
    master,
    packageOf(
      ['etc/rules/b.xml', zlib('beta')],
      ['etc/rules/a.xml', zlib('alpha')] satisfies Entry,
      listOf(parts),
    ),
  );
  await waitFor(
    'the set',
    () => scene.worker.services.status.lastSync?.outcome === 'synced',
    10_000,
    scene.explain,
  );
  assert.equal(scene.worker.read('etc/rules/a.xml'), 'alpha');
  assert.equal(scene.worker.read('etc/rules/b.xml'), 'beta');
  assert.throws(() => scene.worker.read('etc/rules/x.xml'));
  await listOfRound(master, scene);
  await master.askPlain('syn_m_c_ok', '');
  await waitFor(
    'the verdict',
    () => scene.worker.services.status.lastCheck?.outcome === 'in-step',
    10_000,
    scene.explain,
  );
});

test('a package that leads out of the home, is cut, or brings what it does not name changes nothing, and the master is told', async () => {
  await using scene = await WorkerScene.start(() => {});
  scene.worker.write('etc/rules/a.xml', 'old');
  const master = await scene.welcomed();
  const right = packageOf(
    ['etc/rules/b.xml', zlib('beta')],
    listOf({ missing: { 'etc/rules/b.xml': 'beta' } }),
  );
  const bad = [
    packageOf(['../../x', zlib('x')], listOf({ missing: { '../../x': 'x' } })),
    packageOf(['/etc/passwd', zlib('x')], listOf({ missing: { '/etc/passwd': 'x' } })),
    packageOf(['etc/rules/c.xml', zlib('x')], listOf({})),
    right.subarray(0, 40),
  ];
  for (const [index, bytes] of bad.entries()) {
    await listOfRound(master, scene);
    await sendPackage(master, bytes);
    const told = await master.hears('syn_i_w_m_r', index + 1, scene.explain);
    assert.match(told, /^None \{"__wazuh_exception__"/);
  }
  assert.equal(scene.worker.read('etc/rules/a.xml'), 'old');
  await listOfRound(master, scene);
  await sendPackage(master, right);
  await waitFor(
    'the next one',
    () => scene.worker.services.status.lastSync?.outcome === 'synced',
    10_000,
    scene.explain,
  );
});

test('a package with files that this node does not take is applied without them, and the log names each', async () => {
  await using scene = await WorkerScene.start(() => {});
  const master = await scene.welcomed();
  await listOfRound(master, scene);
  const names = ['etc/rules/a\\b.xml', 'etc/passwd'];
  const missing = { 'etc/rules/b.xml': 'beta', ...Object.fromEntries(names.map((name) => [name, 'x'])) };
  const entries = Object.entries(missing).map(([name, content]) => [name, zlib(content)] as const);
  await sendPackage(master, packageOf(...entries, listOf({ missing })));
  await waitFor(
    'the sync',
    () => scene.worker.services.status.lastSync?.outcome === 'synced',
    10_000,
    scene.explain,
  );
  assert.equal(scene.worker.read('etc/rules/b.xml'), 'beta');
  const told = JSON.stringify(scene.worker.log.find(/Error 3114 - The path is not allowed/));
  for (const name of ['b.xml', 'etc/passwd']) assert.ok(told.includes(name), told);
});

test('files that an original sends in the middle of a sync do nothing to it, whether they arrive or not, and stay', async () => {
  await using scene = await WorkerScene.start(() => {});
  const master = await scene.welcomed();
  const sent = (name: string) => scene.worker.read(`queue/cluster/worker1/sent-${name}`);
  for (const content of ['beta', 'gamma']) {
    await listOfRound(master, scene);
    const isSynced = () =>
      scene.worker.services.status.lastSync?.outcome === 'synced' &&
      scene.worker.read('etc/rules/b.xml') === content;
    await sendPackage(
      master,
      packageOf(['etc/rules/b.xml', zlib(content)], listOf({ missing: { 'etc/rules/b.xml': content } })),
      async () => {
        assert.equal((await master.sendFile('tmp/report.json', Buffer.from(content))).at(-1), 'ok');
        const wrong = { digest: Buffer.alloc(32, 1) };
        assert.equal((await master.sendFile('tmp/broken', Buffer.from('x'), wrong)).at(-1), 'err');
      },
    );
    await waitFor(`the set with ${content}`, isSynced, 10_000, scene.explain);
    assert.equal(sent('report.json'), content);
  }
  assert.throws(() => sent('broken'), { code: 'ENOENT' });
  assert.throws(() => scene.worker.read('tmp/report.json'));
});

test('a master that gives a sync up says so, and the worker goes on with the next', async () => {
  await using scene = await WorkerScene.start(() => {});
  const master = await scene.welcomed();
  await listOfRound(master, scene);
  const { text: task } = await master.askPlain('syn_m_c', '');
  const error =
    '{"__wazuh_exception__": {"__class__": "WazuhError", "__object__": {"type": "about:blank", "title": "Bad Request", "code": 3001, "extra_message": null, "extra_remediation": null, "cmd_error": false, "dapi_errors": {}, "ids": []}}}';
  assert.equal((await master.askPlain('syn_m_c_r', `${task} ${error}`)).command, 'ok');
  await waitFor(
    'the failure',
    () => scene.worker.services.status.lastSync?.failure?.code === 3001,
    10_000,
    scene.explain,
  );
  await listOfRound(master, scene);
});

test('the end of a set of which no round knows is refused, as an original refuses it, and not thanked for', async () => {
  await using scene = await WorkerScene.start(() => {});
  const master = await scene.welcomed();
  await waitFor('a round', () => master.heard.some(({ command }) => command === 'syn_i_w_m_p'), 10_000);
  assert.match(await master.refusal('syn_m_c_e', `${TASK} queue/cluster/worker1/none.zip`), /3027/);
});

test('agents go up as the original sends them, groups come down, and after mismatches all are asked for', async () => {
  await using scene = await WorkerScene.start(() => {});
  scene.worker.write('etc/client.keys', `001 a1 any ${'a'.repeat(64)}\n`);
  const master = await scene.welcomed();
  const { store } = scene.worker.services;
  await waitFor('the agent', async () => (await store.current.agentName(1).catch(() => null)) === 'a1');
  master.answers.syn_a_w_m = ({ id }) => ({ id });
  await store.current.query(
    'global update-keepalive {"id":1,"connection_status":"active","sync_status":"syncreq"}',
  );
  const id = Number(await master.hears('syn_a_w_m', 1, scene.explain));
  const sent = JSON.parse(master.strings.get(id)?.toString() ?? '');
  assert.deepEqual([sent.set_data_command, sent.payload], ['global sync-agent-info-set', {}]);
  assert.equal(JSON.parse(sent.chunks[0])[0].id, 1);
  assert.equal(
    (await master.askPlain('syn_m_a_e', '{"updated_chunks": 1, "error_messages": [], "time_spent": 0.001}'))
      .text,
    'Thanks',
  );
  await waitFor(
    'the row to be synced',
    async () =>
      (await store.current.query('global sql SELECT sync_status FROM agent WHERE id = 1')).payload.includes(
        '"synced"',
      ),
    10_000,
    scene.explain,
  );

  master.answers.syn_w_g_e = () => ({});
  master.answers.syn_wgc_e = () => ({});
  master.answers.syn_w_g_c = () => ({});
  const groups = async (command: string, content: object) => {
    const text = JSON.stringify({
      set_data_command: 'global set-agent-groups',
      payload: { mode: 'override', sync_status: 'synced' },
      chunks: [JSON.stringify([content])],
    });
    const string = await master.sendString(text);
    assert.equal((await master.askPlain(command, string)).text, string);
  };
  const wrong = { data: [{ id: 1, groups: ['default'] }], hash: 'f'.repeat(40) };
  await groups('syn_g_m_w', wrong);
  assert.deepEqual(Object.keys(JSON.parse(await master.hears('syn_w_g_e', 1, scene.explain))), [
    'updated_chunks',
    'error_messages',
    'time_spent',
  ]);
  await groups('syn_g_m_w', wrong);
  await master.hears('syn_w_g_c', 1, scene.explain);
  await groups('syn_g_m_w_c', { data: [{ id: 1, groups: ['default'] }] });
  await master.hears('syn_wgc_e', 1, scene.explain);
  assert.equal((await store.current.query('global select-group-belong 1')).payload, '["default"]');
});

test('a master of 4.x answers keepalives and sends none, and is not given up for that', async () => {
  await using scene = await WorkerScene.start(() => {}, {
    intervals: { master: { maxAllowedTimeWithoutKeepaliveMs: 200 }, worker: { keepAliveMs: 100 } },
  });
  const master = await scene.welcomed();
  assert.equal(await master.hears('echo-c', 6, scene.explain), 'keepalive');
  assert.equal(master.isClosed, false, 'long after the time in which one of ours must have sent one');
  assert.deepEqual(await master.askPlain('echo-m', 'x'), { command: 'ok-c', text: 'x' });
});

test('a request of the master’s for this node is answered with the result of the original', async () => {
  await using scene = await WorkerScene.start(() => {});
  const master = await scene.welcomed();
  master.answers.dapi_res = () => ({ to: 'request' });
  const f = {
    __callable__: {
      __name__: 'get_node_wrapper',
      __module__: 'wazuh.cluster',
      __qualname__: 'get_node_wrapper',
      __type__: 'function',
    },
  };
  await master.askPlain(
    'dapi',
    `3b2c ${JSON.stringify({ f, f_kwargs: {}, request_type: 'local_any', from_cluster: true })}`,
  );
  const [id, string] = (await master.hears('dapi_res', 1, scene.explain)).split(' ');
  assert.equal(id, '3b2c');
  const { __wazuh_result__: result } = JSON.parse(master.strings.get(Number(string))?.toString() ?? '');
  assert.deepEqual(result.__object__.affected_items, [{ node: 'worker1', cluster: 'wazuh', type: 'worker' }]);
});

/** What a worker sent: a list, and no file. */
async function unpackedList(bytes: Buffer) {
  const { inflateSync } = await import('node:zlib');
  const mark = '|//@@//|';
  const at = bytes.indexOf(mark);
  assert.equal(bytes.subarray(0, at).toString(), 'files_metadata.json');
  return JSON.parse(inflateSync(bytes.subarray(at + mark.length)).toString());
}

test('about nodes the master is asked by its commands, whoever asks this node', async () => {
  await using scene = await WorkerScene.start(() => {});
  const master = await scene.welcomed();
  await waitFor('the name', () => scene.worker.services.status.master?.name === 'boss');
  const client = await ClusterClient.connect(scene.worker.home);
  try {
    const { items } = await client.request('cluster.nodes', {}, { timeoutMs: 5_000 });
    assert.deepEqual(
      items.map(({ name }) => name),
      ['boss'],
    );
    assert.equal(master.heard.filter(({ command }) => command === 'dapi').length, 0);
  } finally {
    await client.close();
  }
});

test('what a worker asks a master of 4.x about agents is the master to pass on, not to answer itself', async () => {
  await using scene = await WorkerScene.start((master) => {
    master.answers.dapi = () => ({});
  });
  const master = await scene.welcomed();
  const client = await ClusterClient.connect(scene.worker.home);
  try {
    const asking = client.request('syscollector.os', { agents: ['001'] }, { timeoutMs: 5_000 });
    const asked = await master.hears('dapi', 1, scene.explain);
    const [id, json] = [asked.slice(0, asked.indexOf(' ')), JSON.parse(asked.slice(asked.indexOf(' ') + 1))];
    // An original that is told so answers from its own database, whoever the agent reports to.
    assert.deepEqual([json.request_type, json.from_cluster], ['distributed_master', false]);
    const refusal = wazuhException(1701, null, 'WazuhResourceNotFound');
    const string = await master.sendString(encodeObjects(refusal).toString());
    await master.askPlain('dapi_res', `${id} ${string}`);
    await assert.rejects(asking, { code: 1701 });
  } finally {
    await client.close();
  }
});
