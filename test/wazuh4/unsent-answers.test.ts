import assert from 'node:assert/strict';
import { test } from 'node:test';
import { waitFor } from '../harness/wait-for.ts';
import { LocalProgram } from './local-program.ts';
import type { Original } from './original.ts';
import { MasterScene } from './scene.ts';
import { WorkerScene } from './worker-scene.ts';

const REQUEST = JSON.stringify({
  f: {
    __callable__: {
      __name__: 'restart',
      __module__: 'wazuh.manager',
      __qualname__: 'restart',
      __type__: 'function',
    },
  },
  f_kwargs: {},
  request_type: 'local_master',
});

/** Says in place of an answer to what it was asked that it could not be sent: the originals do not look at what they name. */
async function couldNotSend(by: Original, asked: string, command: string, explain: () => string) {
  const [id] = (await by.hears(asked, 1, explain)).split(' ');
  assert.equal((await by.askPlain(command, `${id} ${by.unsentString()}`)).command, 'ok');
}

const tellsWhy = (text: string) => {
  const { code, extra_message } = JSON.parse(text).__wazuh_exception__.__object__;
  assert.deepEqual([code, extra_message], [3020, 'new_str']);
};

test('a client hears at once that its answer could not be sent, which a master says in place of a string', async () => {
  await using scene = await WorkerScene.start((master) => {
    master.answers.dapi = () => ({});
    master.answers.sendsync = () => ({});
  });
  const master = await scene.welcomed();
  await waitFor('the name', () => scene.worker.services.status.master?.name === 'boss');
  await using api = await LocalProgram.of(scene.worker);
  await api.ask('dapi', REQUEST);
  await couldNotSend(master, 'dapi', 'dapi_res', scene.explain);
  await api.hears('dapi_res');
  tellsWhy(api.strings.get('77') ?? '');
  api.write(5, 'sendsync', '{"daemon_name": "authd", "message": {}}');
  await couldNotSend(master, 'sendsync', 'sendsyn_res', scene.explain);
  assert.equal(await api.hears('err'), 'Error 3020 - Timeout sending request: new_str');
});

test('a client of a master hears at once that its answer could not be sent, which a worker says in place of a string', async () => {
  await using place = await MasterScene.start();
  const worker = await place.worker();
  worker.answers.dapi = () => ({});
  await using api = await LocalProgram.of(place.master);
  await api.ask('dapi_fwd', `worker1 ${REQUEST}`);
  await couldNotSend(worker, 'dapi', 'dapi_res', place.explain);
  await api.hears('dapi_res');
  tellsWhy(api.strings.get('77') ?? '');
});
