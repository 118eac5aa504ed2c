import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type AnyStateMachine, type AnyStateNode, createMachine } from 'xstate';
import { catalog } from '../../machines/catalog.ts';
import { chartPaths } from '../../src/inspect/chart-paths.ts';
import { machineConfig } from '../../src/inspect/machines.ts';
import { transitionKey, transitionsOf } from '../../src/inspect/transitions.ts';
import { runMuster } from './run-muster.ts';

describe('muster machines', () => {
  it('tells the effects of one machine, of all, and of none that there is not', async () => {
    const { stdout } = await runMuster(['machines', 'integrity-permission', '--effects']);
    assert.equal(stdout, 'integrity-permission starts no effects.\n');
    const all = JSON.parse((await runMuster(['machines', '--effects', '--json'])).stdout);
    const scan = all.find(({ id }: { id: string }) => id === 'integrity-check/scan');
    assert.deepEqual([scan.kind, scan.states], ['promise', ['integrityCheck.opening.scanning']]);
    const { code, stderr } = await runMuster(['machines', 'nothing', '--effects']);
    assert.equal(code, 2);
    assert.match(stderr, /there is no machine nothing/);
  });

  it('lists every machine of the catalogue, as a table and as JSON', async () => {
    const { stdout } = await runMuster(['machines']);
    for (const { id } of catalog) assert.match(stdout, new RegExp(`^${id} `, 'm'));
    const listed = JSON.parse((await runMuster(['machines', '--json'])).stdout);
    assert.equal(listed.length, catalog.length);
    for (const { id, states, transitions } of listed) assert.ok(states > 0 && transitions > 0, id);
  });

  it('shows the chart of one, as a picture, as Mermaid and as JSON', async () => {
    assert.match(
      (await runMuster(['machines', 'integrity-permission', '--svg'])).stdout,
      /<svg[\s\S]*granted/,
    );
    assert.match(
      (await runMuster(['machines', 'integrity-permission', '--mermaid'])).stdout,
      /^stateDiagram-v2/,
    );
    const config = JSON.parse((await runMuster(['machines', 'integrity-permission', '--json'])).stdout);
    assert.deepEqual(Object.keys(config.states), ['free', 'granted', 'running']);
  });

  it('tells ways through a chart, as lines and as JSON', async () => {
    const { stdout } = await runMuster(['machines', 'integrity-permission', '--paths']);
    assert.match(
      stdout,
      /^path 3 of 10\n {2}free: permission\.ask → granted\n {2}granted: permission\.begin → running$/m,
    );
    const paths = JSON.parse(
      (await runMuster(['machines', 'integrity-permission', '--paths', '--json'])).stdout,
    );
    assert.equal(paths.length, 10);
  });

  it('has ways that together take every transition of every machine, each from the beginning', () => {
    for (const { id, machine } of catalog) {
      const paths = chartPaths(machine);
      const taken = new Set(paths.flat().map(transitionKey));
      assert.deepEqual(
        transitionsOf(machine)
          .map(transitionKey)
          .filter((key) => !taken.has(key)),
        [],
        id,
      );
      const { initial } = machine.root;
      for (const [first] of paths) {
        const begins =
          first?.source === machine.id ||
          machine.root.type === 'parallel' ||
          initial.target?.some((target) => first?.source.startsWith(target.id));
        assert.ok(begins, `${id}: ${first?.source}`);
      }
    }
  });

  it('says which option wants an id, and that an id is unknown', async () => {
    for (const args of [
      ['--svg'],
      ['--paths'],
      ['nonsense'],
      ['nonsense', '--paths'],
      ['nonsense', '--coverage', 'x'],
      ['integrity-permission', '--svg', '--json'],
    ]) {
      const { code, stderr } = await runMuster(['machines', ...args]);
      assert.equal(code, 2, stderr);
      assert.notEqual(stderr, '');
    }
  });

  it('has charts in JSON of which XState makes a machine with the same states', () => {
    for (const { id, machine } of catalog) {
      const made = createMachine(machineConfig(id) as never);
      assert.deepEqual(statesOf(made), statesOf(machine), id);
    }
  });
});

/** The ids of all states of a machine. */
function statesOf({ root }: AnyStateMachine): string[] {
  const below = (node: AnyStateNode): string[] => [node.id, ...Object.values(node.states).flatMap(below)];
  return below(root);
}
