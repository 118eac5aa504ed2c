import { assign, forwardTo, sendTo, setup } from 'xstate';
import { groupsBroadcastMachine } from '../agent-groups/broadcast.ts';
import type { GroupsBroadcastEvent, GroupsSent } from '../agent-groups/broadcast-types.ts';
import { type AgentInfoReceiveEvent, agentInfoReceiveMachine } from '../agent-info/receive.ts';
import { isRequestName } from '../dapi/request-name.ts';
import type { Failure } from '../failure.ts';
import type { CancelUnclaimed } from '../integrity/cancel.ts';
import {
  type IntegrityServerRequest,
  type IntegrityServerSettings,
  integrityServerMachine,
} from '../integrity/integrity-server.ts';
import { failWith, keepError } from '../keep-failure.ts';
import { actionNotProvided, callbackNotProvided } from '../not-provided.ts';
import { transfersMachine } from '../transfer/transfers.ts';
import type { Claim } from './admission.ts';
import { keepaliveMonitorMachine } from './keepalive-monitor.ts';
import { keepaliveSenderMachine } from './keepalive-sender.ts';

/** What every handler of one master has in common. All times in milliseconds, all sizes in bytes. */
export interface ServerSettings extends IntegrityServerSettings {
  /** From the accepted connection to the accepted `hello`. */
  helloTimeoutMs: number;
  closeTimeoutMs: number;
  keepaliveIntervalMs: number;
  maxFailedKeepalives: number;
  maxSilenceMs: number;
  /** How long the store may take for one string of agent-info. */
  agentInfoTimeoutMs: number;
  /** Pause before a worker whose agent-groups differ is tried again. */
  retryGroupsMs: number;
  /** How long a worker may take for a string of agent-groups and its answer. */
  groupsAnswerTimeoutMs: number;
}

export interface ServerHandlerInput {
  connectionId: number;
  remote: string;
  /** Part of the time for `hello` that the handshake of the transport has used. */
  handshakeMs: number;
  settings: ServerSettings;
  /** Root digest of the master's set, null before its first scan. */
  publishedDigest: string | null;
  /** Version of the agent-groups that was collected last, 0 before the first. */
  groupsVersion: number;
}

/** Who said `hello`. */
export type Worker = Claim & {
  version: string;
  /** It is asked whether it lives; of another one only its own keepalives count. */
  answersKeepalives: boolean;
};

interface ServerHandlerContext extends ServerHandlerInput {
  worker: Worker | null;
  helloCounter: number;
  /** Version of the agent-groups that this worker has, from earlier connections; 0 if that is not known. */
  acknowledgedGroups: number;
  failure: Failure | null;
}

export interface ServerHandlerOutput {
  worker: string | null;
  failure: Failure | null;
}

type Request<Type extends string, Fields = object> = { type: `rx.${Type}`; counter: number } & Fields;

export type ServerHandlerEvent =
  | Request<'hello', { worker: Worker }>
  | Request<'echo', { data: string }>
  | Request<'echo-c', { data: string }>
  | IntegrityServerRequest
  | CancelUnclaimed
  | Request<'new_file'>
  | Request<'file_end'>
  | Request<'new_str'>
  | Request<'err_str'>
  | Request<'get_nodes'>
  | Request<'get_health'>
  | Request<'get_files'>
  | Request<'dapi_clus'>
  | Request<'dapi'>
  | Request<'dapi_res'>
  | Request<'dapi_err'>
  | Request<'sendsync'>
  | Request<'sendsyn_err'>
  | AgentInfoReceiveEvent
  | GroupsBroadcastEvent
  | GroupsSent
  | { type: 'link.closed'; failure: Failure | null }
  | { type: 'session.granted'; protocol: number; acknowledgedGroups: number }
  | { type: 'session.refused'; failure: Failure }
  | { type: 'session.evicted' }
  | { type: 'integrity.published'; digest: string }
  | { type: 'transfer.received' }
  | { type: 'transfer.progress' }
  | { type: 'transfer.failed' }
  | { type: 'shutdown' };

type Address = { connectionId: number; counter: number };
type Args<Event = ServerHandlerEvent> = { context: ServerHandlerContext; event: Event };

