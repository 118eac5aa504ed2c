import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { systemClock } from '../../src/node/clock.ts';
import { TcpTransport } from '../../src/transport/tcp.ts';
import { waitFor } from '../harness/wait-for.ts';
import { InProcessNode } from '../spec/cluster-in-process.ts';
import { LocalProgram } from './local-program.ts';
import type { Original } from './original.ts';
import { MasterScene, QUICK } from './scene.ts';
import { WorkerScene } from './worker-scene.ts';

const f = (module: string, name: string) => ({
  __callable__: { __name__: name, __module__: module, __qualname__: name, __type__: 'function' },
});
/** What is in no table, written as nobody here would write it: a number beyond 2^53, a key twice, an escape, blanks. */
const ODD = `{"f":  ${JSON.stringify(f('wazuh.core.security', 'check_user_master'))}, "f_kwargs": {"user": "w\\u0061zuh", "n": 9007199254740993.0, "n": 9007199254740993}, "request_type": "local_master"}`;
/** An answer as odd. */
const ANSWER =
  '{"__wazuh_result__": {"__class__": "WazuhResult",  "__object__": {"result": {"n": 9007199254740993, "x": "\\u00e4"}}}}';
const restart = (request: object) =>
  JSON.stringify({ f: f('wazuh.manager', 'restart'), f_kwargs: {}, ...request });

const split = (said: string): [id: string, json: string] => [
  said.slice(0, said.indexOf(' ')),
  said.slice(said.indexOf(' ') + 1),
];
const codeOf = (text: string): number => JSON.parse(text).__wazuh_exception__.__object__.code;

/** Answers what `by` was asked the last of so many times. */
async function answer(by: Original, times: number, explain: () => string): Promise<string> {
  const [id, json] = split(await by.hears('dapi', times, explain));
  const string = await by.sendString(ANSWER);
  assert.equal((await by.askPlain('dapi_res', `${id} ${string}`)).command, 'ok');
  return json;
}

/** What answers a request of the client of a worker, or of an API. */
async function told(by: LocalProgram): Promise<string> {
  await by.hears('dapi_res');
  return by.strings.get('77') ?? '';
}

let lastId = 0;
/** Asks the master as an original worker, and resolves to the answer. */
async function asked(by: Original, request: string): Promise<string> {
  lastId += 1;
  by.answers.dapi_res = () => ({ to: 'client' });
  const before = by.heard.length;
  assert.equal((await by.askPlain('dapi', `${lastId} ${request}`)).command, 'ok');
  const [id, string] = split((await by.hearsOneOf(['dapi_res'], before)).text);
  assert.equal(id, String(lastId));
  return by.strings.get(Number(string))?.toString() ?? '';
}

test('a worker brings a master of 4.x what programs ask that it knows nothing of, and its answer, both as they came', async () => {
  await using scene = await WorkerScene.start((master) => {
    master.answers.dapi = () => ({});
  });
  const master = await scene.welcomed();
  await waitFor('the name', () => scene.worker.services.status.master?.name === 'boss');
  await using api = await LocalProgram.of(scene.worker);
  assert.deepEqual(await api.ask('dapi', ODD), {
    command: 'ok',
    text: 'Added request to API requests queue',
  });
  assert.equal(await answer(master, 1, scene.explain), ODD);
  assert.equal(await told(api), ANSWER);
});

test('what a worker could answer itself a master of 4.x is asked by its own words, with the permissions of who asks', async () => {
  await using scene = await WorkerScene.start((master) => {
    master.answers.dapi = () => ({});
  });
  const master = await scene.welcomed();
  await using api = await LocalProgram.of(scene.worker);
  const request = JSON.stringify({
    f: f('wazuh.agent', 'get_agents'),
    f_kwargs: { agent_list: ['001'] },
    rbac_permissions: { rbac_mode: 'white', 'agent:read': { 'agent:id:001': 'allow' } },
  });
  await api.ask('dapi', request);
  assert.equal(await answer(master, 1, scene.explain), request);
  assert.equal(await told(api), ANSWER);
});

test('a carried request has one outcome: what the master says has failed, its end, or its deadline', async () => {
  await using scene = await WorkerScene.start((master) => {
    master.answers.dapi = () => ({});
  });
  const master = await scene.welcomed();
  await using first = await LocalProgram.of(scene.worker);
  await first.ask('dapi', ODD);
  const [id] = split(await master.hears('dapi', 1, scene.explain));
  await master.askPlain('dapi_err', `${id} Error 3034 - Error sending file. File not found.: b.zip`);
  assert.equal(codeOf(await told(first)), 3034);
  const late = await master.sendString(ANSWER);
  assert.equal((await master.askPlain('dapi_res', `${id} ${late}`)).command, 'err', 'nobody waits any more');
  await using second = await LocalProgram.of(scene.worker);
  await second.ask('dapi', ODD);
  await master.hears('dapi', 2, scene.explain);
  master.close();
  assert.equal(codeOf(await told(second)), 1000);
  assert.match(second.strings.get('77') ?? '', /3103/);
});

