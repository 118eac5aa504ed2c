import { describe, it } from 'node:test';
import type { AnyStateMachine } from 'xstate';
import { BehaviourTable, stateOf, TABLE_TEST } from '../harness/behaviour-table.ts';
import { edgePaths } from '../harness/graph.ts';
import { graphOptions, type Model, modelTest } from '../harness/model.ts';
import type { Trace } from '../harness/replay.ts';

/** Of both dialects, with all that may be sent: the charts as they are drawn. */
const input = { dialect: null, isActive: true };

export const namesOf = ({ events }: Pick<Trace, 'events'>): string[] => events.map(({ type }) => type);

/** The tests of a machine of conformance: by its model in all that it has, and by its table in each dialect. */
export function conformanceTest<Machine extends AnyStateMachine>(
  machine: Machine,
  invariants: Model<Machine>['invariants'],
): void {
  modelTest(machine, { input, key: () => 0, invariants } as unknown as Model<Machine>);
  testDialects(machine);
}

/** The model takes every transition. What there is to say in one dialect, and without changing anything, is less. */
function testDialects(machine: AnyStateMachine): void {
  describe(`${machine.id} in one dialect`, () => {
    it(TABLE_TEST, () => {
      const table = new BehaviourTable(`${machine.id}-dialects`);
      for (const dialect of ['muster', 'wazuh4'] as const)
        for (const isActive of [true, false]) {
          const place = `${dialect}${isActive ? ', active' : ''}`;
          const spoken = {
            input: { dialect, isActive },
            key: () => 0,
            invariants: {},
          } as Model<AnyStateMachine>;
          for (const { initial, steps } of edgePaths(machine, graphOptions(spoken)).paths) {
            const states = [initial, ...steps.map(({ snapshot }) => snapshot)].map(stateOf);
            steps.forEach(({ event }, index) => {
              table.note(place, `${states[index]} ${event.type}`, `→ ${states[index + 1]}`);
            });
          }
        }
      table.check();
    });
  });
}
