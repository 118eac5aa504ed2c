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
  // The `provide` of a machine that is linked (machines/supervision/link.ts) makes another linked one. It is left out,
  // and not deleted afterwards: V8 looks everything up by name in an object of which something was deleted.
  const { provide: _, ...own } = this;
  const machine = Object.assign(Object.create(StateMachine.prototype), own);
  machine.implementations = Object.fromEntries(
    KINDS.map((kind) => [kind, { ...this.implementations[kind], ...implementations[kind] }]),
  );
  for (const name of BOUND) machine[name] = StateMachine.prototype[name].bind(machine);
  return machine;
}
