import { type AnyStateMachine, StateMachine } from 'xstate';

/** Methods that a machine binds to itself. */
const BOUND = [
  'transition',
  'getInitialSnapshot',
  'getPersistedSnapshot',
  'restoreSnapshot',
  'start',
] as const;
const KINDS = ['actions', 'guards', 'actors', 'delays'] as const;

type Implementations = Partial<Record<(typeof KINDS)[number], object>>;

/**
 * Lets machines share the chart of the one from which `provide` makes them. What they are provided with changes nothing
 * of it, but XState builds it anew for each, and nodes that start over and over provide all their machines each time.
 */
export function shareCharts(): void {
  Object.assign(StateMachine.prototype, { provide });
}

function provide(this: AnyStateMachine, implementations: Implementations): AnyStateMachine {
  const machine = Object.assign(Object.create(StateMachine.prototype), this);
  machine.implementations = Object.fromEntries(
    KINDS.map((kind) => [kind, { ...this.implementations[kind], ...implementations[kind] }]),
  );
  for (const name of BOUND) machine[name] = StateMachine.prototype[name].bind(machine);
  // The one of a machine that is linked (machines/supervision/link.ts) makes another linked one.
  delete machine.provide;
  return machine;
}
