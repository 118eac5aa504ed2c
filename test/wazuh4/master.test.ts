import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, truncateSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { MAX_SET_FILES } from '../../src/files/limits.ts';
import { WAZUH4_MAX_LIST_PACKAGE_BYTES } from '../../src/files/wazuh4/limits.ts';
import { systemClock } from '../../src/node/clock.ts';
import { MAX_REJECTION_LINES } from '../../src/node/effects/rejection-log.ts';
import { isInStep } from '../../src/node/in-step.ts';
import { MAX_SPOOL_WORKER_BYTES } from '../../src/node/transfers/limits.ts';
import { pythonJson } from '../../src/protocol/dialects/wazuh4/python.ts';
import { TcpTransport } from '../../src/transport/tcp.ts';
import { LIST, metadataOf, packageOf, zlib } from '../files/wazuh4/packages.ts';
import { waitFor } from '../harness/wait-for.ts';
import { InProcessNode } from '../spec/cluster-in-process.ts';
import type { Original } from './original.ts';
import { listPackage, roundOf, sendList, sendListPackage, WORKER_TASK } from './rounds.ts';
import { MasterScene, QUICK } from './scene.ts';

const exception = (text: string) => JSON.parse(text).__wazuh_exception__;
const RULES = { 'etc/rules/a.xml': 'alpha', 'etc/rules/b.xml': 'beta' };

test('a worker of 4.x is welcomed, and refused with the code and the words of the original', async () => {
  await using scene = await MasterScene.start();
  const worker = await scene.knock();
  assert.deepEqual(await worker.askPlain('hello', 'worker1 wazuh worker 4.7.5'), {
    command: 'ok',
    text: 'Client worker1 added',
  });
  assert.deepEqual(await worker.askPlain('echo-c', 'keepalive'), { command: 'ok-m', text: 'keepalive' });
  const refused = async (hello: string) => {
    const stranger = await scene.knock();
    const { __class__, __object__ } = exception(await stranger.refusal('hello', hello));
    await waitFor('the end', () => stranger.isClosed);
    return [__class__, __object__.code, __object__.extra_message];
  };
  assert.deepEqual(await refused('worker1 wazuh worker 4.7.5'), ['WazuhClusterError', 3028, 'worker1']);
  assert.deepEqual(await refused('master wazuh worker 4.7.5'), ['WazuhClusterError', 3029, null]);
  assert.deepEqual(await refused('worker2 other worker 4.7.5'), ['WazuhClusterError', 3030, null]);
  assert.deepEqual(await refused('worker2 wazuh worker 4.7.4'), ['WazuhClusterError', 3031, null]);
  for (const name of ['../w', 'a*b', '*', 'x'.repeat(200), '__proto__'])
    assert.equal((await refused(`${name} wazuh worker 4.7.5`))[1], 1000, name);
  assert.equal(worker.isClosed, false, 'the one that was there before stays');
});

test('a worker that says hello once more is refused, and is called as before', async () => {
  await using scene = await MasterScene.start();
  const worker = await scene.worker();
  await worker.refusal('hello', 'worker2 wazuh worker 4.7.5');
  assert.equal((await worker.askPlain('new_file', '/queue/cluster/worker1/a.zip')).command, 'ok');
  assert.equal((await worker.askPlain('new_file', '/queue/cluster/worker2/a.zip')).command, 'err');
});

