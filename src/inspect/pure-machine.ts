import {
  type AnyEventObject,
  type AnyMachineSnapshot,
  type AnyStateMachine,
  createActor,
  createEmptyActor,
  fromTransition,
} from 'xstate';

/** A machine as pure logic: nothing runs, nothing is sent. */
export interface PureMachine {
  initial(input: unknown): AnyMachineSnapshot;
  /** Throws what the machine throws. */
  next(snapshot: AnyMachineSnapshot, event: AnyEventObject): AnyMachineSnapshot;
}

/** In a scope that runs no action, and below a parent, so that `sendParent` finds one. */
export function pureMachine(machine: AnyStateMachine): PureMachine {
  const nothing = fromTransition((state: object) => state, {});
  const self = createActor(nothing, { parent: createEmptyActor() } as never);
  const scope = {
    self,
    system: self.system,
    id: machine.id,
    sessionId: 'model',
    logger: () => {},
    defer: () => {},
    stopChild: () => {},
    emit: () => {},
    actionExecutor: () => {},
  } as never;
  return {
    initial: (input) => machine.getInitialSnapshot(scope, input as never),
    next: (snapshot, event) => machine.transition(snapshot as never, event as never, scope),
  };
}
