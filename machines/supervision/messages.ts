import type { EventObject } from 'xstate';
import type { Failure } from '../failure.ts';

/** What a supervisor needs of the world; `src/node` and the tests hand it in. */
export interface SupervisionEffects {
  /** Milliseconds of a clock that never goes back. */
  now(): number;
  /** Uniform in [0, 1). */
  random(): number;
  /** Hears everything worth a log line, at once and in order. */
  report(report: SupervisionReport): void;
}

export type ChildId = string | number;

export type SupervisionReport = { readonly supervisor: string } & (
  | { readonly type: 'started'; readonly child: ChildId }
  /** The end of a child: asked for or by itself, null, or a crash. */
  | { readonly type: 'ended'; readonly child: ChildId; readonly failure: Failure | null }
  /** Failed before it was ready for the first time: its supervisor gives up, for the same reason. */
  | { readonly type: 'not-started'; readonly child: ChildId; readonly failure: Failure }
  /** Stopped because its time was up: to end after `shutdown` (3124), or to become ready (3126). */
  | { readonly type: 'killed'; readonly child: ChildId; readonly failure: Failure }
  /** The `attempt`-th restart within the period follows after a pause. */
  | { readonly type: 'restarting'; readonly child: ChildId; readonly attempt: number }
  | { readonly type: 'gave-up'; readonly failure: Failure }
  /** Not started: too many (3110), its id is taken (3108), or the supervisor is stopping (3125). */
  | { readonly type: 'refused'; readonly child: ChildId; readonly failure: Failure }
  /** A message for a child that is not there; lost, as with any dead actor. */
  | {
      readonly type: 'undeliverable';
      readonly child: ChildId;
      readonly event: string;
      /** The message itself: what it carries may have to be freed. */
      readonly message: EventObject;
    }
);

/** A child that is started with `awaitReadyMs` sends this to its parent: `sendParent(ready)`. */
export const ready = ({ self }: { self: { id: string } }) =>
  ({ type: 'supervisor.ready', child: self.id }) as const;

/** For the parent of a supervisor, to reach a child, and for a child, to reach a sibling: `sendParent(toChild(...))`. */
export const toChild = <Event extends EventObject>(child: string, event: Event) =>
  ({ type: 'supervisor.send', child, event }) as const;

/** For a dynamic supervisor: to every child that is up. */
export const toEveryChild = <Event extends EventObject>(event: Event) =>
  ({ type: 'dynamic.broadcast', event }) as const;