test('who does not know the key, or says anything but hello, is cut off without an answer', async () => {
  await using scene = await MasterScene.start();
  const foreign = await scene.knock({ key: 'f'.repeat(32) });
  await assert.rejects(
    foreign.ask('hello', { name: 'w', cluster: 'wazuh', type: 'worker', version: '4.7.5' }),
  );
  const right = (await scene.knock()).cipher;
  const token = Buffer.alloc(right.sealedBytes(26));
  right.seal([Buffer.from('worker1 wazuh worker 4.7.5')], 26, token, 0);
  const bent = (change: (raw: Buffer) => void) => {
    const raw = Buffer.from(token.toString(), 'base64');
    change(raw);
    return Buffer.from(raw.toString('base64url').padEnd(token.length, '='));
  };
  const damaged = {
    forged: bent((raw) => raw.fill(0, 30, 40)),
    'of another version': bent((raw) => {
      raw[0] = 0x81;
    }),
    cut: token.subarray(0, 60),
    'without padding': Buffer.from(token.toString().replace(/=+$/, '')),
    empty: Buffer.alloc(0),
    random: randomBytes(120),
  };
  for (const [what, payload] of Object.entries(damaged)) {
    const stranger = await scene.knock();
    const header = Buffer.from('0000000100000000 68656c6c6f202d2d2d2d2d2d'.replaceAll(' ', ''), 'hex');
    header.writeUInt32BE(payload.length, 4);
    stranger.write(header, payload);
    await waitFor(`the end of one whose token is ${what}`, () => stranger.isClosed);
    assert.deepEqual([...stranger.heard, ...stranger.strays], []);
  }
  const early = await scene.knock();
  await assert.rejects(early.ask('syn_i_w_m_p', {}));
  assert.ok(await scene.worker(), 'others are served all the same');
});

test('a first sync brings what the worker lacks and takes what is too much; the next finds it in step', async () => {
  await using scene = await MasterScene.start(RULES);
  const worker = await scene.worker();
  const { explain } = scene;
  const first = await roundOf(worker, { 'etc/rules/b.xml': 'other', 'etc/rules/x.xml': 'x' }, { explain });
  assert.deepEqual(first?.files, RULES);
  assert.deepEqual(
    [first?.missing, first?.shared, first?.extra],
    [['etc/rules/a.xml'], ['etc/rules/b.xml'], ['etc/rules/x.xml']],
  );
  const announced = worker.heard.find(({ command }) => command === 'new_file')?.text ?? '';
  assert.match(announced, /^\/queue\/cluster\/worker1\/worker1-\d+\.\d+-[0-9a-f]{32}\.zip$/);
  assert.equal(await roundOf(worker, RULES, { explain }), null);
  scene.master.write('etc/rules/c.xml', 'gamma');
  scene.master.remove('etc/rules/a.xml');
  await waitFor('the change', async () => (await scene.master.services.index.list()).has('etc/rules/c.xml'));
  const change = await roundOf(worker, RULES, { explain });
  assert.deepEqual(change?.files, { 'etc/rules/c.xml': 'gamma' });
  assert.deepEqual(change?.extra, ['etc/rules/a.xml']);
});

test('a large file comes in order, over pieces of any size, both ways', async () => {
  const large = randomBytes(1_500_000).toString('base64');
  await using scene = await MasterScene.start({ 'etc/lists/large': large });
  const worker = await scene.worker();
  const files = Object.fromEntries(
    Array.from({ length: 3000 }, (_, i) => [`etc/rules/${i}.xml`, `content ${i}`]),
  );
  const round = await roundOf(worker, files, { explain: scene.explain });
  assert.equal(round?.files['etc/lists/large'], large);
  assert.equal(round?.extra.length, 3000);
});

test('a worker that goes on after errors harms nobody: its round fails, and the next one works', async () => {
  await using scene = await MasterScene.start(RULES);
  const worker = await scene.worker();
  const path = 'queue/cluster/worker1/bad.zip';
  const { task } = await worker.ask('syn_i_w_m', {});
  const answers = await worker.sendFile(path, listPackage({}), { digest: Buffer.alloc(32, 1) });
  assert.deepEqual([answers.at(-1), answers[0]], ['err', 'ok']);
  await worker.ask('syn_i_w_m_e', { task, path });
  worker.answers.cancel_task = () => ({});
  assert.ok((await worker.hears('cancel_task')).startsWith(`${task} {"__wazuh_exception__"`));
  assert.deepEqual((await roundOf(worker, {}))?.files, RULES);
});

