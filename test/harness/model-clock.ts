import type { AnyActorRef } from 'xstate';
import { ManualClock } from './manual-clock.ts';

interface Timer {
  readonly source: string;
  readonly type: string;
  readonly dueMs: number;
}

interface Scheduler {
  schedule(source: AnyActorRef, target: AnyActorRef, event: { type: string }, ms: number, id?: string): void;
  cancel(source: AnyActorRef, id: string): void;
  cancelAll(source: AnyActorRef): void;
}

/** A simulated clock that knows which timer belongs to which `after`, so that a test can ask for exactly that one. */
export class ModelClock extends ManualClock {
  readonly #timers = new Map<string, Timer>();
  /** The types of the events of all timers that were ever set, in order. */
  readonly timersSet: string[] = [];

  /** Call it before anything of the system starts. */
  watch(system: AnyActorRef['system']): void {
    const { scheduler } = system as unknown as { scheduler: Scheduler };
    const { schedule, cancel, cancelAll } = scheduler;
    scheduler.schedule = (source, target, event, ms, id = event.type) => {
      const timer = { source: source.sessionId, type: event.type, dueMs: this.now() + ms };
      this.timersSet.push(event.type);
      this.#timers.set(`${source.sessionId} ${id}`, timer);
      schedule.call(scheduler, source, target, event, ms, id);
    };
    scheduler.cancel = (source, id) => {
      this.#timers.delete(`${source.sessionId} ${id}`);
      cancel.call(scheduler, source, id);
    };
    scheduler.cancelAll = (source) => {
      for (const [key, timer] of this.#timers)
        if (timer.source === source.sessionId) this.#timers.delete(key);
      cancelAll.call(scheduler, source);
    };
  }

  /** How long each timer that runs still has. */
  leftMs(): number[] {
    return [...this.#timers.values()].map(({ dueMs }) => dueMs - this.now()).filter((leftMs) => leftMs > 0);
  }

  /** Lets time pass until the timer of this event is due. */
  passUntil(type: string): void {
    const timers = [...this.#timers.values()].filter(({ dueMs }) => dueMs > this.now());
    const wanted = timers.find((timer) => timer.type === type);
    if (wanted === undefined) throw new Error(`no timer runs for ${type}`);
    const earlier = timers.find(({ dueMs }) => dueMs < wanted.dueMs);
    if (earlier !== undefined) {
      throw new Error(
        `${earlier.type} is due before ${type}: give the model other times, or exclude the event`,
      );
    }
    this.increment(wanted.dueMs - this.now());
  }
}
