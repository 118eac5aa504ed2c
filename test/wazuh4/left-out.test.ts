import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { localRequest } from '../../src/local/client.ts';
import { waitFor } from '../harness/wait-for.ts';
import { roundOf } from './rounds.ts';
import { MasterScene } from './scene.ts';

const RULES = { 'etc/rules/a': 'alpha' };
/** However it is compressed, the separator of entries stays in it. */
const unfit = () => Buffer.concat([randomBytes(50_000), Buffer.from('|@@//@@|'), randomBytes(50_000)]);

async function publish(scene: MasterScene, path: string, content: Uint8Array): Promise<void> {
  const { index } = scene.master.services;
  const before = index.digest;
  const file = join(scene.master.home, path);
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, content);
  await waitFor(`${path} to be published`, () => index.digest !== before);
}

async function inStep({ master }: MasterScene): Promise<unknown[]> {
  const { items } = await localRequest(master.home, 'get_nodes', { filter_type: 'worker' });
  const { workers } = (await localRequest(master.home, 'get_status', {})) as {
    workers: { inStep: unknown }[];
  };
  return [...items, ...workers].map((worker) => worker.inStep);
}

test('a worker of 4.x is in step by what its last check found, until the master has another set; before, nobody knows', async () => {
  await using scene = await MasterScene.start(RULES);
  const worker = await scene.worker();
  assert.deepEqual(await inStep(scene), [null, null]);
  assert.deepEqual((await roundOf(worker, {}, scene))?.files, RULES);
  assert.deepEqual(
    await inStep(scene),
    [false, false],
    'it was sent all of it, and has not told that it has it',
  );
  assert.equal(await roundOf(worker, RULES, scene), null);
  assert.deepEqual(await inStep(scene), [true, true], 'its list says so');
  await publish(scene, 'etc/rules/b', Buffer.from('beta'));
  assert.deepEqual(await inStep(scene), [false, false], 'the master has more now');
  assert.equal(await roundOf(worker, { ...RULES, 'etc/rules/b': 'beta' }, scene), null);
  assert.deepEqual(await inStep(scene), [true, true], 'its list was equal');
});

test('a file that no package can hold is told of once for each content, with what to do, and begins no round by itself', async () => {
  await using scene = await MasterScene.start(RULES);
  const { log } = scene.master;
  const warnings = () => log.find(/Error 3131 .*etc\/rules\/unfit/).map(({ message }) => message);
  const worker = await scene.worker();
  await publish(scene, 'etc/rules/unfit', unfit());
  assert.deepEqual((await roundOf(worker, {}, scene))?.files, RULES);
  assert.match(warnings().join(), /unfit\. Keep the file elsewhere, or change it so that it compresses\./);
  for (let round = 0; round < 3; round += 1) assert.equal(await roundOf(worker, RULES, scene), null);
  assert.equal(warnings().length, 1);
  assert.equal(log.find(/Files to create in worker/).length, 1, 'one round alone brought something');
  const inSteps = () => log.find(/Sync not required\. Files left out \(3131\): 1\.$/).length;
  // The worker hears of it before the log does.
  await waitFor('three rounds that bring nothing', () => inSteps() >= 3, undefined, scene.explain);
  assert.equal(inSteps(), 3);
  assert.deepEqual(await inStep(scene), [false, false], 'it lacks a file');

  assert.deepEqual((await roundOf(worker, {}, scene))?.missing, ['etc/rules/a'], 'all others travel');
  await publish(scene, 'etc/rules/unfit', unfit());
  assert.deepEqual((await roundOf(worker, RULES, scene))?.missing, [], 'another content is tried');
  assert.equal(await roundOf(worker, RULES, scene), null);
  assert.equal(warnings().length, 2);
  await publish(scene, 'etc/rules/unfit', Buffer.from('fits'));
  assert.deepEqual((await roundOf(worker, RULES, scene))?.files, { 'etc/rules/unfit': 'fits' });
  assert.equal(await roundOf(worker, { ...RULES, 'etc/rules/unfit': 'fits' }, scene), null);
  assert.deepEqual(await inStep(scene), [true, true]);
});