test('a file whose end tells another digest, or whose pieces belong to nothing, gets the words of the original', async () => {
  await using scene = await MasterScene.start();
  const worker = await scene.worker();
  const path = '/queue/cluster/worker1/a.zip';
  await worker.askPlain('new_file', path);
  await worker.askPlain('file_upd', `${path} abc`);
  const end = Buffer.concat([Buffer.from(`${path} `), Buffer.alloc(32, 1)]);
  assert.equal(
    await worker.refusal('file_end', end),
    "File wasn't correctly received. Checksums aren't equal.",
  );
  const { log } = scene.master;
  assert.equal(
    log.find(/a\.zip, worker1.* 3112 /)[0]?.level,
    'info',
    'the log tells why there is no such file',
  );
  assert.equal(exception(await worker.refusal('file_end', end)).__object__.extra_message, `b'${path}'`);
  assert.equal(exception(await worker.refusal('file_upd', `${path} x`)).__object__.code, 1000);
  assert.equal(exception(await worker.refusal('str_upd', '999 x')).__object__.extra_message, "b'999'");
  for (const where of [
    '/etc/client.keys',
    '/../x',
    '/queue/cluster/worker2/a',
    '/tmp/deeper/x',
    '/var/tmp/x',
    'x',
    `/${'a'.repeat(1000)}`,
  ])
    assert.equal(exception(await worker.refusal('new_file', where)).__object__.code, 1000, where);
  assert.match(log.text(), /Refused new_file of worker1 at .*Error 3114 .*client\.keys/);
  assert.equal(await worker.refusal('syn_e_w_m_r', 'x'), "unknown command 'b'syn_e_w_m_r''");
  assert.equal(worker.isClosed, false);
});

test('a file that an original sends from its tmp arrives as one of ours does, and stays when a round begins', async () => {
  await using scene = await MasterScene.start(RULES);
  const worker = await scene.worker();
  const all = ['ok', 'ok', 'ok'];
  assert.deepEqual(await worker.sendFile('tmp/report.json', Buffer.from('{}')), all);
  assert.deepEqual(await worker.sendFile('tmp/a[1]|b', Buffer.from('b')), all);
  await roundOf(worker, {}, { explain: scene.explain });
  assert.equal(scene.master.read('queue/cluster/worker1/sent-report.json'), '{}');
  assert.equal(scene.master.read('queue/cluster/worker1/sent-a_1__b'), 'b');
  assert.throws(() => scene.master.read('tmp/report.json'));
  const asList = await worker.refusal('syn_i_w_m_e', 'task tmp/report.json');
  assert.equal(exception(asList).__object__.code, 1000, 'it is no list');
});

test('what somebody has sent takes no room from the lists of rounds; what is sent beside it is refused', async () => {
  await using scene = await MasterScene.start(RULES);
  const directory = 'queue/cluster/worker1';
  for (const name of ['sent-a', 'sent-b']) {
    scene.master.write(`${directory}/${name}`, '');
    truncateSync(join(scene.master.home, directory, name), 20_000_000);
  }
  for (let i = 0; i < 100; i += 1) scene.master.write(`${directory}/sent-${i}`, 'x'.repeat(10));
  const worker = await scene.worker();
  assert.equal(exception(await worker.refusal('new_file', '/tmp/more')).__object__.code, 1000);
  assert.match(scene.explain(), /no room for a file of \d+ bytes beside 102 files with 40001000 bytes/);
  const { explain } = scene;
  assert.deepEqual((await roundOf(worker, {}, { explain }))?.files, RULES);
  assert.equal(await roundOf(worker, RULES, { explain }), null);
  assert.equal(readdirSync(join(scene.master.home, directory)).length, 102, 'what was sent is there still');
});

