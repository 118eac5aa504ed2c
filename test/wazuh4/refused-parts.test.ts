import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '../../src/node/clock.ts';
import { ClusterInProcess } from '../spec/cluster-in-process.ts';
import { LocalProgram } from './local-program.ts';
import type { Original } from './original.ts';
import { WorkerScene } from './worker-scene.ts';

const f = (module: string, name: string) => ({
  __callable__: { __name__: name, __module__: module, __qualname__: name, __type__: 'function' },
});
const restart = { f: f('wazuh.manager', 'restart'), f_kwargs: {} };
const part = { request_type: 'distributed_master', from_cluster: true };

/** The class of an error and what it is about, as the original merges by them; and its first words. */
function errorIn(text: string) {
  const { __class__: name, __object__: error } = JSON.parse(text).__wazuh_exception__;
  return [name, error.code, error.ids, error.extra_message?.slice(0, 4)];
}

async function asked(master: Original, id: string, request: object): Promise<string> {
  assert.equal((await master.askPlain('dapi', `${id} ${JSON.stringify(request)}`)).command, 'ok');
  return await told(master, id);
}

async function told(master: Original, id: string): Promise<string> {
  const { text } = await master.hearsOneOf(['dapi_res'], 0, () => JSON.stringify(master.heard));
  const string = text.split(' ')[1];
  assert.equal(text.split(' ')[0], id);
  master.heard.splice(0);
  return master.strings.get(Number(string))?.toString() ?? '';
}

test('what a worker refuses of a request for several nodes is an error of this node, or of its agents: the others’ answers stay', async () => {
  await using scene = await WorkerScene.start((master) => {
    master.answers.dapi_res = () => ({ to: 'request' });
  });
  const master = await scene.welcomed();
  master.heard.splice(0);
  assert.deepEqual(errorIn(await asked(master, '1', { ...restart, ...part })), [
    'WazuhError',
    1000,
    ['worker1'],
    '3300',
  ]);
  const systems = {
    ...part,
    f: f('wazuh.syscollector', 'get_item_agent'),
    f_kwargs: { agent_list: ['001', '002'], element_type: 'ports' },
  };
  assert.deepEqual(errorIn(await asked(master, '2', systems)), ['WazuhError', 1000, ['001', '002'], '3108']);
  const denied = { ...systems, rbac_permissions: { rbac_mode: 'white' } };
  assert.deepEqual(errorIn(await asked(master, '3', denied)).slice(0, 3), [
    'WazuhPermissionError',
    4000,
    ['001', '002'],
  ]);
  const one = { ...restart, request_type: 'local_any', from_cluster: true };
  assert.deepEqual(errorIn(await asked(master, '4', one)), ['WazuhInternalError', 1000, undefined, '3300']);
});

test('what an API has a master pass on to one of several nodes, and that refuses, is an error of that node', async () => {
  const cluster = await ClusterInProcess.start({ clock: systemClock });
  try {
    await using api = await LocalProgram.of(cluster.master);
    await api.ask('dapi_fwd', `worker1 ${JSON.stringify({ ...restart, ...part })}`);
    await api.hears('dapi_res');
    assert.deepEqual(errorIn(api.strings.get('77') ?? ''), ['WazuhError', 1000, ['worker1'], '3300']);
  } finally {
    await cluster.close();
  }
});
