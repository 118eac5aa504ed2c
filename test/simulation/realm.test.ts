import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { loadSimulator } from '../../src/sim/realm.ts';
import { AbortSignal as SimulatedSignal } from '../../src/sim/shims/globals.ts';
import { BEGIN_MS, enter, World } from '../../src/sim/world.ts';

test('a signal that ends after a time ends by the time of the simulated world, and at no other', async () => {
  const world = new World(1, 10);
  enter(world);
  const signal = SimulatedSignal.timeout(5_000);
  const joined = SimulatedSignal.any([signal, new AbortController().signal]);
  await world.run(BEGIN_MS + 4_999);
  assert.equal(joined.aborted, false);
  await world.run(BEGIN_MS + 5_000);
  assert.equal(joined.aborted, true);
  assert.equal(joined.reason.name, 'TimeoutError');
});

test('a source of a node that uses more of Node than is simulated is refused by name', async () => {
  const file = 'src/version.ts';
  const [text = ''] = readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8').split('\n');
  const loading = loadSimulator({ file, text, wrong: `import 'node:dgram'; ${text}` });
  await assert.rejects(loading, /^Error: node:dgram is not simulated: src\/version imports it$/);
});