test('a list of as many files as there may be is taken where the worker does not compress', async () => {
  await using scene = await MasterScene.start();
  const hash = metadataOf('').hash;
  const metadata = { cluster_item_key: 'var/multigroups/', merged: false, hash };
  const path = (i: number) => `var/multigroups/${i.toString(16).padStart(8, '0')}/merged.mg`;
  const names = Array.from({ length: MAX_SET_FILES }, (_, i) => path(i));
  const mod_time = 1_795_423_247.933_502_7;
  const files = Object.fromEntries(names.map((name) => [name, { mod_time, ...metadata }]));
  const list = zlib(pythonJson(files), 0);
  assert.ok(list.length > 33_554_432, `${list.length} bytes`);
  const worker = await scene.worker();
  await sendListPackage(worker, packageOf([LIST, list]), 500_000);
  const { explain } = scene;
  const { command } = await worker.hearsOneOf(['syn_m_c', 'cancel_task'], 0, explain);
  assert.equal(command, 'syn_m_c', explain());
});

test('lists of rounds that were cut off do not take the room of the next ones', async () => {
  await using scene = await MasterScene.start(RULES);
  const directory = 'queue/cluster/worker1';
  const left = `${directory}/worker1-1795423724.04-0f8fad5bd9cb469fa16570867728950e.zip`;
  scene.master.write(left, '');
  // With it there is no room for another file of the largest size.
  truncateSync(join(scene.master.home, left), MAX_SPOOL_WORKER_BYTES - WAZUH4_MAX_LIST_PACKAGE_BYTES + 1);
  const worker = await scene.worker();
  const round = await roundOf(worker, {}, { explain: scene.explain });
  assert.deepEqual(round?.files, RULES);
  assert.deepEqual(readdirSync(join(scene.master.home, directory)), []);
});

test('a worker whose files are all wrong does not fill the log: the first few are told, the others to who debugs', async () => {
  await using scene = await MasterScene.start();
  const worker = await scene.worker();
  for (let i = 0; i < MAX_REJECTION_LINES + 3; i += 1) {
    const path = `/queue/cluster/worker1/${i}.zip`;
    await worker.askPlain('new_file', path);
    await worker.refusal('file_end', Buffer.concat([Buffer.from(`${path} `), Buffer.alloc(32, 1)]));
  }
  const levels = scene.master.log.find(/file-receive \d\.zip, worker1.* 3112 /).map(({ level }) => level);
  const told = Array.from({ length: MAX_REJECTION_LINES }, () => 'info');
  assert.deepEqual(levels, [...told, 'debug', 'debug', 'debug']);
});

test('replies that come late or answer nothing are dropped, and not answered', async () => {
  await using scene = await MasterScene.start();
  const worker = await scene.worker();
  for (const command of ['ok', 'err', 'ok-m', 'ok-c']) worker.stray(command, 'nothing');
  await worker.askPlain('echo', 'after them');
  assert.deepEqual(worker.strays, []);
});

/** As the originals tell an error beside a task. */
const told = (code: number, detail: string | null = null) =>
  JSON.stringify({
    __wazuh_exception__: {
      __class__: 'WazuhClusterError',
      __object__: {
        type: 'about:blank',
        title: 'Wazuh Cluster Error',
        code,
        extra_message: detail,
        extra_remediation: null,
        cmd_error: false,
        dapi_errors: {},
      },
    },
  });

