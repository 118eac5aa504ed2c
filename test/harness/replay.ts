import {
  type ActorRefFrom,
  type AnyActorRef,
  type AnyEventObject,
  type AnyMachineSnapshot,
  type AnyStateMachine,
  createActor,
  fromTransition,
  type InspectionEvent,
} from 'xstate';
import { ModelClock } from './model-clock.ts';
import { Cast, type Stub, type Told } from './stubs.ts';

export interface RecordedAction {
  readonly type: string;
  readonly params: Readonly<Record<string, unknown>>;
}

/** What a machine did to the world around it, each in its order. */
export interface Deeds {
  /** Named actions that the machine does not do itself. */
  readonly actions: readonly RecordedAction[];
  /** Children that it started. */
  readonly started: readonly Stub[];
  /** What it sent to its children. */
  readonly told: readonly Told[];
  /** What it sent to its parent, and its end. */
  readonly toParent: readonly AnyEventObject[];
}

/** What a replay has seen so far: what invariants are about. */
export interface Trace<Snapshot = AnyMachineSnapshot> {
  readonly snapshot: Snapshot;
  /** The events so far, the last one being the one that was just played. */
  readonly events: readonly AnyEventObject[];
  /** What it did since it started. */
  readonly all: Deeds;
  /** What it did because of the last event; at the start, because it started. */
  readonly last: Deeds;
  readonly cast: Cast;
}

export interface ReplayOptions {
  readonly input?: unknown;
  readonly inspect?: (event: InspectionEvent) => void;
  /** Child that sends the events of a type; others come from outside. */
  readonly sentBy?: Readonly<Record<string, string>>;
  /** Sources of children that run for real. With any of these, actions are done and not only noted. */
  readonly keeps?: readonly string[];
  readonly clock?: ModelClock;
}

/** What the parent is told at the end: only a parent can stop its child. */
const STOP = 'replay.stop';

/** The machine under test runs, below a parent that listens, on a clock and with children that the test controls. */
export class Replay implements Trace {
  readonly cast = new Cast();
  readonly clock: ModelClock;
  readonly events: AnyEventObject[] = [];
  readonly actor: ActorRefFrom<AnyStateMachine>;
  readonly #actions: RecordedAction[] = [];
  readonly #toParent: AnyEventObject[] = [];
  readonly #sentBy: Readonly<Record<string, string>>;
  readonly #parent: AnyActorRef;
  #timersBefore = 0;
  #before: Deeds = { actions: [], started: [], told: [], toParent: [] };

  constructor(machine: AnyStateMachine, options: ReplayOptions = {}) {
    this.#sentBy = options.sentBy ?? {};
    this.clock = options.clock ?? new ModelClock();
    const listener = fromTransition((state: object, event: AnyEventObject, scope) => {
      if (event.type === STOP) scope.stopChild(this.actor);
      else this.#toParent.push(event);
      return state;
    }, {});
    this.#parent = createActor(listener, { clock: this.clock, inspect: options.inspect ?? (() => {}) });
    this.clock.watch(this.#parent.system);
    this.#parent.start();
    const controlled = machine.provide({
      actors: this.cast.actors(machine, options.keeps),
      actions: this.#recorders(machine, options.keeps !== undefined),
    });
    this.actor = createActor(controlled, {
      id: machine.id,
      input: options.input,
      parent: this.#parent,
    } as never);
    this.actor.start();
  }

  get snapshot(): AnyMachineSnapshot {
    return this.actor.getSnapshot();
  }

  get all(): Deeds {
    return {
      actions: [...this.#actions],
      started: [...this.cast.started],
      told: [...this.cast.told],
      toParent: [...this.#toParent],
    };
  }

  get last(): Deeds {
    const { actions, started, told, toParent } = this.all;
    return {
      actions: actions.slice(this.#before.actions.length),
      started: started.slice(this.#before.started.length),
      told: told.slice(this.#before.told.length),
      toParent: toParent.slice(this.#before.toParent.length),
    };
  }

  /** The types of the events of the timers that were set because of the last event. */
  get lastTimers(): string[] {
    return this.clock.timersSet.slice(this.#timersBefore);
  }

  /** Makes an event of the graph happen, in the way in which it happens in the running machine. */
  play(event: AnyEventObject): void {
    this.note(event);
    this.perform(event);
  }

  /** What follows is because of this event. */
  note(event: AnyEventObject): void {
    this.#before = this.all;
    this.#timersBefore = this.clock.timersSet.length;
    this.events.push(event);
  }

  perform(event: AnyEventObject): void {
    const [, end, child] = /^xstate\.(done|error)\.actor\.(.+)$/.exec(event.type) ?? [];
    if (end === 'done' && child !== undefined) this.cast.get(child).finish(event.output);
    else if (end === 'error' && child !== undefined) this.cast.get(child).fail(event.error);
    else if (event.type.startsWith('xstate.after.')) this.clock.passUntil(event.type);
    else (this.#senderOf(event.type) ?? this.actor).send(event);
  }

  stop(): void {
    this.#parent.send({ type: STOP });
    this.#parent.stop();
  }

  #senderOf(type: string): Stub | null {
    const prefix = Object.keys(this.#sentBy).find((known) => type === known || type.startsWith(`${known}.`));
    return prefix === undefined ? null : this.cast.get(this.#sentBy[prefix] as string);
  }

  /** Actions that a machine names and src/node provides are noted; those of XState itself (assign, sendTo …) work. */
  #recorders(machine: AnyStateMachine, areDone: boolean) {
    const custom = Object.entries(machine.implementations.actions).filter(
      ([, action]) => typeof action === 'function' && !('resolve' in action),
    ) as [string, (args: unknown, params: unknown) => void][];
    return Object.fromEntries(
      custom.map(([type, action]) => [
        type,
        (args: unknown, params: RecordedAction['params']) => {
          this.#actions.push({ type, params: params ?? {} });
          if (areDone) action(args, params);
        },
      ]),
    );
  }
}
