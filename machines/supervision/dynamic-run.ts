import { type AnyActorRef, createActor, type EventObject } from 'xstate';
import { type Failure, failureOf } from '../failure.ts';
import { type DynamicChild, DynamicChildren } from './dynamic-children.ts';
import type {
  DynamicSupervisorEvent,
  DynamicSupervisorNews,
  DynamicSupervisorOptions,
} from './dynamic-supervisor.ts';
import { nameTaken, notStopped, shuttingDown, tooManyChildren, tooManyRestarts } from './failures.ts';
import { type AnyScope, internalsOf, MAX_TIMER_MS, sendLater } from './internals.ts';
import type { ChildId, SupervisionReport } from './messages.ts';
import { addRestart, backoffMs, mayRestart, mustRestart } from './restart-policy.ts';

/** Timers of its own; the serial tells a child from a later one of the same name. */
type TimerEvent = { type: (typeof TIMERS)[number]; child: ChildId; serial: number };
const TIMERS = ['dynamic.restart', 'dynamic.expired'] as const;

const isExit = (event: EventObject): event is EventObject & { actorId: string } =>
  event.type.startsWith('xstate.done.actor.') || event.type.startsWith('xstate.error.actor.');

/** One dynamic supervisor that runs: what its snapshot cannot hold. */
export class DynamicRun {
  restarts = 0;
  /** Set once it is to end: null when it was told to, else why it gives up. */
  ending: { failure: Failure | null } | null = null;
  readonly #options: Required<DynamicSupervisorOptions>;
  readonly #scope: AnyScope;
  readonly #children: DynamicChildren;
  #restartsMs: readonly number[] = [];

  constructor(options: Required<DynamicSupervisorOptions>, scope: AnyScope) {
    this.#options = options;
    this.#scope = scope;
    this.#children = new DynamicChildren(options.id);
  }

  get size(): number {
    return this.#children.size;
  }

  /** Those that run. */
  get actors(): AnyActorRef[] {
    return this.#children.all().flatMap(({ actor }) => actor ?? []);
  }

  handle(event: DynamicSupervisorEvent | TimerEvent): void {
    switch (event.type) {
      case 'dynamic.start':
        this.#start(event.child, event.input);
        break;
      case 'dynamic.stop':
        this.#stop(this.#children.get(event.child));
        break;
      case 'dynamic.send':
        this.#send(event.child, event.event);
        break;
      case 'dynamic.broadcast':
        this.#broadcast(event.event);
        break;
      case 'supervisor.send':
        this.#tellParent(event);
        break;
      case 'supervisor.tell':
        this.#tellParent(event.event);
        break;
      case 'shutdown':
        this.#end(null);
        break;
      case 'dynamic.restart':
      case 'dynamic.expired':
        this.#onTimer(event);
        break;
      default:
        if (isExit(event)) this.#onExit(event);
    }
  }

  /** Stops whatever runs, without asking. */
  stopAll(): void {
    for (const child of this.#children.all()) {
      this.#children.remove(child);
      if (child.actor) this.#scope.stopChild(child.actor);
    }
  }

