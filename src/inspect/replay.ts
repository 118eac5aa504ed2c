import {
  type AnyEventObject,
  type AnyMachineSnapshot,
  type AnyStateMachine,
  createActor,
  fromTransition,
} from 'xstate';
import { plainOf } from './plain.ts';
import { pureMachine } from './pure-machine.ts';
import type { ActorState, Plain, StepRecord } from './records.ts';
import { takenOf } from './transitions.ts';

/** Where a step leads, and how. */
export interface Outcome {
  readonly state: ActorState;
  readonly taken: StepRecord['taken'];
}

export interface Replayed extends Outcome {
  /** Types of the actions that it has on the way, without those of XState. */
  readonly actions: readonly string[];
}

const INIT = 'xstate.init';
const FAILED = 'xstate.error.';
/** Secrets are hidden in a recording already. */
const asItIs = (text: string) => text;

/** How long a machine waits is the node's; that it waited is what is recorded. */
export function untimed(machine: AnyStateMachine): AnyStateMachine {
  const names = Object.keys(machine.implementations.delays);
  return machine.provide({ delays: Object.fromEntries(names.map((name) => [name, 1])) });
}

/** Where a machine goes from where it stood, or where it begins; effects do not run. */
export function replayed(machine: AnyStateMachine, before: ActorState | null, event: Plain): Replayed {
  const pure = pureMachine(machine);
  const said = eventOf(event);
  try {
    const next =
      before === null
        ? pure.initial(said.input)
        : pure.next(snapshotOf(machine, before), said as AnyEventObject);
    return { state: stateOf(next), taken: pure.taken.map(takenOf), actions: pure.actions };
  } catch (error) {
    // A machine that throws has failed, where it stood.
    const stood = before ?? { value: null, context: null, children: [] };
    return {
      state: { ...stood, status: 'error', result: plainOf(error, asItIs) },
      taken: pure.taken.map(takenOf),
      actions: pure.actions,
    };
  }
}

export const isBeginning = (event: Plain) => typeOf(event) === INIT;

export const typeOf = (event: Plain) => String((event as { type?: unknown } | null)?.type ?? '');

function stateOf(snapshot: AnyMachineSnapshot): ActorState {
  const { status, value, context, children, output, error } = snapshot;
  return {
    status,
    value: plainOf(value, asItIs),
    context: plainOf(context, asItIs),
    children: Object.keys(children),
    result: plainOf(status === 'error' ? error : output, asItIs),
  };
}

function snapshotOf(machine: AnyStateMachine, { value, context, children }: ActorState): AnyMachineSnapshot {
  const snapshot = machine.resolveState({ value: value as never, context: context as never });
  const nothing = fromTransition((state: object) => state, {});
  return Object.assign(snapshot, {
    children: Object.fromEntries(children.map((id) => [id, createActor(nothing, { id })])),
  });
}

/** With the error of what failed as an Error again, since machines ask whether it is one. */
function eventOf(event: Plain): { readonly input?: unknown } {
  if (!typeOf(event).startsWith(FAILED)) return event as object;
  const { error } = event as { error?: { message?: unknown; code?: unknown } | null };
  if (typeof error?.message !== 'string') return event as object;
  const { code, ...rest } = error;
  return {
    ...(event as object),
    error: Object.assign(new Error(error.message), rest, code !== null && { code }),
  } as object;
}
