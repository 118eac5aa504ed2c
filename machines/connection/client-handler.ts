import { assign, forwardTo, raise, sendTo, setup } from 'xstate';
import { type GroupsFollowEvent, groupsFollowMachine } from '../agent-groups/follow.ts';
import type { AgentInfoSendEvent } from '../agent-info/send.ts';
import { isRequestName } from '../dapi/request-name.ts';
import type { Failure } from '../failure.ts';
import type { EndOfSetEvent } from '../integrity/end-of-set.ts';
import { failWith, keepError } from '../keep-failure.ts';
import { actionNotProvided, callbackNotProvided, promiseNotProvided } from '../not-provided.ts';
import { periodicMachine } from '../periodic.ts';
import { transfersMachine } from '../transfer/transfers.ts';
import { keepaliveMonitorMachine } from './keepalive-monitor.ts';
import { keepaliveSenderMachine } from './keepalive-sender.ts';
import { SLOW_MASTER_MS } from './slow.ts';

/** All times in milliseconds. */
export interface ClientSettings {
  closeTimeoutMs: number;
  keepaliveIntervalMs: number;
  maxFailedKeepalives: number;
  maxSilenceMs: number;
  syncIntegrityMs: number;
  retryIntegrityMs: number;
  receiveTimeoutMs: number;
  /** How long a master that packs what it sends may take until it announces that. */
  packTimeoutMs: number;
  syncAgentInfoMs: number;
  retryAgentInfoMs: number;
  /** Most chunks of agent-info that travel together. */
  maxAgentInfoChunks: number;
  /** How long the master may take to say what became of agent-info. */
  agentInfoResultTimeoutMs: number;
  /** How long the store may take for one string of agent-groups. */
  groupsTimeoutMs: number;
  /** Pause between a change of the own store and the look whether its groups have strayed. */
  groupsSettleMs: number;
  /** `agent_groups_mismatch_limit`. */
  groupsMismatchLimit: number;
}

export interface ClientHandlerInput {
  connectionId: number;
  remote: string;
  settings: ClientSettings;
}

/** What the master answered to `hello`. */
export interface Welcome {
  name: string;
  version: string;
  protocol: number;
  /** A master of Wazuh 4.x answers keepalives, and sends none. */
  sendsKeepalives: boolean;
}

interface ClientHandlerContext extends ClientHandlerInput {
  master: Welcome | null;
  /** What the master asked behind its answer to `hello`, in its order; the channel bounds how much. */
  held: readonly ClientHandlerEvent[];
  /** Why the master says that it ends the connection. */
  goodbye: Failure | null;
  failure: Failure | null;
}

export interface ClientHandlerOutput {
  /** True if the master had accepted this connection: what ended it is not a refusal. */
  wasEstablished: boolean;
  failure: Failure | null;
}

type Request<Type extends string, Fields = object> = { type: `rx.${Type}`; counter: number } & Fields;

export type ClientHandlerEvent =
  | Request<'bye', { error: Failure }>
  | Request<'echo', { data: string }>
  | Request<'echo-m', { data: string }>
  | Request<'syn_i_m_w', { digest: string }>
  | Request<'syn_m_c_ok', { task: string }>
  | Request<'syn_m_c', { task: string }>
  | EndOfSetEvent
  | Request<'cancel_task', { task: string | null; error: Failure }>
  | Request<'new_file'>
  | Request<'file_end'>
  | Request<'new_str'>
  | Request<'err_str'>
  | Request<'get_files'>
  | Request<'dapi'>
  | Request<'dapi_res'>
  | Request<'dapi_err'>
  | Request<'sendsyn_res'>
  | Request<'sendsyn_err'>
  | AgentInfoSendEvent
  | GroupsFollowEvent
  | { type: 'link.closed'; failure: Failure | null }
  | { type: 'transfer.received'; name: string; file: string; sizeBytes: number }
  | { type: 'transfer.progress' }
  | { type: 'transfer.failed'; failure: Failure }
  /** A file of this node's own set was touched by somebody else. */
  | { type: 'files.changed' }
  | { type: 'shutdown' };

type Address = { connectionId: number; counter: number };
type Args = { context: ClientHandlerContext; event: ClientHandlerEvent };

const addressed = ({ context, event }: Args): Address => ({
  connectionId: context.connectionId,
  counter: 'counter' in event ? event.counter : 0,
});
const echo = {
  type: 'echo' as const,
  params: (args: Args & { event: { data: string } }) => ({ ...addressed(args), data: args.event.data }),
};
const handToRequests = { actions: { type: 'handToRequests' as const, params: addressed } };

const welcomed = [
  { type: 'keepMaster' as const, params: ({ event }: { event: { output: Welcome } }) => event.output },
  'becomeMastersConnection' as const,
  'logConnected' as const,
];

const heedGoodbye = {
  actions: [
    { type: 'acknowledge' as const, params: addressed },
    {
      type: 'keepGoodbye' as const,
      params: ({ event }: { event: { error: Failure } }) => event.error,
    },
  ],
};

