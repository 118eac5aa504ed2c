import {
  assign,
  type DoneActorEvent,
  type ErrorActorEvent,
  forwardTo,
  sendParent,
  sendTo,
  setup,
  spawnChild,
  stopChild,
} from 'xstate';
import type { Failure } from '../failure.ts';
import { actionNotProvided } from '../not-provided.ts';
import { type CancelUnclaimed, unclaimed } from './cancel.ts';
import { packageLimitMachine } from './package-limit.ts';
import { permissionMachine } from './permission.ts';
import { type ServeOutput, serveMachine } from './serve.ts';
import { isDiskFull } from './set-parts.ts';

/** All times in milliseconds, all sizes in bytes. */
export interface IntegrityServerSettings {
  maxLockedIntegrityMs: number;
  grantTimeoutMs: number;
  receiveTimeoutMs: number;
  maxPackageBytes: number;
  minPackageBytes: number;
  packageLimitTolerance: number;
}

export interface IntegrityServerInput {
  connectionId: number;
  settings: IntegrityServerSettings;
  /** Whether the worker is one of Wazuh 4.x. */
  isWazuh4: boolean;
  /** Root digest of the master's set, null before its first scan. */
  publishedDigest: string | null;
}

interface IntegrityServerContext extends IntegrityServerInput {
  limitBytes: number;
  /** Name of the process that runs. */
  task: string | null;
  /** Why the last process failed, which it has told of. */
  failure: Failure | null;
}

type Request<Type extends string, Fields = object> = { type: `rx.${Type}`; counter: number } & Fields;

export type IntegrityServerRequest =
  | Request<'syn_i_w_m_p', { digest: string | null }>
  | Request<'syn_i_w_m'>
  | Request<'syn_i_w_m_e', { task: string; file: string }>
  | Request<'syn_i_w_m_r', { task: string | null; error: Failure }>
  | Request<'cancel_task', { task: string | null; error: Failure }>;

export type IntegrityServerEvent =
  | IntegrityServerRequest
  | CancelUnclaimed
  | { type: 'integrity.published'; digest: string }
  | { type: 'permission.begun'; counter: number }
  | { type: 'permission.expired' }
  | { type: 'limit.changed'; limitBytes: number }
  | DoneActorEvent<ServeOutput, 'serve'>
  | ErrorActorEvent<unknown, 'serve'>;

type Address = { connectionId: number; counter: number };

/** Where a reply goes. */
const addressed = ({
  context,
  event,
}: {
  context: IntegrityServerContext;
  event: IntegrityServerEvent;
}): Address => ({
  connectionId: context.connectionId,
  counter: 'counter' in event ? event.counter : 0,
});
/** A file for a task that no process has. */
const refuseFile = {
  type: 'refuseUnknownTask' as const,
  params: ({
    context: { connectionId },
    event: { counter, task, file },
  }: {
    context: IntegrityServerContext;
    event: Extract<IntegrityServerEvent, { type: 'rx.syn_i_w_m_e' }>;
  }) => ({ connectionId, counter, task, file }),
};
/** A failure of the worker of which no process hears. */
const takeReport = [
  { type: 'acknowledge' as const, params: addressed },
  {
    type: 'noteReported' as const,
    params: ({
      context: { connectionId },
      event: { error },
    }: {
      context: IntegrityServerContext;
      event: Extract<IntegrityServerEvent, { type: 'rx.syn_i_w_m_r' }>;
    }) => ({ connectionId, failure: error }),
  },
];
const keepItsFailure = {
  type: 'keepFailure' as const,
  params: ({ event }: { event: DoneActorEvent<ServeOutput, 'serve'> }) => event.output.failure,
};
const endProcess = ['dropServe', 'forgetTask', 'releasePermission'] as const;

/**
 * The integrity of one worker, as its master keeps it: the lock, the size of packages, and one process at a time; and the
 * news that there is another set. Specification: Integrity thread, stages 1 to 3.
 */
