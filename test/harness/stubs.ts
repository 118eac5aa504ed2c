import type { ActorLogic, AnyActorRef, AnyEventObject, AnyStateMachine, EventObject, Snapshot } from 'xstate';

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

  get live(): readonly Stub[] {
    return [...this.#byId.values()].filter(({ isLive }) => isLive);
  }

  actors(machine: AnyStateMachine): Record<string, ActorLogic<StubSnapshot, AnyEventObject>> {
    const names = Object.keys(machine.implementations.actors);
    return Object.fromEntries(names.map((src) => [src, this.#logic(src)]));
  }

  #logic(src: string): ActorLogic<StubSnapshot, AnyEventObject> {
    return {
      getInitialSnapshot: (_, input) => ({ status: 'active', output: undefined, error: undefined, input }),
      getPersistedSnapshot: (snapshot) => snapshot,
      start: ({ input }, { self }) => {
        const stub = stubOf(src, self, input);
        this.#byId.set(self.id, stub);
        this.started.push(stub);
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
