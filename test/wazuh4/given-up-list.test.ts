import assert from 'node:assert/strict';
import { test } from 'node:test';
import { wazuhException } from '../../src/protocol/dialects/wazuh4/exceptions.ts';
import { encodeObjects } from '../../src/protocol/dialects/wazuh4/objects.ts';
import { waitFor } from '../harness/wait-for.ts';
import { TASK, WorkerScene } from './worker-scene.ts';

const cancelling = (task: string) => `${task} ${encodeObjects(wazuhException(3039))}`;

test('a master that gives the list of a round up ends the round: nothing more of the list is sent, and the reason is told', async () => {
  await using scene = await WorkerScene.start((master) => {
    master.answers.syn_i_w_m = () => ({ task: TASK });
    const takeFile = master.answers.new_file;
    master.answers.new_file = (args) => {
      // The originals wait so long for the list and no longer; here that is over at once.
      master.inOneBreath(() => master.askPlain('cancel_task', cancelling(TASK)));
      return takeFile?.(args) ?? {};
    };
    master.answers.syn_i_w_m_e = () => ({});
    master.answers.syn_i_w_m_r = () => ({});
    let isGranted = false;
    master.answers.syn_i_w_m_p = () => {
      const granted = !isGranted;
      isGranted = true;
      return { granted };
    };
  });
  const master = await scene.welcomed();
  await master.hears('syn_i_w_m', 1, scene.explain);
  // The next round begins when this one has ended.
  await master.hears('syn_i_w_m_p', 2, scene.explain);
  const said = new Set(master.heard.map(({ command }) => command));
  assert.deepEqual(
    ['file_upd', 'syn_i_w_m_e', 'syn_i_w_m_r'].filter((command) => said.has(command)),
    [],
  );
  const { lastCheck } = scene.worker.services.status;
  assert.deepEqual([lastCheck?.outcome, lastCheck?.failure?.code], ['failed', 3039]);
});

test('a task of another round that a master cancels ends nothing', async () => {
  const other = '11111111-6739-4463-844d-f8b72e6a3737';
  await using scene = await WorkerScene.start((master) => {
    master.answers.syn_i_w_m_p = () => ({ granted: true });
    master.answers.syn_i_w_m = () => ({ task: TASK });
    const takeFile = master.answers.new_file;
    master.answers.new_file = (args) => {
      master.inOneBreath(() => master.askPlain('cancel_task', cancelling(other)));
      return takeFile?.(args) ?? {};
    };
    master.answers.syn_i_w_m_e = () => {
      master.inOneBreath(() => master.askPlain('syn_m_c_ok', ''));
      return {};
    };
  });
  const master = await scene.welcomed();
  await master.hears('syn_i_w_m_e', 1, scene.explain);
  const { status } = scene.worker.services;
  await waitFor('the round', () => status.lastCheck?.outcome === 'in-step', 10_000, scene.explain);
});
