import type {
  ActorLogic,
  AnyActorLogic,
  AnyActorRef,
  AnyEventObject,
  AnyStateMachine,
  EventObject,
  Snapshot,
} from 'xstate';

/** A child of the machine under test, in the hands of the test. */
export interface Stub {
  readonly id: string;
  /** Name of its source. */
  readonly src: string;
  readonly input: unknown;
  readonly isLive: boolean;
  /** Sends to the machine. */
  send(event: EventObject): void;
  /** Ends as a promise does that resolves, or a machine that reaches its final state. */
  finish(output: unknown): void;
  /** Ends as a promise does that rejects, or a machine that throws. */
  fail(error: unknown): void;
}

export interface Told {
  readonly child: string;
  readonly event: AnyEventObject;
}

type StubSnapshot = Snapshot<unknown> & { readonly input: unknown };

/**
 * Takes the place of every child that a machine names: promises, callbacks and machines alike. They do nothing by
 * themselves; the test says when each one sends, ends or fails.
 */
export class Cast {
  readonly #byId = new Map<string, Stub>();
  /** Every child that ever started, in order. */
  readonly started: Stub[] = [];
  /** Everything that the machine sent to its children, in order. */
  readonly told: Told[] = [];

  /** The stub that runs under this id, or the last that did. */
  get(id: string): Stub {
    const stub = this.#byId.get(id);
    if (stub === undefined) throw new Error(`no child was ever started as ${id}`);
    return stub;
  }

  /** Two may have the same id: a machine that spawns where a child lives has lost that one, and it goes on. */
  get live(): readonly Stub[] {
    return this.started.filter(({ isLive }) => isLive);
  }

  /** A logic for each source of the machine: a stub, or its own, watched, for those that are kept. */
  actors(machine: AnyStateMachine, keeps: readonly string[] = []): Record<string, AnyActorLogic> {
    const sources = Object.entries(machine.implementations.actors) as [string, AnyActorLogic][];
    return Object.fromEntries(
      sources.map(([src, logic]) => [
        src,
        keeps.includes(src) ? this.#watched(src, logic) : this.#logic(src),
      ]),
    );
  }

  /** The logic as it is; that it started, and what it was told, is noted like that of a stub. */
  #watched(src: string, logic: AnyActorLogic): AnyActorLogic {
    return {
      ...logic,
      start: (snapshot, scope) => {
        this.#enter(src, scope.self, snapshot.input);
        logic.start?.(snapshot, scope);
      },
      transition: (snapshot, event, scope) => {
        if (!event.type.startsWith('xstate.')) this.told.push({ child: scope.self.id, event });
        return logic.transition(snapshot, event, scope);
      },
    };
  }

  #enter(src: string, self: AnyActorRef, input: unknown): void {
    const stub = stubOf(src, self, input);
    this.#byId.set(self.id, stub);
    this.started.push(stub);
  }

  #logic(src: string): ActorLogic<StubSnapshot, AnyEventObject> {
    return {
      getInitialSnapshot: (_, input) => ({ status: 'active', output: undefined, error: undefined, input }),
      getPersistedSnapshot: (snapshot) => snapshot,
      start: ({ input }, { self }) => {
        this.#enter(src, self, input);
      },
      transition: (snapshot, event, { self }) => {
        if (event.type === 'xstate.stop') return { ...snapshot, status: 'stopped' } as StubSnapshot;
        if (event.type === 'stub.finish') {
          return { ...snapshot, status: 'done', output: event.output } as StubSnapshot;
        }
        if (event.type === 'stub.fail') {
          return { ...snapshot, status: 'error', error: event.error } as StubSnapshot;
        }
        this.told.push({ child: self.id, event });
        return snapshot;
      },
    };
  }
}

function stubOf(src: string, self: AnyActorRef, input: unknown): Stub {
  const isLive = () => self.getSnapshot().status === 'active';
  const tell = (event: AnyEventObject) => {
    if (!isLive()) throw new Error(`${self.id} has ended: it cannot ${event.type.slice('stub.'.length)}`);
    self.send(event);
  };
  return {
    id: self.id,
    src,
    input,
    get isLive() {
      return isLive();
    },
    send(event) {
      if (!isLive()) throw new Error(`${self.id} has ended: it cannot send ${event.type}`);
      self._parent?.send(event);
    },
    finish: (output) => tell({ type: 'stub.finish', output }),
    fail: (error) => tell({ type: 'stub.fail', error }),
  };
}