/** Where a reply goes. */
const addressed = ({ context, event }: Args): Address => ({
  connectionId: context.connectionId,
  counter: 'counter' in event ? event.counter : 0,
});
const answer = {
  type: 'answerQuery' as const,
  params: (args: Args) => ({
    ...addressed(args),
    query: args.event.type.slice('rx.'.length),
    event: args.event,
  }),
};
const handToRequests = { actions: { type: 'handToRequests' as const, params: addressed } };
const keepGroupsVersion = {
  actions: {
    type: 'keepGroupsVersion' as const,
    params: ({ event }: { event: { version: number } }) => event.version,
  },
};
const welcome = {
  type: 'welcome' as const,
  params: ({ context, event }: Args<{ protocol: number }>) => ({
    connectionId: context.connectionId,
    counter: context.helloCounter,
    protocol: event.protocol,
    worker: context.worker,
  }),
};
const keepAcknowledgedGroups = {
  type: 'keepAcknowledgedGroups' as const,
  params: ({ event }: { event: { acknowledgedGroups: number } }) => event.acknowledgedGroups,
};
/**
 * The master's side of one connection: nothing but `hello` at first, then the processes of one worker, all of which
 * end with it. Specification: Protocols; Architecture, MasterHandler.
 */
export const serverHandlerMachine = setup({
  types: {
    context: {} as ServerHandlerContext,
    input: {} as ServerHandlerInput,
    events: {} as ServerHandlerEvent,
    output: {} as ServerHandlerOutput,
  },
  actors: {
    /** The connection itself: reports requests as `rx.*` and its end as `link.closed`; when it ends the socket is gone. */
    link: callbackNotProvided<{ type: 'none' }, { connectionId: number }>('link'),
    transfers: transfersMachine,
    keepaliveMonitor: keepaliveMonitorMachine,
    keepaliveSender: keepaliveSenderMachine,
    integrity: integrityServerMachine,
    agentInfo: agentInfoReceiveMachine,
    groups: groupsBroadcastMachine,
  },
  actions: {
    claimSession: (_, _params: { claim: Claim }) => actionNotProvided('claimSession')(),
    welcome: (_, _params: Address & { protocol: number; worker: Worker | null }) =>
      actionNotProvided('welcome')(),
    refuseHello: (_, _params: Address & { failure: Failure }) => actionNotProvided('refuseHello')(),
    /** Tells a worker why, and closes in order. */
    closeLink: (_, _params: { connectionId: number; failure: Failure | null }) =>
      actionNotProvided('closeLink')(),
    refuseSecondHello: (_, _params: Address) => actionNotProvided('refuseSecondHello')(),
    echo: (_, _params: Address & { data: string }) => actionNotProvided('echo')(),
    answerQuery: (_, _params: Address & { query: string; event: object }) =>
      actionNotProvided('answerQuery')(),
    /** For those who answer requests of the distributed API and messages for services; they reply, too. */
    handToRequests: (_, _params: Address) => actionNotProvided('handToRequests')(),
    /** From here on this worker is one of those that get agent-groups; the end of the link ends that too. */
    joinGroups: (_, _params: { connectionId: number }) => actionNotProvided('joinGroups')(),
    /** For the collector of agent-groups. */
    reportGroups: (_, _params: GroupsSent) => actionNotProvided('reportGroups')(),
    keepHello: assign({
      worker: (_, hello: { worker: Worker; counter: number }) => hello.worker,
      helloCounter: (_, hello: { worker: Worker; counter: number }) => hello.counter,
    }),
    keepFailure: assign({ failure: (_, failure: Failure | null) => failure }),
    keepPublished: assign({ publishedDigest: (_, digest: string) => digest }),
    keepGroupsVersion: assign({ groupsVersion: (_, version: number) => version }),
    keepAcknowledgedGroups: assign({ acknowledgedGroups: (_, version: number) => version }),
    relayToIntegrity: forwardTo('integrity'),
    relayToTransfers: forwardTo('transfers'),
    cancelTransfer: sendTo('transfers', ({ event }) => ({ ...event, type: 'rx.cancel_task' as const })),
    relayToAgentInfo: forwardTo('agentInfo'),
    relayToGroups: forwardTo('groups'),
    noteKeepalive: sendTo('keepaliveMonitor', { type: 'keepalive.heard' }),
    logConnected: actionNotProvided('logConnected'),
    logRefused: actionNotProvided('logRefused'),
    logDisconnected: actionNotProvided('logDisconnected'),
  },
  guards: {
    isOfRequest: ({ event }) => event.type === 'rx.cancel_task' && isRequestName(event.task),
    isRefused: ({ context }) => context.failure !== null,
    answersNoKeepalives: ({ context }) => context.worker?.answersKeepalives === false,
  },
  delays: {
    helloTimeout: ({ context: { settings, handshakeMs } }) =>
      Math.max(0, settings.helloTimeoutMs - handshakeMs),
    closeTimeout: ({ context }) => context.settings.closeTimeoutMs,
  },
}).createMachine({
  id: 'serverHandler',
  context: ({ input }) => ({
    ...input,
    worker: null,
    helloCounter: 0,
    acknowledgedGroups: 0,
    failure: null,
  }),
  output: ({ context }) => ({ worker: context.worker?.name ?? null, failure: context.failure }),
  invoke: { id: 'link', src: 'link', input: ({ context: { connectionId } }) => ({ connectionId }) },
  initial: 'unadmitted',
  on: {
    'link.closed': {
      target: '.closed',
      actions: { type: 'keepFailure', params: ({ context, event }) => context.failure ?? event.failure },
    },
    'session.evicted': {
      target: '.closing',
      actions: failWith(3122, 'a newer connection of this node took its place'),
    },
    shutdown: { target: '.closing', actions: failWith(3125, 'the master is stopping') },
  },
  states: {
    unadmitted: {
      // One deadline for everything that a stranger can do, and no politeness after it.
      after: {
        helloTimeout: [
          { guard: 'isRefused', target: 'refused' },
          { target: 'closed', actions: failWith(3104, 'no hello came') },
        ],
      },
      on: {
        'integrity.published': {
          actions: { type: 'keepPublished', params: ({ event }) => event.digest },
        },
        'groups.published': keepGroupsVersion,
      },
      initial: 'awaitingHello',
      states: {
        awaitingHello: {
          on: {
            'rx.hello': {
              target: 'admitting',
              actions: {
                type: 'keepHello',
                params: ({ event: { worker, counter } }) => ({ worker, counter }),
              },
            },
          },
        },
        admitting: {
          entry: {
            type: 'claimSession',
            params: ({ context }) => {
              if (context.worker === null) throw new Error('nobody said hello');
              return { claim: context.worker };
            },
          },
          on: {
            'session.granted': [
              {
                guard: 'answersNoKeepalives',
                target: '#serverHandler.established.listening',
                actions: [welcome, keepAcknowledgedGroups, 'logConnected'],
              },
              {
                target: '#serverHandler.established',
                actions: [welcome, keepAcknowledgedGroups, 'logConnected'],
              },
            ],
            'session.refused': {
              target: 'refusing',
              actions: [
                { type: 'keepFailure', params: ({ event }) => event.failure },
                {
                  type: 'refuseHello',
                  params: ({ context, event }) => ({
                    connectionId: context.connectionId,
                    counter: context.helloCounter,
                    failure: event.failure,
                  }),
                },
                'logRefused',
              ],
            },
          },
        },
        refusing: {
          entry: {
            type: 'closeLink',
            params: ({ context: { connectionId, failure } }) => ({ connectionId, failure }),
          },
          on: { 'link.closed': '#serverHandler.refused', shutdown: {}, 'session.evicted': {} },
        },
      },
    },
    established: {
      entry: { type: 'joinGroups', params: ({ context: { connectionId } }) => ({ connectionId }) },
      invoke: [
        {
          id: 'transfers',
          src: 'transfers',
          input: ({ context: { connectionId, settings } }) => ({
            connectionId,
            progressTimeoutMs: settings.receiveTimeoutMs,
          }),
          onError: { target: 'closing', actions: keepError },
        },
        {
          id: 'integrity',
          src: 'integrity',
          input: ({ context: { connectionId, settings, publishedDigest, worker } }) => ({
            connectionId,
            settings,
            isWazuh4: worker !== null && worker.release !== null,
            publishedDigest,
          }),
          onError: { target: 'closing', actions: keepError },
        },
        {
          id: 'agentInfo',
          src: 'agentInfo',
          input: ({ context: { connectionId, settings } }) => ({
            connectionId,
            storeTimeoutMs: settings.agentInfoTimeoutMs,
          }),
          onError: { target: 'closing', actions: keepError },
        },
        {
          id: 'groups',
          src: 'groups',
          input: ({ context: { connectionId, groupsVersion, acknowledgedGroups, settings } }) => ({
            connectionId,
            acknowledged: acknowledgedGroups,
            published: groupsVersion,
            retryMs: settings.retryGroupsMs,
            answerTimeoutMs: settings.groupsAnswerTimeoutMs,
          }),
          onError: { target: 'closing', actions: keepError },
        },
        {
          id: 'keepaliveMonitor',
          src: 'keepaliveMonitor',
          input: ({ context: { connectionId, settings } }) => ({
            connectionId,
            maxSilenceMs: settings.maxSilenceMs,
          }),
          onDone: { target: 'closing', actions: failWith(3103, 'no keepalive came for too long') },
          onError: { target: 'closing', actions: keepError },
        },
      ],
      on: {
        'rx.hello': { actions: { type: 'refuseSecondHello', params: addressed } },
        'rx.echo': {
          actions: { type: 'echo', params: (args) => ({ ...addressed(args), data: args.event.data }) },
        },
        'rx.echo-c': {
          actions: [
            { type: 'echo', params: (args) => ({ ...addressed(args), data: args.event.data }) },
            'noteKeepalive',
          ],
        },
        'rx.syn_i_w_m_p': { actions: 'relayToIntegrity' },
        'rx.syn_i_w_m': { actions: 'relayToIntegrity' },
        'rx.syn_i_w_m_e': { actions: 'relayToIntegrity' },
        'rx.syn_i_w_m_r': { actions: 'relayToIntegrity' },
        'rx.cancel_task': [{ guard: 'isOfRequest', ...handToRequests }, { actions: 'relayToIntegrity' }],
        'cancel.unclaimed': { actions: 'cancelTransfer' },
        'integrity.published': { actions: 'relayToIntegrity' },
        'rx.syn_a_w_m_p': { actions: 'relayToAgentInfo' },
        'rx.syn_a_w_m': { actions: 'relayToAgentInfo' },
        'groups.published': { actions: 'relayToGroups' },
        'rx.syn_w_g_c': { actions: 'relayToGroups' },
        'rx.syn_w_g_e': { actions: 'relayToGroups' },
        'rx.syn_w_g_err': { actions: 'relayToGroups' },
        'rx.syn_wgc_e': { actions: 'relayToGroups' },
        'rx.syn_wgc_err': { actions: 'relayToGroups' },
        'groups.sent': { actions: { type: 'reportGroups', params: ({ event }) => event } },
        'rx.new_file': { actions: 'relayToTransfers' },
        'rx.file_end': { actions: 'relayToTransfers' },
        'rx.new_str': { actions: 'relayToTransfers' },
        'rx.err_str': { actions: 'relayToTransfers' },
        'rx.get_nodes': { actions: answer },
        'rx.get_health': { actions: answer },
        'rx.get_files': { actions: answer },
        'rx.dapi_clus': { actions: answer },
        'rx.dapi': handToRequests,
        'rx.dapi_res': handToRequests,
        'rx.dapi_err': handToRequests,
        'rx.sendsync': handToRequests,
        'rx.sendsyn_err': handToRequests,
      },
      initial: 'asking',
      states: {
        asking: {
          invoke: {
            id: 'keepaliveSender',
            src: 'keepaliveSender',
            input: ({ context: { connectionId, settings } }) => ({
              connectionId,
              intervalMs: settings.keepaliveIntervalMs,
              maxFailures: settings.maxFailedKeepalives,
            }),
            onDone: {
              target: '#serverHandler.closing',
              actions: failWith(3103, 'the worker does not answer keepalives'),
            },
            onError: { target: '#serverHandler.closing', actions: keepError },
          },
        },
        // It may work for long without looking at what comes: nothing is sent that it could leave unanswered.
        listening: {},
      },
    },
    closing: {
      // The first reason is the one that counts.
      on: { shutdown: {}, 'session.evicted': {} },
      entry: {
        type: 'closeLink',
        params: ({ context: { connectionId, failure } }) => ({ connectionId, failure }),
      },
      after: { closeTimeout: 'closed' },
    },
    refused: { type: 'final' },
    closed: { entry: 'logDisconnected', type: 'final' },
  },
});
