import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Act } from '../../src/sim/acts.ts';
import { loadSimulator } from '../../src/sim/realm.ts';

const SLOW_MS = 400;

test('a permission that is granted for longer than it lasts is found, by promise 3', async () => {
  const { simulate } = await loadSimulator({
    file: 'machines/integrity/permission.ts',
    text: "after: { grantTimeout: 'free' },",
    wrong: '',
  });
  const grantedMs = 7_200;
  const acts: readonly Act[] = [
    { atMs: 5_000, kind: 'slow', node: 'worker1', delayMs: SLOW_MS, firstChunkBytes: 65_536, forMs: 60_000 },
    { atMs: 6_000, kind: 'write', paths: ['etc/lists/audit-keys'], sizeBytes: 500, salt: 1 },
    // On its way to a worker that will never hear of it.
    { atMs: grantedMs, kind: 'silence', node: 'worker1' },
    { atMs: 60_000, kind: 'ask', node: 'worker1' },
  ];
  const { failure } = await simulate({ seed: 1, workers: 1, acts });
  assert.match(
    failure?.message ?? 'nothing was found',
    /^3: the permission of worker1 is granted for 2\d\.\d+ s$/,
  );
});