  #start(id: ChildId, input: unknown): void {
    const failure = this.#refusal(id);
    if (failure === null) {
      const kept = this.#options.restart === 'temporary' ? null : input;
      this.#boot(this.#children.add(id, kept), input);
    } else {
      this.#report({ type: 'refused', child: id, failure });
      this.#tellParent({ type: 'dynamic.refused', child: id, failure });
    }
  }

  #refusal(id: ChildId): Failure | null {
    const { id: supervisor, maxChildren } = this.#options;
    if (this.ending) return shuttingDown(supervisor);
    if (this.#children.get(id)) return nameTaken(id);
    if (this.size >= maxChildren) return tooManyChildren(maxChildren);
    return null;
  }

  #boot(child: DynamicChild, input: unknown): void {
    const options = { id: child.slot, parent: this.#scope.self, input };
    const actor: AnyActorRef = createActor(this.#options.logic, options as object);
    child.actor = actor;
    this.#report({ type: 'started', child: child.id });
    this.#scope.defer(() => {
      if (child.actor === actor) actor.start();
    });
  }

  #stop(child: DynamicChild | undefined): void {
    if (child === undefined || child.isStopping) return;
    child.isStopping = true;
    const { shutdownMs } = this.#options;
    if (child.actor !== null && shutdownMs > 0) {
      sendLater(this.#scope, child.actor, { type: 'shutdown' });
      this.#schedule('dynamic.expired', child, shutdownMs);
    } else {
      if (child.actor !== null) this.#report({ type: 'ended', child: child.id, failure: null });
      this.#bury(child, undefined, null);
    }
  }

  #send(id: ChildId, event: EventObject): void {
    const actor = this.#children.get(id)?.actor;
    if (actor) sendLater(this.#scope, actor, event);
    else this.#report({ type: 'undeliverable', child: id, event: event.type, message: event });
  }

  #broadcast(event: EventObject): void {
    for (const { actor } of this.#children.all()) if (actor) sendLater(this.#scope, actor, event);
  }

  #onTimer({ type, child: id, serial }: TimerEvent): void {
    const child = this.#children.get(id);
    if (child?.serial !== serial) return;
    if (type === 'dynamic.restart') {
      this.#boot(child, child.input);
    } else {
      const failure = notStopped(this.#options.shutdownMs);
      this.#report({ type: 'killed', child: id, failure });
      this.#bury(child, undefined, failure);
    }
  }

  /**
   * A child ended or crashed. What counts is what its actor says: the event may be of an earlier actor of that slot,
   * which was stopped, and its slot taken by another child, while the event waited.
   */
  #onExit({ actorId }: { actorId: string }): void {
    const child = this.#children.inSlot(actorId);
    const end = child?.actor?.getSnapshot();
    if (child === undefined || end === undefined || end.status === 'active') return;
    const failure = end.status === 'error' ? failureOf(end.error) : null;
    child.actor = null;
    this.#report({ type: 'ended', child: child.id, failure });
    const isWanted = !child.isStopping && mustRestart(this.#options.restart, failure !== null);
    const nowMs = this.#options.effects.now();
    if (isWanted && mayRestart(this.#restartsMs, nowMs, this.#options)) {
      this.#planRestart(child, nowMs);
    } else {
      this.#bury(child, end.output, failure);
      if (isWanted) this.#giveUp(tooManyRestarts(this.#options.id, this.#options, child.id, failure));
    }
  }

  #planRestart(child: DynamicChild, nowMs: number): void {
    const { periodMs, backoff, effects } = this.#options;
    this.restarts += 1;
    this.#restartsMs = addRestart(this.#restartsMs, nowMs, periodMs);
    const attempt = this.#restartsMs.length;
    this.#report({ type: 'restarting', child: child.id, attempt });
    this.#schedule('dynamic.restart', child, backoffMs(backoff, attempt, effects.random()));
  }

  #giveUp(failure: Failure): void {
    this.#report({ type: 'gave-up', failure });
    this.#end(failure);
  }

  #end(failure: Failure | null): void {
    if (this.ending) return;
    this.ending = { failure };
    for (const child of this.#children.all()) this.#stop(child);
  }

  /** The child is gone for good. */
  #bury(child: DynamicChild, output: unknown, failure: Failure | null): void {
    this.#children.remove(child);
    for (const type of TIMERS) this.#scope.system.scheduler.cancel(this.#scope.self, `${type}.${child.slot}`);
    if (child.actor) this.#scope.stopChild(child.actor);
    child.actor = null;
    this.#tellParent({
      type: 'dynamic.ended',
      child: child.id,
      output,
      failure,
    });
  }

  #schedule(type: TimerEvent['type'], { id, serial, slot }: DynamicChild, delayMs: number): void {
    const { scheduler } = internalsOf(this.#scope.system);
    const { self } = this.#scope;
    const event: TimerEvent = { type, child: id, serial };
    scheduler.schedule(self, self, event, Math.min(delayMs, MAX_TIMER_MS), `${type}.${slot}`);
  }

  #tellParent(event: DynamicSupervisorNews | EventObject): void {
    const parent: AnyActorRef | undefined = this.#scope.self._parent;
    if (parent) sendLater(this.#scope, parent, event);
  }

  #report(report: Unsigned<SupervisionReport>): void {
    this.#options.effects.report({ supervisor: this.#options.id, ...report });
  }
}

type Unsigned<Report> = Report extends unknown ? Omit<Report, 'supervisor'> : never;
