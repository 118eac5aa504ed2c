import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MAX_OUTSTANDING_REQUESTS } from '../../src/node/requests.ts';
import { waitFor } from '../harness/wait-for.ts';
import { MasterScene } from './scene.ts';

test('each of many requests that fail at the same moment is answered, also when they are more than a connection has under way', async () => {
  await using place = await MasterScene.start({});
  const worker = await place.worker();
  worker.answers.dapi_res = () => ({ to: 'client' });
  const unknown = {
    __callable__: { __name__: 'f', __module__: 'os', __qualname__: 'f', __type__: 'function' },
  };
  const request = JSON.stringify({ f: unknown, f_kwargs: {} });
  const ids = Array.from({ length: 2 * MAX_OUTSTANDING_REQUESTS }, (_, i) => `r${i}`);
  await Promise.all(ids.map((id) => worker.askPlain('dapi', `${id} ${request}`)));
  const answered = () =>
    worker.heard.filter(({ command }) => command === 'dapi_res').map(({ text }) => text.split(' ')[0]);
  await waitFor('all answers', () => answered().length >= ids.length || null, 20_000);
  assert.deepEqual(new Set(answered()), new Set(ids));
});
