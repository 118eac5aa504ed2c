import { type AnyActorLogic, type AnyStateMachine, StateMachine } from 'xstate';
import { type AnyScope, methodsOf, type ParentSnapshot } from './internals.ts';

/** What `link` has made. */
const links = new WeakSet<AnyActorLogic>();

/**
 * Links a machine with everything below it: when one of its actions or guards throws, its children are stopped, so
 * that their disposers run, before the failure goes on to the parent as `xstate.error.actor.<id>`. The machines that it
 * runs are linked with it, and theirs: whichever of them throws leaves nothing behind.
 *
 * XState does so only when a machine ends or is stopped; a machine that throws leaves its invoked actors running,
 * with their sockets open. Returns a new machine; what `provide` makes of it is linked too.
 */
export function link<Machine extends AnyStateMachine>(machine: Machine): Machine {
  if (links.has(machine)) return machine;
  const linked = methodsOf(machine).provide({ actors: linkedActors(machine) }) as Machine;
  links.add(linked);
  const methods = methodsOf(linked);
  const { transition, getInitialSnapshot, provide } = methods;

  methods.transition = (snapshot, event, scope) => {
    try {
      return transition(snapshot, event, scope);
    } catch (error) {
      stopChildren(snapshot, scope);
      // Thrown on, not returned as an error snapshot: XState would then start what the transition had just spawned.
      throw error;
    }
  };
  // The actions of the initial transition run later, when the actor starts and its children are already up.
  methods.getInitialSnapshot = (scope, input) => getInitialSnapshot(guarded(scope), input);
  methods.provide = (implementations) => link(provide.call(linked, implementations));
  return linked;
}

/** What the machine runs by name; actors that are no machines stay as they are. */
function linkedActors({ implementations }: AnyStateMachine): Record<string, unknown> {
  const actors = Object.entries(implementations.actors as Record<string, unknown>);
  return Object.fromEntries(
    actors.map(([name, logic]) => [name, logic instanceof StateMachine ? link(logic) : logic]),
  );
}

function stopChildren(snapshot: ParentSnapshot, scope: AnyScope): void {
  for (const child of Object.values(snapshot.children)) scope.stopChild(child);
}

/** The scope of an actor, with actions that stop its children if they throw. */
function guarded(scope: AnyScope): AnyScope {
  return {
    ...scope,
    actionExecutor: (action) =>
      scope.actionExecutor({
        ...action,
        exec:
          action.exec &&
          ((info, params) => {
            try {
              action.exec?.(info, params);
            } catch (error) {
              stopChildren(scope.self.getSnapshot(), scope);
              throw error;
            }
          }),
      }),
  };
}
