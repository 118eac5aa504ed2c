import assert from 'node:assert/strict';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { MAX_METADATA_BYTES } from '../../src/files/limits.ts';
import { LIST, listOf, packageOf, zlib } from '../files/wazuh4/packages.ts';
import { waitFor } from '../harness/wait-for.ts';
import { listOfRound, sendPackage, WorkerScene } from './worker-scene.ts';

const STAGED_BYTES = 1_000_000;

/** What the home holds below `queue/cluster`. */
function sizeOf(directory: string): number {
  return readdirSync(directory, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0);
}

test('a package whose list inflates beyond its limit is refused as the original tells failures, once in the log, and the disk is free again', async () => {
  await using scene = await WorkerScene.start(() => {});
  const master = await scene.welcomed();
  const spool = join(scene.worker.home, 'queue/cluster');
  const staged = ['etc/rules/staged.xml', zlib('x'.repeat(STAGED_BYTES), 0)] as const;
  await listOfRound(master, scene);
  await sendPackage(master, packageOf(staged, [LIST, zlib(Buffer.alloc(MAX_METADATA_BYTES + 1))]));
  const told = await master.hears('syn_i_w_m_r', 1, scene.explain);
  assert.match(told, /^None \{"__wazuh_exception__".*a list of files of more than \d+ bytes/);
  await waitFor('the disk to be free', () => sizeOf(spool) < STAGED_BYTES / 10, 10_000, scene.explain);
  assert.equal(scene.worker.log.find(/Error 3113/).length, 1);
  await listOfRound(master, scene);
  await sendPackage(
    master,
    packageOf(['etc/rules/b.xml', zlib('beta')], listOf({ missing: { 'etc/rules/b.xml': 'beta' } })),
  );
  const isSynced = () => scene.worker.services.status.lastSync?.outcome === 'synced';
  await waitFor('the next one', isSynced, 10_000, scene.explain);
});
