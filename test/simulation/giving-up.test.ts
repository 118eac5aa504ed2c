import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planted } from '../../src/sim/planted.ts';
import { loadSimulator } from '../../src/sim/realm.ts';
import { SeedRunner } from '../../src/sim/seed-runner.ts';

test('a node may give up 30 times in a run, and once more is found, by promise 8', async () => {
  const wrong = planted.find(({ name }) => name === 'no-second-start');
  assert.ok(wrong);
  const { simulate } = await loadSimulator(wrong);
  const { failure } = await simulate({
    seed: 1,
    workers: 1,
    acts: [{ atMs: 0, kind: 'kill', node: 'worker1', offMs: 50 }],
  });
  assert.equal(failure?.message, '8: worker1 gave up 31 times');
});

test('a supervisor that restarts a child for ever, with its pauses, is found, by promise 8', async () => {
  const runner = new SeedRunner({
    mutation: {
      file: 'machines/supervision/restart-policy.ts',
      text: 'return addRestart(restartsMs, nowMs, limits.periodMs).length <= limits.intensity;',
      wrong: 'return true;',
      also: {
        file: 'src/node/agent-children.ts',
        text: 'logic: link(periodicMachine.provide({ actors: { task: round }, actions: { refuseRelayed: () => {} } })),',
        wrong:
          "logic: link(periodicMachine.provide({ actors: { task: round }, delays: { interval: () => { throw new Error('it fails'); } } })),",
      },
    },
  });
  try {
    const { failure } = await runner.run({
      seed: 1,
      workers: 1,
      acts: [{ atMs: 30_000, kind: 'ask', node: 'worker1' }],
    });
    assert.match(failure?.message ?? '', /^8: a supervisor of \w+ goes on after 6 restarts in 30 s$/);
  } finally {
    await runner.end();
  }
});
