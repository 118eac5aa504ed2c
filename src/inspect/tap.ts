import type { AnyActorRef, AnyEventObject, AnyStateMachine, InspectionEvent, Snapshot } from 'xstate';
import { dynamicActors } from '../../machines/supervision/dynamic-supervisor.ts';
import { waitingIn } from '../../machines/supervision/internals.ts';
import { supervisionOf } from '../../machines/supervision/supervisor.ts';
import { plainOf } from './plain.ts';
import type { ActorState, GapRecord, InspectionRecord } from './records.ts';
import { StepsUnderWay } from './steps-under-way.ts';
import { takenOf } from './transitions.ts';

/** What a parent is told of a child that has failed. */
const FAILED = 'xstate.error.actor.';

export type Watcher = (record: InspectionRecord) => void;

/** One who watches. */
export interface Watch {
  /** Where nobody else watches, nothing is looked at from then on. */
  close(): void;
}

/** A record without what every record has. */
type Untold = InspectionRecord extends infer Each
  ? Each extends unknown
    ? Omit<Each, 'number' | 'atMs'>
    : never
  : never;

export interface TapOptions {
  /** Takes secrets out of texts. */
  readonly redact: (text: string) => string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/**
 * What the actors of a node do, told to those who watch. While nobody does, nothing is looked at: XState is not even
 * listened to.
 */
export class Tap {
  readonly #options: TapOptions;
  readonly #watchers = new Set<Watcher>();
  #root: AnyActorRef | null = null;
  #listening: { unsubscribe(): void } | null = null;
  #underWay = new StepsUnderWay();
  /** Whose failure has been told. */
  readonly #failed = new WeakSet<AnyActorRef>();
  #count = 0;
  /** The frame that came in this very turn: what is sent now is sent because of it. */
  #frame: number | null = null;

  constructor(options: TapOptions) {
    this.#options = options;
  }

