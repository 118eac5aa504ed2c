import type { ActorScope, ActorSystem, AnyActorRef, AnyStateMachine, EventObject } from 'xstate';

/**
 * Everything undocumented of XState that supervision leans on is named here and nowhere else, and
 * `test/supervision/contract.test.ts` tries each piece: an upgrade that changes one fails there first.
 */
export const XSTATE_VERSION = '5.33.3';

/** Longest delay that a JavaScript timer keeps; anything longer fires at once. */
export const MAX_TIMER_MS = 2 ** 31 - 1;

// biome-ignore lint/suspicious/noExplicitAny: a scope is invariant in the snapshots and events of its actor
export type AnyScope = ActorScope<any, any, any, any>;

export interface Timers {
  schedule(source: AnyActorRef, target: AnyActorRef, event: EventObject, delayMs: number, id?: string): void;
  cancel(source: AnyActorRef, id: string): void;
  cancelAll(source: AnyActorRef): void;
}

interface SystemInternals {
  /** Replaceable: every timer of every actor of the system passes through it. */
  scheduler: Timers;
  /** Delivers, and tells inspectors who sent. */
  _relay(source: AnyActorRef | undefined, target: AnyActorRef, event: EventObject): void;
  readonly _clock: { setTimeout(run: () => void, delayMs: number): unknown; clearTimeout(id: unknown): void };
}

// biome-ignore lint/suspicious/noExplicitAny: of any system
export const internalsOf = (system: ActorSystem<any>) => system as unknown as SystemInternals;

/** The two methods of a machine that an actor calls, replaceable on the instance; `provide` makes a new instance. */
export interface MachineInternals {
  transition: (snapshot: ParentSnapshot, event: EventObject, scope: AnyScope) => unknown;
  getInitialSnapshot: (scope: AnyScope, input?: unknown) => unknown;
  provide: (implementations: object) => AnyStateMachine;
}

export interface ParentSnapshot {
  readonly children: Readonly<Record<string, AnyActorRef>>;
}

export const methodsOf = (machine: AnyStateMachine) => machine as unknown as MachineInternals;

/** Sends once the transition that runs has been stored, as XState's own `sendTo` does. */
export function sendLater(scope: AnyScope, target: AnyActorRef, event: EventObject): void {
  scope.defer(() => internalsOf(scope.system)._relay(scope.self, target, event));
}

interface Waiting {
  readonly next: Waiting | null;
}

/** How many events are in an actor's mailbox, the one that it is handling among them. */
export function waitingIn(actor: AnyActorRef): number {
  const { mailbox } = actor as unknown as { mailbox: { _current: Waiting | null } };
  let count = 0;
  for (let waiting = mailbox._current; waiting !== null; waiting = waiting.next) count += 1;
  return count;
}
