import {
  type AnyActorLogic,
  assign,
  type DoneActorEvent,
  type ErrorActorEvent,
  type EventObject,
  enqueueActions,
  setup,
} from 'xstate';
import { type Failure, failureOf } from '../failure.ts';
import {
  afterStop,
  type ChildSpec,
  condemnAffected,
  condemnAll,
  findPhase,
  has,
  isRunning,
  nextToStart,
  nextToStop,
  type Phases,
  type Strategy,
} from './children.ts';
import { cannotStart, notReady, notStopped, SupervisionError, tooManyRestarts } from './failures.ts';
import { MAX_TIMER_MS } from './internals.ts';
import { ready, type SupervisionEffects } from './messages.ts';
import { addRestart, backoffMs, mayRestart, mustRestart, type RestartLimits } from './restart-policy.ts';

export interface SupervisorOptions extends RestartLimits {
  readonly id: string;
  readonly strategy: Strategy;
  /** In the order of their start. */
  readonly children: readonly ChildSpec[];
  readonly effects: SupervisionEffects;
}

interface SupervisorContext {
  readonly phases: Phases;
  /** When the restarts were that still count. */
  readonly restartsMs: readonly number[];
  /** Restarts that the end of each child made necessary since the supervisor began; of those that had none there is none. */
  readonly restarts: Readonly<Record<string, number>>;
  /** Whether all children were up together once. */
  readonly wasComplete: boolean;
  /** Why the supervisor gives up, null while it does not. */
  readonly failure: Failure | null;
}

/** What a supervisor is told; `messages.ts` makes these. */
export type SupervisorEvent =
  | { type: 'supervisor.ready'; child: string }
  | { type: 'supervisor.send'; child: string; event: EventObject }
  | { type: 'supervisor.tell'; event: EventObject }
  | { type: 'shutdown' };

export type ExitEvent =
  | { type: 'supervisor.late'; child: string }
  | DoneActorEvent<unknown>
  | ErrorActorEvent;

