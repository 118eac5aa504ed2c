import assert from 'node:assert/strict';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { pruneIncoming } from '../../src/node/node-transfers.ts';
import type { NodeServices } from '../../src/node/services.ts';
import { incomingDirectory } from '../../src/node/spool.ts';
import type { Transfers } from '../../src/node/transfers/index.ts';
import { pruneSpool } from '../../src/node/transfers/prune.ts';

const HOUR_MS = 3_600_000;
const LARGE_BYTES = 5 * 1024 ** 3;

test('the part of a large file is still there when its peer connects again hours later, and gone after a day', async () => {
  const home = mkdtempSync(join(tmpdir(), 'muster-spool-'));
  try {
    const directory = incomingDirectory(home, 'worker1');
    mkdirSync(directory, { recursive: true });
    for (const [name, ageHours] of [['large.part', 5] as const, ['old.part', 25] as const]) {
      const path = join(directory, name);
      writeFileSync(path, '');
      truncateSync(path, LARGE_BYTES);
      const at = new Date(Date.now() - ageHours * HOUR_MS);
      utimesSync(path, at, at);
    }
    let pruning: Promise<string[]> | null = null;
    const transfers = {
      prune: (...args: Parameters<typeof pruneSpool>) => {
        pruning = pruneSpool(...args);
        return pruning;
      },
    } as unknown as Transfers;
    const services = { config: { home }, clock: { now: Date.now }, log: null } as unknown as NodeServices;
    pruneIncoming(services, transfers, 'worker1');
    await pruning;
    assert.deepEqual(readdirSync(directory), ['large.part']);
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
});
