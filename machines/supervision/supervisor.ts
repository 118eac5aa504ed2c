import type { AnyStateMachine } from 'xstate';
import { type ChildSpec, checkChildren, type Strategy } from './children.ts';
import { link } from './link.ts';
import { checkLimits, type RestartLimits } from './restart-policy.ts';
import { type SupervisorOptions, setupSupervisor } from './supervisor-setup.ts';

export type { SupervisorEvent, SupervisorOptions } from './supervisor-setup.ts';

/** What a supervisor was made of, without what its children run: with its context, all that its steps depend on. */
export interface Supervision extends RestartLimits {
  readonly strategy: Strategy;
  readonly children: readonly Pick<ChildSpec, 'id' | 'restart' | 'shutdownMs' | 'awaitReadyMs'>[];
}

/** Null for any other machine. */
export const supervisionOf = (machine: AnyStateMachine): Supervision | null =>
  machine.root.meta?.supervision ?? null;

/**
 * OTP's supervisor, as a machine. It starts its children in order, restarts them after a pause as their restart type
 * and the strategy say, and stops them in reverse order, each with its deadline. It ends after `shutdown`.
 *
 * It fails, after it has stopped its children in order, when more restarts were needed than its intensity allows
 * (3123), and when a child fails before it was ready for the first time (with the code of that failure): what never
 * worked is not tried again behind the operator's back. Its own supervisor sees a crash, and its policy applies.
 *
 * An incident during another one joins it: what is affected is stopped, the pause begins anew, and all start in order.
 */
export function createSupervisor(options: SupervisorOptions) {
  checkLimits(options);
  checkChildren(options.children);
  const machine = setupSupervisor(options).createMachine({
    id: options.id,
    meta: { supervision: madeOf(options) },
    context: {
      phases: Object.fromEntries(options.children.map(({ id }) => [id, 'down' as const])),
      restartsMs: [],
      restarts: {},
      wasComplete: false,
      failure: null,
    },
    initial: 'alive',
    on: {
      'supervisor.ready': { actions: 'markReady' },
      'supervisor.send': { actions: 'deliver' },
      'supervisor.tell': { actions: 'tellParent' },
    },
    states: {
      alive: {
        on: {
          shutdown: 'stopping',
          'xstate.done.actor.*': [wasAsked, neverWorked, isOver, restart, tooOften],
          'xstate.error.actor.*': [wasAsked, neverWorked, isOver, restart, tooOften],
          'supervisor.late': [neverWorked, restart, tooOften],
        },
        initial: 'starting',
        states: {
          starting: {
            entry: 'startNext',
            always: [
              { guard: 'everyoneStarted', target: 'running' },
              { guard: 'nobodyStarting', target: 'starting', reenter: true },
            ],
            after: { startDeadline: { actions: 'killStarting' } },
          },
          running: { entry: 'completeStart' },
          clearing: {
            entry: 'stopNext',
            always: [
              { guard: 'everyoneStopped', target: 'pausing' },
              { guard: 'nobodyStopping', target: 'clearing', reenter: true },
            ],
            after: { shutdownDeadline: { actions: 'killStopping' } },
          },
          pausing: { after: { backoff: 'starting' } },
        },
      },
      stopping: {
        entry: ['condemnAll', 'stopNext'],
        always: [
          { guard: 'givesUp', target: 'failed' },
          { guard: 'everyoneStopped', target: 'stopped' },
          { guard: 'nobodyStopping', target: 'stopping', reenter: true },
        ],
        on: {
          'xstate.done.actor.*': { actions: ['bury', 'markStopped'] },
          'xstate.error.actor.*': { actions: ['bury', 'markStopped'] },
        },
        after: { shutdownDeadline: { actions: 'killStopping' } },
      },
      stopped: { type: 'final' },
      failed: { type: 'final', entry: 'failUpward' },
    },
  });
  return link(machine);
}

function madeOf({ strategy, intensity, periodMs, backoff, children }: SupervisorOptions): Supervision {
  const specs = children.map(({ id, restart, shutdownMs, awaitReadyMs }) => ({
    id,
    restart,
    shutdownMs,
    ...(awaitReadyMs !== undefined && { awaitReadyMs }),
  }));
  return { strategy, intensity, periodMs, backoff, children: specs };
}

/** What follows when a child came to its end while the supervisor is alive: the first that applies. */
const wasAsked = { guard: 'wasAsked', actions: ['bury', 'markStopped'] } as const;
const neverWorked = { guard: 'neverWorked', target: 'stopping', actions: ['bury', 'giveUp'] } as const;
const isOver = { guard: 'isOver', actions: ['bury', 'markOver'] } as const;
const restart = { guard: 'mayRestart', target: '.clearing', actions: ['bury', 'planRestart'] } as const;
const tooOften = { target: 'stopping', actions: ['bury', 'giveUp'] } as const;