test('a worker that is slow tells so by the name that it gave its process, and is sent smaller packages', async () => {
  const names = Array.from({ length: 30 }, (_, index) => `etc/lists/${index}`);
  const content = () => randomBytes(75_000).toString('base64');
  await using scene = await MasterScene.start(Object.fromEntries(names.map((name) => [name, content()])), {
    intervals: { ...QUICK, communication: { minZipSizeBytes: 1_000_000 } },
  });
  const { explain } = scene;
  const worker = await scene.worker();
  const take = worker.answers.file_upd;
  assert.ok(take !== undefined);
  let pieces = 0;
  worker.answers.file_upd = (piece) => {
    pieces += 1;
    if (pieces === 3)
      worker.inOneBreath(() => worker.askPlain('cancel_task', `${WORKER_TASK} ${told(3039)}`));
    return take(piece);
  };
  await sendList(worker, {});
  const { log } = scene.master;
  await waitFor('the smaller limit', () => log.find(/Decreasing sync size limit/)[0], 10_000, explain);
  assert.equal(log.find(/The worker cancelled the task: Error 3039/)[0]?.level, 'error');
  const end = await worker.hears('syn_m_c_e', 1, explain);
  assert.match(end, new RegExp(`^${WORKER_TASK} queue/cluster/worker1/worker1-[^/]*[.]zip$`));
  await waitFor('the end of the file', () => worker.heard.some(({ command }) => command === 'file_end'));
  assert.ok(pieces < 12, `${pieces} pieces of a package that was given up`);
  const next = Object.keys((await roundOf(worker, {}, { explain }))?.files ?? {});
  assert.ok(next.length > 0 && next.length < names.length, `${next.length} files\n${explain()}`);
});

test('a worker’s request to cancel what is none of ours is received, and nothing comes of it', async () => {
  await using scene = await MasterScene.start({ 'etc/rules/a.xml': 'alpha' });
  const worker = await scene.worker();
  const { text } = await worker.askPlain('cancel_task', `none-of-ours ${told(3039)}`);
  assert.equal(text, 'Request received correctly');
  assert.equal((await worker.askPlain('cancel_task', `None ${told(3039)}`)).command, 'ok');
  assert.equal(exception(await worker.refusal('cancel_task', 'None {}')).__object__.code, 1000);
  assert.deepEqual((await roundOf(worker, {}))?.files, { 'etc/rules/a.xml': 'alpha' });
});

test('a worker that fails behind its package is a failed sync, and the log tells why', async () => {
  await using scene = await MasterScene.start({ 'etc/rules/a.xml': 'alpha' });
  const worker = await scene.worker();
  const { services, log } = scene.master;
  const status = () => services.status.worker('worker1')?.status;
  const inStep = () => {
    const worker = status();
    return worker && isInStep(worker, services.index.digest);
  };
  await roundOf(worker, {}, { explain: scene.explain });
  await waitFor('the end of the round', () => status()?.isSyncing === false);
  assert.equal(status()?.lastSync?.outcome, 'synced');
  assert.equal(inStep(), false, 'it was sent a package, and has not told that it is in place');
  const { text } = await worker.askPlain('syn_i_w_m_r', `None ${told(1000, 'no space left')}`);
  assert.equal(text, 'Error received');
  const { outcome, failure } = status()?.lastSync ?? {};
  assert.deepEqual([outcome, failure?.code], ['failed', 1000]);
  const [line] = log.find(/The worker failed: Error 1000 .*no space left/, 'Integrity sync');
  assert.equal(line?.level, 'error', log.text());
  assert.equal(inStep(), false);
  assert.equal(await roundOf(worker, { 'etc/rules/a.xml': 'alpha' }, { explain: scene.explain }), null);
  assert.equal(inStep(), true, 'its own list says so');
  await worker.askPlain('syn_i_w_m_r', `None ${told(1000, 'no space left')}`);
  assert.equal(inStep(), null, 'nobody knows what it has now');
});

test('a list for a task that has ended is refused by the name of that, and removed', async () => {
  await using scene = await MasterScene.start({ 'etc/rules/a.xml': 'alpha' });
  const worker = await scene.worker();
  const path = 'queue/cluster/worker1/late.zip';
  await worker.sendFile(path, listPackage({}));
  assert.ok(existsSync(join(scene.master.home, path)));
  const { code, extra_message } = exception(
    await worker.refusal('syn_i_w_m_e', `${WORKER_TASK} ${path}`),
  ).__object__;
  assert.deepEqual([code, extra_message], [3027, WORKER_TASK]);
  await waitFor('it to be gone', () => !existsSync(join(scene.master.home, path)));
});