  /** The tree to be watched; before its start, so that nothing is missed. Who watches already is told what is there. */
  attach(root: AnyActorRef): void {
    this.#root = root;
    if (!this.isWatched) return;
    for (const record of this.present().map((tell) => tell()))
      for (const watcher of this.#watchers) watcher(record);
    this.#listen();
  }

  get isWatched(): boolean {
    return this.#watchers.size > 0;
  }

  /** Tells what is there, then everything that happens. A watcher must not throw, and not wait. */
  watch(watcher: Watcher): Watch {
    for (const tell of this.present()) watcher(tell());
    return this.follow(watcher);
  }

  /** Tells everything that happens from now on, and not what is there. */
  follow(watcher: Watcher): Watch {
    this.#watchers.add(watcher);
    this.#listen();
    const close = () => {
      this.#watchers.delete(watcher);
      if (!this.isWatched) this.#deafen();
    };
    return { close };
  }

  /**
   * The actors that live, parents before their children, as they stand now: whenever a record is asked for, it says that.
   * Snapshots do not change, so holding them costs little; making records of them is what costs.
   */
  present(): readonly (() => InspectionRecord)[] {
    return livingFrom(this.#root).map((actor) => {
      const snapshot = actor.getSnapshot();
      const head = this.#head();
      return () => ({ ...head, ...this.#started(actor, snapshot, true) }) as InspectionRecord;
    });
  }

  /**
   * A frame has come or is about to go. What is sent at once, before its handler waits for anything, is because of one that
   * came; what is sent later has no cause.
   */
  frame(frame: {
    connection: number;
    peer: string;
    direction: 'in' | 'out';
    command: string;
    counter: number;
    sizeBytes: number;
  }): void {
    if (!this.isWatched) return;
    const number = this.#tell({ kind: 'frame', ...frame });
    if (frame.direction !== 'in') return;
    this.#frame = number;
    queueMicrotask(() => {
      if (this.#frame === number) this.#frame = null;
    });
  }

  /** What a frame says. */
  content(connection: number, direction: 'in' | 'out', counter: number, content: unknown): void {
    if (!this.isWatched) return;
    this.#tell({ kind: 'content', connection, direction, counter, content: this.#plain(content) });
  }

  /** For pages that are told nothing for a while. */
  gap(forMs: number): GapRecord {
    return { ...this.#head(), kind: 'gap', forMs: Math.ceil(forMs) };
  }

  #listen(): void {
    const root = this.#root;
    if (root === null || this.#listening !== null) return;
    const inspecting = root.system.inspect((event) => this.#inspect(event));
    // Nobody is told by an event that the root fails.
    const failing = isActive(root) ? root.subscribe({ error: () => this.#fail(root) }) : null;
    this.#listening = {
      unsubscribe: () => {
        inspecting.unsubscribe();
        failing?.unsubscribe();
      },
    };
  }

  #deafen(): void {
    this.#listening?.unsubscribe();
    this.#listening = null;
    this.#underWay = new StepsUnderWay();
  }

  #inspect(event: InspectionEvent): void {
    const actor = event.actorRef as AnyActorRef;
    switch (event.type) {
      case '@xstate.actor':
        this.#tell(this.#started(actor, actor.getSnapshot(), false));
        break;
      case '@xstate.event':
        this.#sent(event.sourceRef as AnyActorRef | undefined, actor, event.event);
        break;
      case '@xstate.microstep':
        this.#underWay.moved(actor, event._transitions);
        break;
      case '@xstate.snapshot':
        this.#step(actor, event.event, event.snapshot);
        break;
      default:
        break;
    }
  }

  #sent(source: AnyActorRef | undefined, actor: AnyActorRef, event: AnyEventObject): void {
    if (source !== undefined && event.type.startsWith(FAILED)) this.#fail(source);
    this.#underWay.sent(actor, event);
    this.#tell({
      kind: 'event',
      from: source?.sessionId ?? null,
      to: actor.sessionId,
      event: this.#plain(event),
      cause: this.#frame,
      waiting: waitingIn(actor),
    });
  }

  /**
   * The last step of an actor that has failed. XState says nothing of the step of one that throws, and of others only
   * after their parent has heard of it: so all of them are told here.
   */
  #fail(actor: AnyActorRef): void {
    const snapshot: Snapshot<unknown> = actor.getSnapshot();
    if (snapshot.status !== 'error' || this.#failed.has(actor)) return;
    this.#step(actor, this.#underWay.eventOf(actor), snapshot);
    this.#failed.add(actor);
  }

  #step(actor: AnyActorRef, event: AnyEventObject | null, snapshot: Snapshot<unknown>): void {
    if (this.#failed.has(actor)) return;
    const taken = this.#underWay.ended(actor, event).map(takenOf);
    const state = hasState(actor) ? this.#stateOf(snapshot) : null;
    const { status } = snapshot;
    this.#tell({ kind: 'step', actor: actor.sessionId, event: this.#plain(event), status, state, taken });
  }

  #started(actor: AnyActorRef, snapshot: Snapshot<unknown> | undefined, wasThere: boolean): Untold {
    const machine = machineOf(actor);
    const supervision = machine === null ? null : supervisionOf(logicOf(actor) as AnyStateMachine);
    return {
      kind: 'actor',
      actor: actor.sessionId,
      parent: actor._parent?.sessionId ?? null,
      id: actor.id,
      machine,
      ...(supervision !== null && { supervision: this.#plain(supervision) }),
      // An actor that is just being made stands nowhere yet: its first step says where it begins.
      state: hasState(actor) ? this.#stateOf(snapshot) : null,
      wasThere,
    };
  }

  #stateOf(snapshot: Snapshot<unknown> | undefined): ActorState | null {
    if (snapshot === undefined) return null;
    const { value, context, children, size, restarts } = snapshot as SomeSnapshot;
    return {
      status: snapshot.status,
      value: this.#plain(value),
      // One that fails before it stands anywhere has none of these.
      context: this.#plain(context ?? (size === undefined ? null : { size, restarts })),
      children: Object.keys(children ?? {}),
      result: this.#plain(snapshot.status === 'error' ? snapshot.error : snapshot.output),
    };
  }

  #tell(record: Untold): number {
    const told = this.#numbered(record);
    for (const watcher of this.#watchers) watcher(told);
    return told.number;
  }

  #numbered(record: Untold): InspectionRecord {
    return { ...this.#head(), ...record } as InspectionRecord;
  }

  #head(): Pick<InspectionRecord, 'number' | 'atMs'> {
    this.#count += 1;
    return { number: this.#count, atMs: this.#options.now() };
  }

  #plain(value: unknown) {
    return plainOf(value, this.#options.redact);
  }
}

/** What a snapshot of a machine has, and what that of a dynamic supervisor has. */
interface SomeSnapshot {
  readonly value?: unknown;
  readonly context?: unknown;
  readonly children?: object;
  readonly size?: number;
  readonly restarts?: number;
}

/** Machines and dynamic supervisors stand somewhere; an effect just runs. */
const hasState = (actor: AnyActorRef) => machineOf(actor) !== null || dynamicActors(actor) !== null;

const isActive = (actor: AnyActorRef) => actor.getSnapshot()?.status === 'active';

function livingFrom(above: AnyActorRef | null): AnyActorRef[] {
  return above === null ? [] : [above, ...actorsBelow(above).flatMap(livingFrom)];
}

/** The children of an actor that run. */
export function actorsBelow(actor: AnyActorRef): AnyActorRef[] {
  const snapshot = actor.getSnapshot() as { children?: Record<string, AnyActorRef> } | undefined;
  return dynamicActors(actor) ?? Object.values(snapshot?.children ?? {});
}

const logicOf = (actor: AnyActorRef) =>
  (actor as unknown as { logic: { id?: unknown; config?: unknown } }).logic;

/** The id of the machine that an actor runs; null for an effect. A dynamic supervisor has no chart. */
function machineOf(actor: AnyActorRef): string | null {
  const { id, config } = logicOf(actor);
  return typeof id === 'string' && config !== undefined ? id : null;
}
