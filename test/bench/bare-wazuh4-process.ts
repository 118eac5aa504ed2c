import { join } from 'node:path';
import { applyManifest } from '../../src/files/apply.ts';
import type { FileMetadata } from '../../src/files/metadata.ts';
import { packWazuh4 } from '../../src/files/wazuh4/pack.ts';
import { stageWazuh4Package } from '../../src/files/wazuh4/stage.ts';
import { filesConfig } from '../files/fixture.ts';
import { type BareOrder, SETTLE_MS, STAGING } from './bare-wazuh4.ts';

// A process that does once what a sync in the dialect of Wazuh 4.x does with files, and tells its parent the CPU it took.

async function pack({ home, file, files }: BareOrder): Promise<void> {
  const missing = new Map<string, FileMetadata>(files);
  const comparison = { missing, shared: new Map(), extra: new Map() };
  const order = { home, comparison, file, level: 1, limitBytes: Number.MAX_SAFE_INTEGER };
  await packWazuh4(order, () => true);
}

async function apply({ home, file }: BareOrder): Promise<void> {
  const set = await stageWazuh4Package({ file, directory: join(home, STAGING), config: filesConfig });
  const { missing } = set.manifest;
  const hashes = Array.from(missing.values(), ({ hash }) => hash);
  applyManifest({
    home,
    config: filesConfig,
    staging: STAGING,
    staged: set.staged,
    missing: { paths: [...missing.keys()], hashes },
    shared: { paths: [], hashes: [] },
    extra: [],
  });
}

// As a node's: files are made with the mode that they keep.
process.umask(0o007);

process.once('message', async (order: BareOrder) => {
  // What the start of a process leaves to do is no part of it.
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
  const before = process.cpuUsage();
  await (order.work === 'pack' ? pack(order) : apply(order));
  const { user, system } = process.cpuUsage(before);
  process.send?.((user + system) / 1_000_000);
  process.disconnect();
});