/** The named actions, guards and delays of a supervisor, and its children as named sources. */
export function setupSupervisor(options: SupervisorOptions) {
  const { id: supervisor, children: specs, strategy, effects } = options;
  /** How a child came to its end; without failure, it ended normally. */
  const exitOf = (event: { type: string }): { spec: ChildSpec; failure: Failure | null } => {
    const exit = event as ExitEvent;
    const id = exit.type === 'supervisor.late' ? exit.child : exit.actorId;
    const spec = specs.find((candidate) => candidate.id === id);
    if (spec === undefined) throw new Error(`${supervisor} has no child ${id}`);
    if (exit.type === 'supervisor.late') return { spec, failure: notReady(spec.awaitReadyMs ?? 0) };
    return { spec, failure: 'error' in exit ? failureOf(exit.error) : null };
  };

  /** Failed before it was ready, when the supervisor itself was just starting. */
  const neverWorked = ({ wasComplete, phases }: SupervisorContext, event: { type: string }) => {
    const { spec, failure } = exitOf(event);
    const isFirst = !wasComplete && phases[spec.id] === 'starting';
    return isFirst && (failure !== null || spec.restart === 'permanent');
  };

  return setup({
    types: {
      context: {} as SupervisorContext,
      events: {} as SupervisorEvent | ExitEvent,
    },
    actors: Object.fromEntries(specs.map(({ id, logic }) => [id, logic])) as Record<string, AnyActorLogic>,
    actions: {
      /** Starts the next child, and those after it up to one that has to become ready. */
      startNext: enqueueActions(({ context, enqueue }) => {
        let { phases } = context;
        for (let spec = nextToStart(specs, phases); spec; spec = nextToStart(specs, phases)) {
          const { id: child, input, awaitReadyMs } = spec;
          enqueue.spawnChild(child, { id: child, input });
          enqueue(() => effects.report({ supervisor, type: 'started', child }));
          phases = { ...phases, [child]: awaitReadyMs === undefined ? 'up' : 'starting' };
        }
        enqueue.assign({ phases });
      }),
      /** Asks the last condemned child to end; those that are not asked are stopped on the way. */
      stopNext: enqueueActions(({ context, enqueue }) => {
        let { phases } = context;
        for (let spec = nextToStop(specs, phases); spec; spec = nextToStop(specs, phases)) {
          const { id: child, shutdownMs } = spec;
          if (shutdownMs > 0) {
            enqueue.sendTo(child, { type: 'shutdown' });
            phases = { ...phases, [child]: 'stopping' };
          } else {
            enqueue.stopChild(child);
            enqueue(() => effects.report({ supervisor, type: 'ended', child, failure: null }));
            phases = { ...phases, [child]: afterStop(spec) };
          }
        }
        enqueue.assign({ phases });
      }),
      /** The child that was asked to end did not: it is stopped. */
      killStopping: enqueueActions(({ context, enqueue }) => {
        const spec = findPhase(specs, context.phases, 'stopping');
        if (spec === undefined) return;
        const { id: child, shutdownMs } = spec;
        const failure = notStopped(shutdownMs);
        enqueue.stopChild(child);
        enqueue(() => effects.report({ supervisor, type: 'killed', child, failure }));
        enqueue.assign({ phases: { ...context.phases, [child]: afterStop(spec) } });
      }),
      /** The child that was to become ready did not: it is stopped, and counts as crashed. */
      killStarting: enqueueActions(({ context, enqueue }) => {
        const spec = findPhase(specs, context.phases, 'starting');
        if (spec === undefined) return;
        enqueue.stopChild(spec.id);
        enqueue.raise({ type: 'supervisor.late', child: spec.id });
      }),
      /** XState keeps an ended child until it is stopped. */
      bury: enqueueActions(({ context, event, enqueue }) => {
        const { spec, failure } = exitOf(event);
        const child = spec.id;
        if (!isRunning(context.phases, child)) return;
        const crash = event.type === 'supervisor.late' ? 'killed' : 'ended';
        const type = neverWorked(context, event) ? 'not-started' : crash;
        enqueue.stopChild(child);
        enqueue(() =>
          effects.report(
            failure === null
              ? { supervisor, type: 'ended', child, failure }
              : { supervisor, type, child, failure },
          ),
        );
      }),
      markReady: assign({
        phases: ({ context: { phases }, event }) =>
          event.type === 'supervisor.ready' &&
          Object.hasOwn(phases, event.child) &&
          phases[event.child] === 'starting'
            ? { ...phases, [event.child]: 'up' as const }
            : phases,
      }),
      markStopped: assign({
        phases: ({ context, event }) => {
          const { spec } = exitOf(event);
          const wasRunning = isRunning(context.phases, spec.id);
          return wasRunning ? { ...context.phases, [spec.id]: afterStop(spec) } : context.phases;
        },
      }),
      markOver: assign({
        phases: ({ context, event }) => ({ ...context.phases, [exitOf(event).spec.id]: 'over' as const }),
      }),
      planRestart: enqueueActions(({ context, event, enqueue }) => {
        const child = exitOf(event).spec.id;
        const restartsMs = addRestart(context.restartsMs, effects.now(), options.periodMs);
        const restarts = { ...context.restarts, [child]: (context.restarts[child] ?? 0) + 1 };
        const phases = condemnAffected(strategy, specs, context.phases, child);
        enqueue.assign({ restartsMs, restarts, phases });
        enqueue(() => effects.report({ supervisor, type: 'restarting', child, attempt: restartsMs.length }));
      }),
      condemnAll: assign({ phases: ({ context }) => condemnAll(context.phases) }),
      giveUp: enqueueActions(({ context, event, enqueue }) => {
        const { spec, failure: last } = exitOf(event);
        const failure = neverWorked(context, event)
          ? cannotStart(supervisor, spec.id, last)
          : tooManyRestarts(supervisor, options, spec.id, last);
        enqueue.assign({ failure, phases: { ...context.phases, [spec.id]: 'over' } });
        enqueue(() => effects.report({ supervisor, type: 'gave-up', failure }));
      }),
      completeStart: enqueueActions(({ enqueue, self }) => {
        enqueue.assign({ wasComplete: true });
        if (self._parent) enqueue.sendTo(self._parent, ready({ self }));
      }),
      deliver: enqueueActions(({ context, event, enqueue }) => {
        if (event.type !== 'supervisor.send') return;
        const { child, event: message } = event;
        if (isRunning(context.phases, child)) enqueue.sendTo(child, message);
        else
          enqueue(() =>
            effects.report({ supervisor, type: 'undeliverable', child, event: message.type, message }),
          );
      }),
      tellParent: enqueueActions(({ event, enqueue, self }) => {
        if (event.type !== 'supervisor.tell') return;
        const message = event.event;
        if (self._parent) enqueue.sendTo(self._parent, message);
        else
          enqueue(() =>
            effects.report({
              supervisor,
              type: 'undeliverable',
              child: 'parent',
              event: message.type,
              message,
            }),
          );
      }),
      failUpward: ({ context }) => {
        if (context.failure !== null) throw new SupervisionError(context.failure);
      },
    },
    guards: {
      everyoneStarted: ({ context }) => !has(context.phases, 'down', 'starting'),
      nobodyStarting: ({ context }) => !has(context.phases, 'starting'),
      everyoneStopped: ({ context }) => !has(context.phases, 'condemned', 'stopping'),
      nobodyStopping: ({ context }) => !has(context.phases, 'stopping'),
      givesUp: ({ context }) => context.failure !== null && !has(context.phases, 'condemned', 'stopping'),
      /** Or stopped already, when its end waited in the mailbox behind its deadline. */
      wasAsked: ({ context, event }) => {
        const phase = context.phases[exitOf(event).spec.id];
        return phase !== 'starting' && phase !== 'up';
      },
      neverWorked: ({ context, event }) => neverWorked(context, event),
      isOver: ({ event }) => {
        const { spec, failure } = exitOf(event);
        return !mustRestart(spec.restart, failure !== null);
      },
      mayRestart: ({ context }) => mayRestart(context.restartsMs, effects.now(), options),
    },
    delays: {
      startDeadline: ({ context }) =>
        Math.min(findPhase(specs, context.phases, 'starting')?.awaitReadyMs ?? MAX_TIMER_MS, MAX_TIMER_MS),
      shutdownDeadline: ({ context }) =>
        Math.min(findPhase(specs, context.phases, 'stopping')?.shutdownMs ?? MAX_TIMER_MS, MAX_TIMER_MS),
      backoff: ({ context }) => backoffMs(options.backoff, context.restartsMs.length, effects.random()),
    },
  });
}
