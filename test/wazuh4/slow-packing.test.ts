import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock } from '../harness/manual-clock.ts';
import { waitFor } from '../harness/wait-for.ts';
import { TASK, WorkerScene } from './worker-scene.ts';

const STEP_MS = 10_000;
const turn = () => new Promise((resolve) => setImmediate(resolve));

test('a worker waits for a package for longer than for a file: its master packs before it announces anything', async () => {
  const clock = new ManualClock();
  clock.aheadMs = Date.now();
  await using scene = await WorkerScene.start(
    (master) => {
      master.answers.syn_i_w_m_p = () => ({ granted: true });
      master.answers.syn_i_w_m = () => ({ task: TASK });
      master.answers.syn_i_w_m_e = () => ({});
      master.answers.syn_i_w_m_r = () => ({});
    },
    { clock },
  );
  const master = await scene.welcomed(() => clock.increment(20));
  const heard = (command: string) => master.heard.filter((one) => one.command === command).length;
  await waitFor(
    'the list',
    () => {
      clock.increment(20);
      return heard('syn_i_w_m_e') === 1;
    },
    10_000,
    scene.explain,
  );
  const { timeoutReceivingFileMs } = scene.worker.services.config.intervals.communication;
  for (let passedMs = 0; passedMs <= timeoutReceivingFileMs + STEP_MS; passedMs += STEP_MS) {
    clock.increment(STEP_MS);
    for (let turns = 0; turns < 50; turns += 1) await turn();
  }
  assert.equal(heard('syn_i_w_m_r'), 0, scene.explain());
  assert.equal((await master.askPlain('syn_m_c', '')).command, 'ok', scene.explain());
});
