import assert from 'node:assert/strict';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileSystemError } from '../../src/config/system-words.ts';
import { outgoingDirectory } from '../../src/node/spool.ts';
import { waitFor } from '../harness/wait-for.ts';
import { roundOf, sendList, WORKER_TASK } from './rounds.ts';
import { MasterScene } from './scene.ts';

const RULES = { 'etc/rules/a.xml': 'alpha', 'etc/rules/b.xml': 'beta' };
const diskFull = () =>
  fileSystemError('queue/cluster', Object.assign(new Error('ENOSPC'), { code: 'ENOSPC', syscall: 'write' }));

/** Refuses so many packages for want of room. */
function fillDisk({ master }: MasterScene, times: number): void {
  const { pool } = master.services;
  const { runSticky } = pool;
  let left = times;
  pool.runSticky = ((name, args) => {
    if (name !== 'packWazuh4Round' || left === 0) return runSticky.call(pool, name, args);
    left -= 1;
    return Promise.reject(diskFull());
  }) as typeof runSticky;
}

/** Packages of this master that are on its disk, by their sizes. */
function packagesOf({ master }: MasterScene): number[] {
  const directory = outgoingDirectory(master.services.config.home);
  return readdirSync(directory).map((name) => statSync(join(directory, name)).size);
}

test('a worker of 4.x hears of its package when that is made, since its time to receive it runs from then on', async () => {
  await using scene = await MasterScene.start(RULES);
  const worker = await scene.worker();
  let packed: number[] = [];
  worker.answers.syn_m_c = () => {
    packed = packagesOf(scene);
    return { task: WORKER_TASK };
  };
  assert.deepEqual((await roundOf(worker, {}, { explain: scene.explain }))?.files, RULES);
  assert.deepEqual(
    packed,
    [...worker.files.values()].map(({ length }) => length),
  );
  await waitFor('the package to be gone', () => packagesOf(scene).length === 0);
});

test('where a package has no room on the disk, packages that are kept for nobody make it', async () => {
  await using scene = await MasterScene.start(RULES);
  const { packages, index } = scene.master.services;
  const files = Array.from(await index.list(), ([path, { hash, size }]) => ({ path, hash, size }));
  const kept = await packages.acquire(files);
  kept.release();
  fillDisk(scene, 1);
  const worker = await scene.worker();
  assert.deepEqual((await roundOf(worker, {}, { explain: scene.explain }))?.files, RULES);
  assert.equal(existsSync(kept.path), false);
});

test('a worker of 4.x is told that a package cannot be made, with no word of one before, and gets the next', async () => {
  await using scene = await MasterScene.start(RULES);
  fillDisk(scene, 1);
  const worker = await scene.worker();
  worker.answers.syn_m_c_r = () => ({});
  await sendList(worker, {});
  assert.match(await worker.hears('syn_m_c_r'), /^None \{"__wazuh_exception__".*ENOSPC/);
  assert.equal(
    worker.heard.some(({ command }) => command === 'syn_m_c'),
    false,
  );
  assert.match(scene.explain(), /\[Worker worker1\] \[Integrity sync\] Error 3119 .*ENOSPC/);
  assert.deepEqual((await roundOf(worker, {}, { explain: scene.explain }))?.files, RULES);
});
