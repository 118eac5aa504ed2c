import type { AnyActorRef, AnyEventObject, AnyTransitionDefinition } from 'xstate';

const INIT = 'xstate.init';

/** What is known of the steps that actors have begun. Whoever is gone is forgotten with it. */
export class StepsUnderWay {
  readonly #events = new WeakMap<AnyActorRef, AnyEventObject[]>();
  readonly #taken = new WeakMap<AnyActorRef, AnyTransitionDefinition[]>();

  /** An event is on its way into the mailbox of an actor. */
  sent(actor: AnyActorRef, event: AnyEventObject): void {
    // Who has ended takes nothing out of its mailbox any more.
    if (event.type !== INIT && actor.getSnapshot()?.status !== 'active') return;
    const waiting = this.#events.get(actor);
    if (waiting === undefined) this.#events.set(actor, [event]);
    // Whatever was sent before its start waits until it has begun.
    else if (event.type === INIT) waiting.unshift(event);
    else waiting.push(event);
  }

  /** An actor goes through transitions, and has not ended its step. */
  moved(actor: AnyActorRef, transitions: readonly AnyTransitionDefinition[]): void {
    const taken = this.#taken.get(actor);
    if (taken === undefined) this.#taken.set(actor, [...transitions]);
    else taken.push(...transitions);
  }

  /** The transitions of a step that has ended. */
  ended(actor: AnyActorRef, event: AnyEventObject | null): readonly AnyTransitionDefinition[] {
    const waiting = this.#events.get(actor) ?? [];
    const at = event === null ? -1 : waiting.indexOf(event);
    if (at >= 0) waiting.splice(at, 1);
    const taken = this.#taken.get(actor) ?? [];
    this.#taken.delete(actor);
    return taken;
  }

  /** The event that an actor is handling; null for one that was sent before anybody watched. */
  eventOf(actor: AnyActorRef): AnyEventObject | null {
    return this.#events.get(actor)?.[0] ?? null;
  }
}
