import type { AnyActorRef } from 'xstate';
import { internalsOf, MAX_TIMER_MS } from './internals.ts';

/**
 * Gives the system of `root` timers that are indexed by actor. Call it once, on the root, before `start()`.
 *
 * - XState scans every timer of the system whenever any actor stops: over 1 ms with 10,000 timers.
 * - A delay above 2^31 - 1 ms (24.8 days) fires at once in JavaScript. Here it is served in pieces; `Infinity` never fires.
 * - A timer whose id is taken replaces the old one, which XState leaves running.
 *
 * The timers no longer show in persisted snapshots; Muster does not persist actors.
 */
export function indexScheduler(root: AnyActorRef): void {
  const system = internalsOf(root.system);
  const timersOf = new WeakMap<AnyActorRef, Map<string, { handle: unknown }>>();
  let unnamed = 0;

  const clear = (source: AnyActorRef, id: string) => {
    const timers = timersOf.get(source);
    const timer = timers?.get(id);
    if (timer === undefined) return;
    system._clock.clearTimeout(timer.handle);
    timers?.delete(id);
  };

  system.scheduler.schedule = (source, target, event, delayMs, id = `unnamed.${unnamed++}`) => {
    clear(source, id);
    const timers = timersOf.get(source) ?? new Map<string, { handle: unknown }>();
    timersOf.set(source, timers);
    const timer = { handle: undefined as unknown };
    const wait = (leftMs: number) => {
      timer.handle = system._clock.setTimeout(
        () => {
          if (leftMs > MAX_TIMER_MS) return wait(leftMs - MAX_TIMER_MS);
          timers.delete(id);
          system._relay(source, target, event);
        },
        Math.min(leftMs, MAX_TIMER_MS),
      );
    };
    timers.set(id, timer);
    wait(delayMs);
  };
  system.scheduler.cancel = clear;
  system.scheduler.cancelAll = (source) => {
    for (const timer of timersOf.get(source)?.values() ?? []) system._clock.clearTimeout(timer.handle);
    timersOf.delete(source);
  };
}