/**
 * The worker's side of its connection: says `hello`, then runs the worker's processes, all of which end with it.
 * Specification: Protocols; Architecture, WorkerHandler.
 */
export const clientHandlerMachine = setup({
  types: {
    context: {} as ClientHandlerContext,
    input: {} as ClientHandlerInput,
    events: {} as ClientHandlerEvent,
    output: {} as ClientHandlerOutput,
  },
  actors: {
    /** The connection itself: reports requests as `rx.*` and its end as `link.closed`; when it ends the socket is gone. */
    link: callbackNotProvided<{ type: 'none' }, { connectionId: number }>('link'),
    greet: promiseNotProvided<Welcome, { connectionId: number }>('greet'),
    transfers: transfersMachine,
    keepaliveMonitor: keepaliveMonitorMachine,
    keepaliveSender: keepaliveSenderMachine,
    /** `periodic` around `integrityCheck`. */
    integrity: periodicMachine,
    /** `periodic` around `agentInfoSend`. */
    agentInfo: periodicMachine,
    groups: groupsFollowMachine,
  },
  actions: {
    closeLink: (_, _params: { connectionId: number }) => actionNotProvided('closeLink')(),
    acknowledge: (_, _params: Address) => actionNotProvided('acknowledge')(),
    echo: (_, _params: Address & { data: string }) => actionNotProvided('echo')(),
    answerQuery: (_, _params: Address & { query: string; event: object }) =>
      actionNotProvided('answerQuery')(),
    /** For those who answer requests of the distributed API, and wait for answers; they reply, too. */
    handToRequests: (_, _params: Address) => actionNotProvided('handToRequests')(),
    keepMaster: assign({ master: (_, master: Welcome) => master }),
    keepFailure: assign({ failure: (_, failure: Failure | null) => failure }),
    keepGoodbye: assign({ goodbye: (_, failure: Failure) => failure }),
    relayToIntegrity: forwardTo('integrity'),
    relayToTransfers: forwardTo('transfers'),
    relayToAgentInfo: forwardTo('agentInfo'),
    relayToGroups: forwardTo('groups'),
    triggerIntegrity: sendTo('integrity', { type: 'trigger' }),
    noteKeepalive: sendTo('keepaliveMonitor', { type: 'keepalive.heard' }),
    /** A master may ask before this node has read that it was taken. */
    holdRequest: assign({ held: ({ context, event }) => [...context.held, event] }),
    /** The first of what is held, as if it came now. */
    raiseHeld: raise(({ context: { held } }) => {
      const [first] = held;
      if (first === undefined) throw new Error('nothing is held');
      return first;
    }),
    releaseHeld: assign({ held: ({ context }) => context.held.slice(1) }),
    logSlow: actionNotProvided('logSlow'),
    /** What this node says to its master goes this way from then on, and what earlier ones left half done is put away. */
    becomeMastersConnection: actionNotProvided('becomeMastersConnection'),
    noteMasterLost: actionNotProvided('noteMasterLost'),
    logConnected: actionNotProvided('logConnected'),
    logDisconnected: actionNotProvided('logDisconnected'),
  },
  guards: {
    holdsRequests: ({ context }) => context.held.length > 0,
    /** Of a master that sends none, silence means nothing. */
    sendsNoKeepalives: (_, welcome: Welcome) => !welcome.sendsKeepalives,
    isOfRequest: ({ event }) => event.type === 'rx.cancel_task' && isRequestName(event.task),
  },
  delays: { closeTimeout: ({ context }) => context.settings.closeTimeoutMs, slow: SLOW_MASTER_MS },
}).createMachine({
  id: 'clientHandler',
  context: ({ input }) => ({ ...input, master: null, held: [], goodbye: null, failure: null }),
  output: ({ context }) => ({ wasEstablished: context.master !== null, failure: context.failure }),
  invoke: { id: 'link', src: 'link', input: ({ context }) => ({ connectionId: context.connectionId }) },
  initial: 'greeting',
  on: {
    'link.closed': {
      target: '.closed',
      actions: {
        type: 'keepFailure',
        params: ({ context, event }) => context.failure ?? context.goodbye ?? event.failure,
      },
    },
    shutdown: { target: '.closing', actions: failWith(3125, 'this node is stopping') },
  },
  states: {
    greeting: {
      on: { 'rx.bye': heedGoodbye, 'rx.*': { actions: 'holdRequest' } },
      invoke: {
        id: 'greet',
        src: 'greet',
        input: ({ context }) => ({ connectionId: context.connectionId }),
        onDone: [
          {
            guard: { type: 'sendsNoKeepalives', params: ({ event }) => event.output },
            target: 'established.unmonitored',
            actions: welcomed,
          },
          {
            target: 'established',
            actions: welcomed,
          },
        ],
        onError: { target: 'closing', actions: keepError },
      },
      after: { slow: { actions: 'logSlow' } },
    },
    established: {
      always: { guard: 'holdsRequests', actions: ['raiseHeld', 'releaseHeld'] },
      invoke: [
        {
          id: 'transfers',
          src: 'transfers',
          input: ({ context }) => ({
            connectionId: context.connectionId,
            progressTimeoutMs: context.settings.receiveTimeoutMs,
          }),
          onError: { target: 'closing', actions: keepError },
        },
        {
          id: 'keepaliveSender',
          src: 'keepaliveSender',
          input: ({ context }) => ({
            connectionId: context.connectionId,
            intervalMs: context.settings.keepaliveIntervalMs,
            maxFailures: context.settings.maxFailedKeepalives,
          }),
          onDone: { target: 'closing', actions: failWith(3103, 'the master does not answer keepalives') },
          onError: { target: 'closing', actions: keepError },
        },
        {
          id: 'integrity',
          src: 'integrity',
          input: ({ context }) => ({
            task: {
              connectionId: context.connectionId,
              receiveTimeoutMs: context.settings.receiveTimeoutMs,
              packTimeoutMs: context.settings.packTimeoutMs,
            },
            intervalMs: context.settings.syncIntegrityMs,
            retryMs: context.settings.retryIntegrityMs,
          }),
          onError: { target: 'closing', actions: keepError },
        },
        {
          id: 'agentInfo',
          src: 'agentInfo',
          input: ({ context: { connectionId, settings } }) => ({
            task: {
              connectionId,
              maxChunks: settings.maxAgentInfoChunks,
              resultTimeoutMs: settings.agentInfoResultTimeoutMs,
            },
            intervalMs: settings.syncAgentInfoMs,
            retryMs: settings.retryAgentInfoMs,
          }),
          onError: { target: 'closing', actions: keepError },
        },
        {
          id: 'groups',
          src: 'groups',
          input: ({ context: { connectionId, settings } }) => ({
            connectionId,
            storeTimeoutMs: settings.groupsTimeoutMs,
            settleMs: settings.groupsSettleMs,
            mismatchLimit: settings.groupsMismatchLimit,
          }),
          onError: { target: 'closing', actions: keepError },
        },
      ],
      on: {
        'rx.bye': heedGoodbye,
        'rx.echo': { actions: echo },
        'rx.syn_i_m_w': { actions: [{ type: 'acknowledge', params: addressed }, 'triggerIntegrity'] },
        'files.changed': { actions: 'triggerIntegrity' },
        'rx.syn_m_c_ok': { actions: 'relayToIntegrity' },
        'rx.syn_m_c': { actions: 'relayToIntegrity' },
        'rx.syn_m_c_e': { actions: 'relayToIntegrity' },
        'transfer.received': { actions: 'relayToIntegrity' },
        'transfer.progress': { actions: 'relayToIntegrity' },
        'transfer.failed': { actions: 'relayToIntegrity' },
        'rx.syn_m_a_e': { actions: 'relayToAgentInfo' },
        'rx.syn_m_a_err': { actions: 'relayToAgentInfo' },
        'rx.syn_g_m_w': { actions: 'relayToGroups' },
        'rx.syn_g_m_w_c': { actions: 'relayToGroups' },
        'groups.changed': { actions: 'relayToGroups' },
        'rx.cancel_task': [{ guard: 'isOfRequest', ...handToRequests }, { actions: 'relayToTransfers' }],
        'rx.new_file': { actions: 'relayToTransfers' },
        'rx.file_end': { actions: 'relayToTransfers' },
        'rx.new_str': { actions: 'relayToTransfers' },
        'rx.err_str': { actions: 'relayToTransfers' },
        'rx.dapi': handToRequests,
        'rx.dapi_res': handToRequests,
        'rx.dapi_err': handToRequests,
        'rx.sendsyn_res': handToRequests,
        'rx.sendsyn_err': handToRequests,
        'rx.get_files': {
          actions: {
            type: 'answerQuery',
            params: (args) => ({ ...addressed(args), query: 'get_files', event: args.event }),
          },
        },
      },
      initial: 'monitored',
      states: {
        monitored: {
          invoke: {
            id: 'keepaliveMonitor',
            src: 'keepaliveMonitor',
            input: ({ context }) => ({
              connectionId: context.connectionId,
              maxSilenceMs: context.settings.maxSilenceMs,
            }),
            onDone: {
              target: '#clientHandler.closing',
              actions: failWith(3103, 'no keepalive came for too long'),
            },
            onError: { target: '#clientHandler.closing', actions: keepError },
          },
          on: { 'rx.echo-m': { actions: [echo, 'noteKeepalive'] } },
        },
        unmonitored: { on: { 'rx.echo-m': { actions: echo } } },
      },
    },
    closing: {
      // The first reason is the one that counts.
      on: { shutdown: {} },
      entry: {
        type: 'closeLink',
        params: ({ context }) => ({ connectionId: context.connectionId }),
      },
      after: { closeTimeout: 'closed' },
    },
    closed: { entry: ['noteMasterLost', 'logDisconnected'], type: 'final' },
  },
});