test('programs at the socket of a master reach workers of 4.x by their names, as they came', async () => {
  await using place = await MasterScene.start();
  const worker = await place.worker('w2');
  worker.answers.dapi = () => ({});
  await using api = await LocalProgram.of(place.master);
  assert.deepEqual(await api.ask('dapi_fwd', `w2 ${ODD}`), {
    command: 'ok',
    text: 'Request forwarded to worker node',
  });
  assert.equal(await answer(worker, 1, place.explain), ODD);
  assert.equal(await told(api), ANSWER);
  await using other = await LocalProgram.of(place.master);
  await other.ask('dapi_fwd', `nobody ${ODD}`);
  assert.notEqual(await told(other), ANSWER);
  assert.equal(worker.heard.filter(({ command }) => command === 'dapi').length, 1);
});

test('a worker of 4.x has done at another one what that is asked for by its name or by its agents; nothing else is passed on', async () => {
  await using place = await MasterScene.start({ 'etc/client.keys': `001 a1 any ${'a'.repeat(64)}\n` });
  const { store } = place.master.services;
  await waitFor('the agent', async () => (await store.current.agentName(1).catch(() => null)) === 'a1');
  const chunk = {
    id: 1,
    name: 'a1',
    node_name: 'w2',
    connection_status: 'active',
    group_config_status: 'synced',
  };
  await store.current.writeAgentInfo(JSON.stringify([{ ...chunk, last_keepalive: 1_700_000_000 }]));
  const worker = await place.worker('w2');
  const other = await place.worker('w1');
  worker.answers.dapi = () => ({});
  const all = { request_type: 'distributed_master' };
  // Numbers as only Python tells them apart.
  const numbers = '"x":1,"y":1.0,"z":9007199254740993';
  const named = restart({ ...all, f_kwargs: { node_list: ['w2'], x: 1 }, current_user: 'eve' });
  const byName = asked(other, named.replace('"x":1', numbers));
  const text = await answer(worker, 1, place.explain);
  const heard = JSON.parse(text);
  assert.deepEqual(
    [heard.f, heard.from_cluster, heard.current_user],
    [f('wazuh.manager', 'restart'), true, 'eve'],
  );
  assert.ok(text.includes(`"f_kwargs":{${numbers}}`), text);
  assert.equal(await byName, ANSWER);
  const byAgent = asked(other, restart({ ...all, f_kwargs: { agent_list: ['001'] } }));
  assert.deepEqual(JSON.parse(await answer(worker, 2, place.explain)).f_kwargs, { agent_list: ['001'] });
  assert.equal(await byAgent, ANSWER);
  const allowed = { rbac_mode: 'white', 'cluster:read': { 'node:id:w2': 'allow' } };
  for (const [what, request, code] of [
    ['the master', { ...all, f_kwargs: { node_list: ['master'] } }, 1000],
    ['several', { ...all, f_kwargs: { node_list: ['w1', 'w2'] } }, 1000],
    ['all', { ...all, f_kwargs: { node_list: '*' } }, 1000],
    ['nobody', { ...all }, 1000],
    ['an agent of nobody', { ...all, f_kwargs: { agent_list: ['007'] } }, 1000],
    ['agents by no number', { ...all, f_kwargs: { agent_list: ['x'] } }, 1000],
    ['who is not there', { ...all, f_kwargs: { node_id: 'w9' } }, 3022],
    [
      'a node that who asks may not know',
      { ...all, f_kwargs: { node_id: 'w2' }, rbac_permissions: allowed },
      4000,
    ],
    ['the master, as another node would', { ...all, f_kwargs: { node_id: 'w2' }, from_cluster: true }, 1000],
    ['what a master does', { f_kwargs: { node_id: 'w2' } }, 1000],
  ] as const)
    assert.equal(codeOf(await asked(other, restart(request))), code, what);
  assert.equal(worker.heard.filter(({ command }) => command === 'dapi').length, 2);
});

test('programs at a worker of ours reach a worker of 4.x through a master of ours', async () => {
  await using place = await MasterScene.start();
  const worker = await place.worker('w2');
  worker.answers.dapi = () => ({});
  const [host = '', port = ''] = place.address.split(':');
  const home = mkdtempSync(join(tmpdir(), 'muster-carried-'));
  const transport = new TcpTransport({ host, port: Number(port) });
  const own = new InProcessNode('m1', home, 'worker', transport, systemClock, { intervals: QUICK });
  try {
    await own.start();
    await waitFor('the worker', () => own.services.status.master?.name === 'master', 10_000, place.explain);
    await using api = await LocalProgram.of(own);
    const at = (node_list: readonly string[]) =>
      restart({ request_type: 'distributed_master', f_kwargs: { node_list } });
    await api.ask('dapi', at(['w2']));
    assert.deepEqual(JSON.parse(await answer(worker, 1, place.explain)).f_kwargs, {});
    assert.equal(await told(api), ANSWER);
    for (const request of [at(['m1']), at(['master']), ODD]) {
      await using refused = await LocalProgram.of(own);
      await refused.ask('dapi', request);
      const text = await told(refused);
      assert.equal(codeOf(text), 1000);
      assert.match(text, /Unknown method/);
    }
  } finally {
    await own.stop();
    rmSync(home, { recursive: true, force: true });
  }
});

test('what a master of 4.x wants done at a node of ours is refused, unless it is in the table', async () => {
  await using scene = await WorkerScene.start(() => {});
  const master = await scene.welcomed();
  master.answers.dapi_res = () => ({ to: 'request' });
  const text = restart({ request_type: 'distributed_master', from_cluster: true });
  assert.equal(codeOf(await asked(master, text)), 1000);
  assert.equal(master.heard.filter(({ command }) => command === 'dapi').length, 0);
});
