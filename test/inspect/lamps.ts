import { createActor, setup } from 'xstate';
import { createDynamicSupervisor } from '../../machines/supervision/dynamic-supervisor.ts';
import { DEFAULT_RESTART_LIMITS } from '../../machines/supervision/restart-policy.ts';

const lamp = setup({ types: { input: {} as { note?: string } } }).createMachine({
  id: 'lamp',
  context: ({ input }) => ({ note: input?.note ?? '' }),
  initial: 'off',
  states: { off: { on: { press: 'on' } }, on: { on: { press: 'off' } } },
});

/** A dynamic supervisor that starts as many actors as it is told. */
export function lamps(note = '') {
  const logic = createDynamicSupervisor({
    ...DEFAULT_RESTART_LIMITS,
    id: 'lamps',
    logic: lamp,
    maxChildren: 10_000,
    shutdownMs: 0,
    effects: { now: () => 0, random: () => 0, report: () => {} },
  });
  const root = createActor(logic);
  root.start();
  return {
    root,
    start: (child: number) => root.send({ type: 'dynamic.start', child, input: { note } }),
    press: (child: number) => root.send({ type: 'dynamic.send', child, event: { type: 'press' } }),
  };
}
