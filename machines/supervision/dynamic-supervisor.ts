import type { ActorLogic, AnyActorLogic, AnyActorRef, EventObject, Snapshot } from 'xstate';
import type { Failure } from '../failure.ts';
import { DynamicRun } from './dynamic-run.ts';
import { SupervisionError } from './failures.ts';
import type { ChildId, SupervisionEffects } from './messages.ts';
import {
  checkLimits,
  DEFAULT_RESTART_LIMITS,
  type RestartLimits,
  type RestartType,
} from './restart-policy.ts';

export interface DynamicSupervisorOptions extends Partial<RestartLimits> {
  readonly id: string;
  /** What every child runs; a machine should be linked (`link.ts`). */
  readonly logic: AnyActorLogic;
  /** `temporary` if not given. */
  readonly restart?: RestartType;
  /** Children at the same time, those that wait for their restart among them. */
  readonly maxChildren: number;
  /** Time from `shutdown` to the end of a child, one or all of them at once; then it is stopped. 0 does not ask. */
  readonly shutdownMs: number;
  readonly effects: SupervisionEffects;
}

/** What a dynamic supervisor is told. `child` is the name that the caller gives, unique among those that live. */
export type DynamicSupervisorEvent =
  | { type: 'dynamic.start'; child: ChildId; input?: unknown }
  | { type: 'dynamic.stop'; child: ChildId }
  | { type: 'dynamic.send'; child: ChildId; event: EventObject }
  | { type: 'dynamic.broadcast'; event: EventObject }
  /** From a child, for a sibling or the parent of this supervisor: passed on upward. */
  | { type: 'supervisor.send'; child: string; event: EventObject }
  | { type: 'supervisor.tell'; event: EventObject }
  | { type: 'shutdown' };

/** What it tells its parent: a child has ended for good, or was not started. */
export type DynamicSupervisorNews =
  | { type: 'dynamic.ended'; child: ChildId; output: unknown; failure: Failure | null }
  | { type: 'dynamic.refused'; child: ChildId; failure: Failure };

export type DynamicSupervisorSnapshot = Snapshot<undefined> & {
  readonly size: number;
  /** Since the start. */
  readonly restarts: number;
};

export type DynamicSupervisorLogic = ActorLogic<DynamicSupervisorSnapshot, DynamicSupervisorEvent, unknown>;

/** Snapshots hold plain data only, so what runs is kept beside them, by the supervisor's actor. */
const runs = new WeakMap<object, DynamicRun>();

/** The actors below a dynamic supervisor, for those who watch; null for any other actor. */
export function dynamicActors(actor: AnyActorRef): AnyActorRef[] | null {
  return runs.get(actor)?.actors ?? null;
}

/**
 * OTP's `simple_one_for_one`: any number of like children that come and go, such as connections.
 *
 * Custom actor logic, since a machine copies the record of its children at every spawn and stop (10 ms with 10,000 of
 * them), and remembers the id of every child that ended, for ever. Here the children are in a Map, and their actors
 * reuse a pool of ids. The supervisor subscribes to nothing: ends reach it as events, and leave nothing behind.
 *
 * It ends after `shutdown`, once all its children have; it fails with 3123 past its intensity, likewise. Messages for
 * a child that is gone are lost, and reported.
 */
export function createDynamicSupervisor(options: DynamicSupervisorOptions): DynamicSupervisorLogic {
  const policy = { ...DEFAULT_RESTART_LIMITS, restart: 'temporary' as const, ...options };
  checkLimits(policy);
  return {
    getInitialSnapshot(scope) {
      runs.set(scope.self, new DynamicRun(policy, scope));
      return { status: 'active', output: undefined, error: undefined, size: 0, restarts: 0 };
    },
    getPersistedSnapshot: (snapshot) => snapshot,
    transition(snapshot, event, { self }) {
      const run = runs.get(self);
      if (run === undefined) throw new Error(`${options.id} cannot be restored from a snapshot`);
      if ((event as EventObject).type === 'xstate.stop') {
        run.stopAll();
        return { ...snapshot, status: 'stopped', error: undefined, output: undefined, size: 0 };
      }
      try {
        run.handle(event);
        return after(run, snapshot);
      } catch (error) {
        run.stopAll();
        throw error;
      }
    },
  };
}

function after(
  { size, restarts, ending }: DynamicRun,
  before: DynamicSupervisorSnapshot,
): DynamicSupervisorSnapshot {
  if (ending && size === 0) {
    const counts = { output: undefined, size, restarts };
    return ending.failure === null
      ? { ...counts, status: 'done', error: undefined }
      : { ...counts, status: 'error', error: new SupervisionError(ending.failure) };
  }
  return before.size === size && before.restarts === restarts ? before : { ...before, size, restarts };
}
