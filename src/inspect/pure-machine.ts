import {
  type AnyEventObject,
  type AnyMachineSnapshot,
  type AnyStateMachine,
  type AnyTransitionDefinition,
  createActor,
  createEmptyActor,
  fromTransition,
} from 'xstate';

/** A machine as pure logic: nothing runs, nothing is sent. */
export interface PureMachine {
  initial(input: unknown): AnyMachineSnapshot;
  /** Throws what the machine throws. */
  next(snapshot: AnyMachineSnapshot, event: AnyEventObject): AnyMachineSnapshot;
  /** The transitions of the last step, each of its microsteps. */
  readonly taken: readonly AnyTransitionDefinition[];
  /** Types of the actions that the last step has, in their order, without those of XState. */
  readonly actions: readonly string[];
}

/** Assigns, sends, spawns: what they do is no code of a node. */
const OF_XSTATE = 'xstate.';

/** In a scope that runs no action, and below a parent, so that `sendParent` finds one. */
export function pureMachine(machine: AnyStateMachine): PureMachine {
  const nothing = fromTransition((state: object) => state, {});
  const self = createActor(nothing, { parent: createEmptyActor() } as never);
  let taken: AnyTransitionDefinition[] = [];
  let actions: string[] = [];
  const forget = () => {
    taken = [];
    actions = [];
  };
  const scope = {
    self,
    system: self.system,
    id: machine.id,
    sessionId: 'model',
    logger: () => {},
    defer: () => {},
    stopChild: () => {},
    emit: () => {},
    actionExecutor: ({ type }: { type: string }) => {
      if (!type.startsWith(OF_XSTATE)) actions.push(type);
    },
  } as never;
  self.system.inspect((said) => {
    // Those that it starts take first steps of their own.
    if (said.type === '@xstate.microstep' && said.actorRef === self) taken.push(...said._transitions);
  });
  return {
    initial: (input) => {
      forget();
      return machine.getInitialSnapshot(scope, input as never);
    },
    next: (snapshot, event) => {
      forget();
      return machine.transition(snapshot as never, event as never, scope);
    },
    get taken() {
      return taken;
    },
    get actions() {
      return actions;
    },
  };
}
