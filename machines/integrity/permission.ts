import { sendParent, setup } from 'xstate';
import { actionNotProvided } from '../not-provided.ts';

export interface PermissionInput {
  connectionId: number;
  /** A process that runs longer is taken for dead (`max_locked_integrity_time`). */
  maxLockedMs: number;
  /** A permission that is granted and not used falls back after this time. */
  grantTimeoutMs: number;
}

export type PermissionEvent =
  | { type: 'permission.ask'; counter: number; inStep: boolean; digest: string | null }
  /** Workers of Wazuh 4.x may take longer to begin than a permission lasts: they need none. */
  | { type: 'permission.begin'; counter: number; needsNone: boolean }
  | { type: 'permission.release' };

/** What the worker is told: `digest` is the root digest of the master's set, null before its first scan. */
export interface PermissionAnswer {
  connectionId: number;
  counter: number;
  granted: boolean;
  inStep: boolean;
  digest: string | null;
}

const answer = (granted: boolean, inStep: boolean) => ({
  type: 'answer' as const,
  params: ({ context, event }: { context: PermissionInput; event: PermissionEvent }): PermissionAnswer => {
    if (event.type !== 'permission.ask') throw new Error(`no question in ${event.type}`);
    return {
      connectionId: context.connectionId,
      counter: event.counter,
      granted,
      inStep,
      digest: event.digest,
    };
  },
});
const refuseBegin = {
  type: 'refuseBegin' as const,
  params: ({ context, event }: { context: PermissionInput; event: PermissionEvent }) => {
    if (event.type !== 'permission.begin') throw new Error(`no beginning in ${event.type}`);
    return { connectionId: context.connectionId, counter: event.counter };
  },
};

/**
 * The lock of one worker's integrity process: at most one runs. Who asks while in step gets its answer and takes
 * nothing. Specification: Integrity thread, stage 1.
 */
export const permissionMachine = setup({
  types: {
    context: {} as PermissionInput,
    input: {} as PermissionInput,
    events: {} as PermissionEvent,
  },
  actions: {
    answer: (_, _params: PermissionAnswer) => actionNotProvided('answer')(),
    refuseBegin: (_, _params: { connectionId: number; counter: number }) =>
      actionNotProvided('refuseBegin')(),
    logExpired: actionNotProvided('logExpired'),
    tellBegun: sendParent(({ event }) => ({
      type: 'permission.begun',
      counter: event.type === 'permission.begin' ? event.counter : 0,
    })),
    tellExpired: sendParent({ type: 'permission.expired' }),
  },
  guards: {
    needsNone: ({ event }) => event.type === 'permission.begin' && event.needsNone,
    inStep: ({ event }) => event.type === 'permission.ask' && event.inStep,
  },
  delays: {
    maxLocked: ({ context }) => context.maxLockedMs,
    grantTimeout: ({ context }) => context.grantTimeoutMs,
  },
}).createMachine({
  id: 'integrityPermission',
  context: ({ input }) => ({ ...input }),
  initial: 'free',
  states: {
    free: {
      on: {
        'permission.ask': [
          { guard: 'inStep', actions: answer(false, true) },
          { target: 'granted', actions: answer(true, false) },
        ],
        'permission.begin': [
          { guard: 'needsNone', target: 'running', actions: 'tellBegun' },
          { actions: refuseBegin },
        ],
      },
    },
    granted: {
      on: {
        'permission.ask': [
          { guard: 'inStep', target: 'free', actions: answer(false, true) },
          { target: 'granted', reenter: true, actions: answer(true, false) },
        ],
        'permission.begin': { target: 'running', actions: 'tellBegun' },
      },
      after: { grantTimeout: 'free' },
    },
    running: {
      on: {
        'permission.ask': { actions: answer(false, false) },
        'permission.begin': { actions: refuseBegin },
        'permission.release': 'free',
      },
      after: { maxLocked: { target: 'free', actions: ['logExpired', 'tellExpired'] } },
    },
  },
});