export const integrityServerMachine = setup({
  types: {
    context: {} as IntegrityServerContext,
    input: {} as IntegrityServerInput,
    events: {} as IntegrityServerEvent,
  },
  actors: {
    permission: permissionMachine,
    packageLimit: packageLimitMachine,
    serve: serveMachine,
  },
  actions: {
    acknowledge: (_, _params: Address) => actionNotProvided('acknowledge')(),
    /** Says which task there is none of, and removes the file that came for it: nobody else would. */
    refuseUnknownTask: (_, _params: Address & { task: string; file: string }) =>
      actionNotProvided('refuseUnknownTask')(),
    /** The worker tells how it has failed when no process of ours runs: what it was sent is not in place. */
    noteReported: (_, _params: { connectionId: number; failure: Failure }) =>
      actionNotProvided('noteReported')(),
    refusePermission: (_, _params: Address) => actionNotProvided('refusePermission')(),
    push: (_, _params: { connectionId: number; digest: string }) => actionNotProvided('push')(),
    logServeCrashed: actionNotProvided('logServeCrashed'),
    keepPublished: assign({ publishedDigest: (_, digest: string) => digest }),
    keepLimit: assign({ limitBytes: (_, limitBytes: number) => limitBytes }),
    keepTask: assign({
      task: ({ context }, counter: number) => `integrity-${context.connectionId}-${counter}`,
    }),
    forgetTask: assign({ task: null }),
    keepFailure: assign({ failure: (_, failure: Failure | null) => failure }),
    startServe: spawnChild('serve', {
      id: 'serve',
      input: ({ context, event }) => ({
        connectionId: context.connectionId,
        counter: event.type === 'permission.begun' ? event.counter : 0,
        task: context.task ?? '',
        limitBytes: context.limitBytes,
        isWazuh4: context.isWazuh4,
        receiveTimeoutMs: context.settings.receiveTimeoutMs,
      }),
    }),
    dropServe: stopChild('serve'),
    relayToServe: forwardTo('serve'),
    tellUnclaimed: sendParent(({ event }) => unclaimed(event)),
    releasePermission: sendTo('permission', { type: 'permission.release' }),
    reportLimit: sendTo('packageLimit', (_, output: ServeOutput) =>
      output.outcome === 'sent'
        ? { type: 'limit.sent' as const, durationMs: output.sendingMs }
        : { type: 'limit.exceeded' as const, sentBytes: output.sentBytes },
    ),
    askPermission: sendTo('permission', ({ context, event }) => {
      if (event.type !== 'rx.syn_i_w_m_p') throw new Error(`no question in ${event.type}`);
      return {
        type: 'permission.ask' as const,
        counter: event.counter,
        inStep: event.digest !== null && event.digest === context.publishedDigest,
        digest: context.publishedDigest,
      };
    }),
    askBegin: sendTo('permission', ({ context, event }) => ({
      type: 'permission.begin' as const,
      needsNone: context.isWazuh4,
      counter: 'counter' in event ? event.counter : 0,
    })),
  },
  guards: {
    isServed: ({ context, event }) =>
      context.task !== null && 'task' in event && (event.task === null || event.task === context.task),
    /** The worker reports what it has said already when it cancelled the process. */
    isTold: ({ context: { failure } }, reported: Failure) =>
      failure !== null && failure.code === reported.code && failure.message === reported.message,
    hasPublished: ({ context }) => context.publishedDigest !== null,
    hasChanged: ({ context, event }) =>
      event.type === 'integrity.published' && event.digest !== context.publishedDigest,
    /** Smaller sets may have room where this one had none: each that is applied frees what it replaces. */
    wasMeasured: (_, { outcome, failure }: ServeOutput) =>
      outcome === 'sent' || outcome === 'timed-out' || (failure !== null && isDiskFull(failure)),
  },
}).createMachine({
  id: 'integrityServer',
  context: ({ input }) => ({
    ...input,
    limitBytes: input.settings.maxPackageBytes,
    task: null,
    failure: null,
  }),
  invoke: [
    {
      id: 'permission',
      src: 'permission',
      input: ({ context: { connectionId, settings } }) => ({
        connectionId,
        maxLockedMs: settings.maxLockedIntegrityMs,
        grantTimeoutMs: settings.grantTimeoutMs,
      }),
    },
    {
      id: 'packageLimit',
      src: 'packageLimit',
      input: ({ context: { connectionId, settings } }) => ({
        connectionId,
        maxBytes: settings.maxPackageBytes,
        minBytes: settings.minPackageBytes,
        tolerance: settings.packageLimitTolerance,
        receiveTimeoutMs: settings.receiveTimeoutMs,
      }),
    },
  ],
  initial: 'idle',
  on: {
    'rx.syn_i_w_m_p': [
      { guard: 'hasPublished', actions: 'askPermission' },
      // Compared with a set that is not known yet, everything a worker has would be too much.
      { actions: { type: 'refusePermission', params: addressed } },
    ],
    'rx.syn_i_w_m': { actions: 'askBegin' },
    // A process that ran for too long may still be telling the worker so: the next one does not wait for it.
    'permission.begun': {
      target: '.serving',
      actions: [
        'dropServe',
        { type: 'keepTask', params: ({ event }) => event.counter },
        { type: 'keepFailure', params: () => null },
        'startServe',
      ],
    },
    'limit.changed': { actions: { type: 'keepLimit', params: ({ event }) => event.limitBytes } },
    'integrity.published': {
      guard: 'hasChanged',
      actions: [
        { type: 'keepPublished', params: ({ event }) => event.digest },
        {
          type: 'push',
          params: ({ context: { connectionId }, event: { digest } }) => ({ connectionId, digest }),
        },
      ],
    },
  },
  states: {
    idle: {
      on: {
        'rx.syn_i_w_m_e': { actions: refuseFile },
        'rx.syn_i_w_m_r': [
          {
            guard: { type: 'isTold', params: ({ event }) => event.error },
            actions: { type: 'acknowledge', params: addressed },
          },
          { actions: takeReport },
        ],
        'rx.cancel_task': { actions: 'tellUnclaimed' },
      },
    },
    serving: {
      on: {
        'rx.syn_i_w_m_e': [{ guard: 'isServed', actions: 'relayToServe' }, { actions: refuseFile }],
        'rx.syn_i_w_m_r': [{ guard: 'isServed', actions: 'relayToServe' }, { actions: takeReport }],
        // An original gives the process a name of its own, which only the process has heard.
        'rx.cancel_task': { actions: 'relayToServe' },
        'cancel.unclaimed': { actions: 'tellUnclaimed' },
        'permission.expired': { actions: 'relayToServe' },
        'xstate.done.actor.serve': [
          {
            guard: { type: 'wasMeasured', params: ({ event }) => event.output },
            target: 'idle',
            actions: [
              ...endProcess,
              keepItsFailure,
              { type: 'reportLimit', params: ({ event }) => event.output },
            ],
          },
          { target: 'idle', actions: [...endProcess, keepItsFailure] },
        ],
        'xstate.error.actor.serve': { target: 'idle', actions: ['logServeCrashed', ...endProcess] },
      },
    },
  },
});