test('agent-info is written, and its result told; what is no agent-info is told by the text of the original’s errors', async () => {
  await using scene = await MasterScene.start({ 'etc/client.keys': `001 a1 any ${'a'.repeat(64)}\n` });
  const { store } = scene.master.services;
  await waitFor('the agent', async () => (await store.current.agentName(1).catch(() => null)) === 'a1');
  const worker = await scene.worker();
  worker.answers.syn_m_a_e = () => ({});
  worker.answers.syn_m_a_err = () => ({});
  const chunk = JSON.stringify([
    {
      id: 1,
      name: 'a1',
      node_name: 'worker1',
      connection_status: 'active',
      group_config_status: 'synced',
      last_keepalive: 1_700_000_000,
      version: 'Wazuh v4.7.5',
    },
  ]);
  const send = async (text: string) => {
    assert.deepEqual(await worker.ask('syn_a_w_m_p', {}), { granted: true });
    const id = await worker.sendString(text);
    assert.equal((await worker.askPlain('syn_a_w_m', id)).text, id);
  };
  await send(
    `{"set_data_command": "global sync-agent-info-set", "payload": {}, "chunks": [${JSON.stringify(chunk)}]}`,
  );
  const report = JSON.parse(await worker.hears('syn_m_a_e', 1, scene.explain));
  assert.deepEqual(
    [report.updated_chunks, report.error_messages, typeof report.time_spent],
    [1, [], 'number'],
  );
  await waitFor('the version', async () =>
    (await store.current.query('global sql SELECT version FROM agent WHERE id = 1')).payload.includes(
      '4.7.5',
    ),
  );
  await send('no JSON at all');
  assert.match(await worker.hears('syn_m_a_err', 1), /^Error 3036 - JSON couldn't be loaded/);
  await worker.ask('syn_a_w_m_p', {});
  assert.equal((await worker.askPlain('syn_a_w_m', '999')).text, '999');
  assert.match(await worker.hears('syn_m_a_err', 2), /^Error 3035 - String couldn't be found/);
});

test('an agent is where it was last connected, also if the clock of that worker is behind; what is left out is told', async () => {
  await using scene = await MasterScene.start({ 'etc/client.keys': `001 a1 any ${'a'.repeat(64)}\n` });
  const { store } = scene.master.services;
  await waitFor('the agent', async () => (await store.current.agentName(1).catch(() => null)) === 'a1');
  const tell = async (worker: Original, node_name: string, connection_status: string, agoS: number) => {
    const reports = worker.heard.length;
    worker.answers.syn_m_a_e = () => ({});
    const last_keepalive = Math.floor(Date.now() / 1000) - agoS;
    const agent = { id: 1, name: 'a1', node_name, connection_status, last_keepalive };
    const chunk = JSON.stringify([{ ...agent, group_config_status: 'synced', version: 'Wazuh v4.7.5' }]);
    const all = { set_data_command: 'global sync-agent-info-set', payload: {}, chunks: [chunk] };
    await worker.ask('syn_a_w_m_p', {});
    await worker.askPlain('syn_a_w_m', await worker.sendString(JSON.stringify(all)));
    await worker.hearsOneOf(['syn_m_a_e'], reports, scene.explain);
    const info = await store.current.agentInfo(1);
    return `${info?.node_name} ${info?.connection_status}`;
  };
  const [behind, right] = [await scene.worker('worker1'), await scene.worker('worker2')];
  assert.equal(await tell(right, 'worker2', 'active', 2), 'worker2 active');
  assert.equal(await tell(right, 'worker2', 'disconnected', 1), 'worker2 disconnected');
  assert.equal(await tell(behind, 'worker1', 'active', 60), 'worker1 active');
  for (const _ of ['once', 'and soon again'])
    assert.equal(await tell(right, 'worker2', 'disconnected', 600), 'worker1 active');
  const lines = scene.master.log.find(
    /Reports about agents that are older .* left out: 1\./,
    'Agent-info sync',
  );
  assert.equal(lines.length, 1, scene.explain());
});

test('of a large worker all agents are taken that are due at once, which an original sends as one string and never again', async () => {
  const COUNT = 20_000;
  const ids = Array.from({ length: COUNT }, (_, i) => i + 1);
  const keys = ids.map((id) => `${String(id).padStart(3, '0')} a${id} any ${'a'.repeat(64)}\n`).join('');
  await using scene = await MasterScene.start({ 'etc/client.keys': keys });
  const { store } = scene.master.services;
  const isKnown = async () => (await store.current.agentName(COUNT).catch(() => null)) === `a${COUNT}`;
  await waitFor('the agents', isKnown, 30_000, scene.explain);
  const row = (id: number) => ({
    id,
    name: `a${id}`,
    node_name: 'worker1',
    connection_status: 'active',
    group_config_status: 'synced',
    last_keepalive: 1_700_000_000,
    version: 'Wazuh v4.7.5',
    os_uname: `Linux |${'x'.repeat(850)}`,
  });
  const perChunk = 60;
  const chunks: string[] = [];
  for (let at = 0; at < COUNT; at += perChunk)
    chunks.push(JSON.stringify(ids.slice(at, at + perChunk).map(row)));
  const text = pythonJson({ set_data_command: 'global sync-agent-info-set', payload: {}, chunks });
  assert.ok(text.length > 20_000_000, `${text.length} bytes`);
  const worker = await scene.worker();
  worker.answers.syn_m_a_e = () => ({});
  worker.answers.syn_m_a_err = () => ({});
  assert.deepEqual(await worker.ask('syn_a_w_m_p', {}), { granted: true });
  await worker.askPlain('syn_a_w_m', await worker.sendString(text, 1_000_000));
  const { text: told } = await waitFor(
    'the report',
    () => worker.heard.find(({ command }) => command.startsWith('syn_m_a_e')),
    60_000,
    scene.explain,
  );
  const report = JSON.parse(told);
  assert.deepEqual([report.updated_chunks, report.error_messages], [chunks.length, []]);
  const { payload } = await store.current.query(
    "global sql SELECT count(*) AS n FROM agent WHERE version = 'Wazuh v4.7.5'",
  );
  assert.deepEqual(JSON.parse(payload), [{ n: COUNT }]);
});

test('agent-groups go to the worker again and again with the checksum, as it does not tell whether it has it; and all of them when it asks', async () => {
  await using scene = await MasterScene.start({
    'etc/client.keys': `001 a1 any ${'a'.repeat(64)}\n`,
    'etc/shared/web/agent.conf': '',
  });
  const { store } = scene.master.services;
  await waitFor('the agent', async () => (await store.current.agentName(1).catch(() => null)) === 'a1');
  await waitFor('the group', async () =>
    (await store.current.query('global find-group web')).payload.includes('id'),
  );
  await store.current.setAgentGroups({
    mode: 'override',
    syncStatus: 'syncreq',
    agents: [{ id: 1, groups: ['web'] }],
  });
  // Agents that were added in this second are told of in the next.
  await waitFor('it to be told', async () => {
    const { agents } = await store.current.groupsToSend({ agents: 'all', afterId: 0, withHash: true });
    return agents.length > 0;
  });
  const worker = await scene.worker();
  worker.answers.syn_g_m_w = ({ id }) => ({ id });
  worker.answers.syn_g_m_w_c = ({ id }) => ({ id });
  const done = { updated_chunks: 1, error_messages: [], time_spent: 0.001 };
  const sent = async (command: 'syn_g_m_w' | 'syn_g_m_w_c', times: number) => {
    const id = Number(await worker.hears(command, times, scene.explain));
    return JSON.parse(worker.strings.get(id)?.toString() ?? '');
  };
  const first = await sent('syn_g_m_w', 1);
  assert.deepEqual(first.payload, { mode: 'override', sync_status: 'synced' });
  assert.equal((await worker.ask('syn_w_g_e', done)) && (await sent('syn_g_m_w', 2)).chunks.length, 1);
  const again = JSON.parse((await sent('syn_g_m_w', 2)).chunks[0]);
  assert.match(again[0].hash, /^[0-9a-f]{40}$/);
  await worker.ask('syn_w_g_err', { text: 'error while trying to load JSON: x' });
  await sent('syn_g_m_w', 3);
  await worker.ask('syn_w_g_e', done);
  await worker.ask('syn_w_g_c', {});
  const [all] = JSON.parse((await sent('syn_g_m_w_c', 1)).chunks[0]);
  assert.deepEqual(all.data, [{ id: 1, groups: ['web'] }]);
  assert.equal((await worker.askPlain('syn_wgc_e', JSON.stringify(done))).text, 'Thanks');
  // A verdict in the same packet as the answer is that of these groups, too: what comes next is not waited for in vain.
  worker.answers.syn_g_m_w = ({ id }) => {
    worker.inOneBreath(() => worker.ask('syn_w_g_e', done));
    return { id };
  };
  await sent('syn_g_m_w', 6);
});

test('a worker of 4.x that is busy and answers no keepalive stays, as long as its own come', async () => {
  await using scene = await MasterScene.start(RULES, {
    intervals: {
      ...QUICK,
      master: { ...QUICK.master, checkWorkerLastKeepaliveMs: 20, maxAllowedTimeWithoutKeepaliveMs: 1_500 },
      communication: { timeoutClusterRequestMs: 20 },
    },
  });
  const worker = await scene.worker();
  delete worker.answers['echo-m'];
  const endMs = performance.now() + 40 * 20;
  await waitFor('many of the master’s periods', async () => {
    await worker.askPlain('echo-c', 'keepalive');
    return performance.now() > endMs;
  });
  assert.equal(worker.isClosed, false, scene.explain());
  assert.ok(
    !worker.heard.some(({ command }) => command === 'echo-m'),
    'an original master asks nothing either',
  );
  await waitFor('the end of one that is silent', () => worker.isClosed, 10_000, scene.explain);
});

test('one port serves workers of both kinds, and a scanner is neither', async () => {
  await using scene = await MasterScene.start(RULES);
  const [host = '', port = ''] = scene.address.split(':');
  const own = new InProcessNode(
    'worker2',
    join(scene.master.home, '..', 'worker2'),
    'worker',
    new TcpTransport({ host, port: Number(port) }),
    systemClock,
    { intervals: QUICK },
  );
  await own.start();
  try {
    const worker = await scene.worker();
    const scanner = connect({ host, port: Number(port) });
    scanner.on('error', () => {});
    scanner.end('GET / HTTP/1.0\r\n\r\n');
    await waitFor('its end', () => scanner.closed, 10_000, scene.explain);
    assert.deepEqual((await roundOf(worker, {}))?.files, RULES);
    const has = (path: string, content: string) =>
      existsSync(join(own.home, path)) && own.read(path) === content;
    await waitFor(
      'the set at the worker of ours',
      () => Object.entries(RULES).every(([path, content]) => has(path, content)),
      15_000,
      () => own.log.text(),
    );
    const names = [...scene.master.services.status.workers.values()].map(({ name }) => name);
    assert.deepEqual(names.sort(), ['worker1', 'worker2']);
    assert.match(scene.explain(), /Error during handshake with incoming connection/);
  } finally {
    await own.stop();
  }
});
