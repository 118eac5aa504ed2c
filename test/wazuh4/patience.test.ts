import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type OfferedMethods, offeredMethods } from '../../src/requests/handlers.ts';
import { MIN_PEER_WORK_MS } from '../../src/requests/limits.ts';
import { ManualClock } from '../harness/manual-clock.ts';
import { LocalProgram } from './local-program.ts';
import { MasterScene } from './scene.ts';

const f = (module: string, name: string) => ({
  __callable__: { __name__: name, __module__: module, __qualname__: name, __type__: 'function' },
});
const restart = JSON.stringify({ f: f('wazuh.manager', 'restart'), f_kwargs: {}, api_timeout: 10 });
const ANSWER = '{"__wazuh_result__": {"__class__": "WazuhResult", "__object__": {"result": {}}}}';
const PATIENCE_MS = 200_000;

function simulated() {
  const clock = new ManualClock();
  clock.aheadMs = Date.now();
  return clock;
}
/** The methods of a node, one of which never answers. */
const hanging = (name: string) =>
  new Map(
    [...offeredMethods].map(([method, offered]) => [
      method,
      method === name ? { ...offered, handler: () => new Promise(() => {}) } : offered,
    ]),
  ) as OfferedMethods;
const codeOf = (text = '') => JSON.parse(text).__wazuh_exception__.__object__.code;
const turn = () => new Promise((resolve) => setImmediate(resolve));
/** What is due is said and heard before more time passes. */
async function pass(clock: ManualClock, timeMs: number): Promise<void> {
  clock.increment(timeMs);
  for (let turns = 0; turns < 20; turns += 1) await turn();
}

test('an original that answers after 11 s is waited for as originals wait: what stands in its queue is worked on for less', async () => {
  const clock = simulated();
  await using place = await MasterScene.start({}, { clock });
  const worker = await place.worker();
  worker.answers.dapi = () => ({});
  await using api = await LocalProgram.of(place.master);
  await api.ask('dapi_fwd', `worker1 ${restart}`);
  const [id] = (await worker.hears('dapi')).split(' ');
  await pass(clock, 11_000);
  assert.deepEqual(api.heard, []);
  await worker.askPlain('dapi_res', `${id} ${await worker.sendString(ANSWER)}`);
  await api.hears('dapi_res');
  assert.equal(api.strings.get('77'), ANSWER);
});

test('an original that does not answer is waited for as long as timeout_dapi_request says, and no longer', async () => {
  const clock = simulated();
  await using place = await MasterScene.start({}, { clock });
  const worker = await place.worker();
  worker.answers.dapi = () => ({});
  await using api = await LocalProgram.of(place.master);
  await api.ask('dapi_fwd', `worker1 ${restart}`);
  await worker.hears('dapi');
  // Its keepalives, without which it would be cut off.
  for (let passedMs = 0; passedMs < PATIENCE_MS - 50_000; passedMs += 50_000) {
    await pass(clock, 50_000);
    await worker.askPlain('echo-c', 'here');
    await api.ask('echo-c', 'here');
  }
  await pass(clock, 49_000);
  assert.deepEqual(api.heard, []);
  await pass(clock, 1_000);
  await api.hears('dapi_res');
  assert.equal(codeOf(api.strings.get('77')), 3021);
});

test('work here has the time that api_timeout says, ten seconds at least, and all that there is for who waits until it is complete', async () => {
  const clock = simulated();
  await using place = await MasterScene.start({}, { clock, methods: hanging('cluster.status') });
  const asked = { f: f('wazuh.cluster', 'get_status_json'), f_kwargs: {}, request_type: 'local_any' };
  const hung = async (about: object) => {
    const api = await LocalProgram.of(place.master);
    await api.ask('dapi', JSON.stringify({ ...asked, ...about }));
    return api;
  };
  await using usual = await hung({ api_timeout: 1 });
  await using longer = await hung({ api_timeout: 60 });
  await using patient = await hung({ api_timeout: 1, wait_for_complete: true });
  await pass(clock, MIN_PEER_WORK_MS - 1_000);
  assert.deepEqual(usual.heard, []);
  await pass(clock, 1_000);
  await usual.hears('dapi_res');
  assert.equal(codeOf(usual.strings.get('77')), 3021);
  await pass(clock, 49_000);
  assert.deepEqual(longer.heard, []);
  await pass(clock, 1_000);
  await longer.hears('dapi_res');
  assert.equal(codeOf(longer.strings.get('77')), 3021);
  assert.deepEqual(patient.heard, []);
});
