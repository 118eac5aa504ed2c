import { fromPromise } from 'xstate';
import type { GroupsSent } from '../../../machines/agent-groups/broadcast-types.ts';
import { keepaliveMonitorMachine } from '../../../machines/connection/keepalive-monitor.ts';
import { keepaliveSenderMachine } from '../../../machines/connection/keepalive-sender.ts';
import { serverHandlerMachine, type Worker } from '../../../machines/connection/server-handler.ts';
import { UNKNOWN } from '../../../machines/failure.ts';
import type { ArgsOf, CommandName } from '../../protocol/commands.ts';
import { MusterError } from '../../protocol/errors.ts';
import type { NodeRequests } from '../dapi/node-requests.ts';
import { pruneIncoming } from '../node-transfers.ts';
import type { NodeServices } from '../services.ts';
import type { Transfers } from '../transfers/index.ts';
import type { MasterAgentGroups } from './agent-groups-master.ts';
import { masterAgentInfo } from './agent-info-master.ts';
import { asError, fromWire, told } from './failures.ts';
import { groupsEvent } from './groups-broadcast.ts';
import { integrityServer } from './integrity-server.ts';
import { link } from './link.ts';
import { clusterAnswers } from './queries.ts';
import { refusedRequests } from './refused-requests.ts';
import type { RejectionLog } from './rejection-log.ts';
import { featuresWith, KEEPALIVE_TEXT } from './session.ts';

const seconds = (timeMs: number) => `${Math.round(timeMs / 1000)}`;

/**
 * A worker that did what no worker does: a token of another key, a frame that is none, one token of ours behind others,
 * more than is allowed, no end.
 */
const VIOLATIONS: ReadonlySet<number> = new Set([3025, 3100, 3104, 3113, 3127]);

/** Requests whose arguments are of no concern to the handler itself. */
const PLAIN: readonly CommandName[] = [
  'echo',
  'echo-c',
  'syn_i_w_m_p',
  'syn_i_w_m',
  'syn_i_w_m_e',
  'syn_a_w_m_p',
  'syn_a_w_m',
  'new_file',
  'file_end',
  'new_str',
  'err_str',
  'get_nodes',
  'get_health',
  'get_files',
  'dapi_clus',
];
/** What those who work on requests, or wait for answers, are handed whole. */
const HANDED: readonly CommandName[] = ['dapi', 'dapi_res', 'dapi_err', 'sendsync', 'sendsyn_err'];

/** What decides about newcomers, and tells of those that were turned away. */
export interface Admission {
  claim(worker: Worker): void;
  release(connectionId: number): void;
  rejections: RejectionLog;
}

/** Who collects agent-groups, and hears who is there to be sent them. */
export interface GroupsMembership {
  join(connectionId: number): void;
  leave(connectionId: number): void;
  sent(event: GroupsSent): void;
}

/** What the handlers of one master share. */
export interface ServerHandlerParts {
  readonly admission: Admission;
  readonly membership: GroupsMembership;
  readonly groups: MasterAgentGroups;
  readonly requests: NodeRequests;
}

/** The master's side of a connection, with its effects. */
export function serverHandler(
  services: NodeServices,
  transfers: Transfers,
  { admission, membership, groups, requests }: ServerHandlerParts,
) {
  const { channels, config, status } = services;
  const requestTimeoutMs = config.intervals.communication.timeoutClusterRequestMs;
  const nameOf = (connectionId: number) =>
    status.workers.get(connectionId)?.name ?? `connection ${connectionId}`;
  const workerLog = (connectionId: number, subtag: string) =>
    services.log.tagged(`Worker ${nameOf(connectionId)}`, subtag);
  const answers = clusterAnswers(services);

  const toEvent = (connectionId: number, counter: number, command: CommandName, args: never) => {
    if (PLAIN.includes(command)) {
      noteWhatIsTold(connectionId, command, args);
      return { type: `rx.${command}`, counter, ...(args as object) };
    }
    if (command === 'hello') {
      const hello: ArgsOf<'hello'> = args;
      const { peer, traits } = channels.get(connectionId);
      const worker: Worker = {
        connectionId,
        name: hello.name,
        cluster: hello.cluster,
        protocol: hello.protocol,
        node: hello.node,
        session: hello.session,
        version: hello.version,
        wantsOurs: traits.wantsOurs,
        release: traits.hasRelease ? hello.version : null,
        answersKeepalives: traits.answersKeepalives,
        provenName: peer.nodeName,
      };
      return { type: 'rx.hello', counter, worker };
    }
    if (HANDED.includes(command)) return requests.hear(counter, command, args);
    if (command === 'cancel_task') {
      const { task, error }: ArgsOf<'cancel_task'> = args;
      return Object.assign(requests.hear(counter, command, args), { task, error: fromWire(error) });
    }
    if (command === 'syn_i_w_m_r') {
      const { task, error }: ArgsOf<'syn_i_w_m_r'> = args;
      return { type: `rx.${command}`, counter, task, error: fromWire(error) };
    }
    return groupsEvent(counter, command, args);
  };
  const noteWhatIsTold = (connectionId: number, command: CommandName, args: never) => {
    const worker = status.workers.get(connectionId);
    if (worker === undefined) return;
    if (command === 'echo-c') worker.lastKeepalive = new Date(services.clock.now()).toISOString();
    if (command === 'syn_i_w_m_p') worker.digest = (args as ArgsOf<'syn_i_w_m_p'>).digest;
  };

  return serverHandlerMachine.provide({
    actors: {
      link: link(services, {
        awaitsHello: true,
        toEvent,
        onRefused: refusedRequests(services, { log: services.log.tagged('Master', 'Main'), nameOf }),
        onClosed: (connectionId) => {
          admission.release(connectionId);
          membership.leave(connectionId);
          requests.connectionClosed(connectionId, nameOf(connectionId));
          status.workers.delete(connectionId);
        },
      }),
      transfers: transfers.transfers,
      integrity: integrityServer(services, transfers),
      agentInfo: masterAgentInfo(services, transfers),
      groups: groups.broadcast,
      keepaliveMonitor: keepaliveMonitorMachine.provide({
        actions: {
          logSilent: ({ context: { connectionId, maxSilenceMs } }) =>
            workerLog(connectionId, 'Keep alive').error(
              `No keep alives have been received from ${nameOf(connectionId)} in the last ${seconds(maxSilenceMs)}s. Disconnecting.`,
            ),
        },
      }),
      keepaliveSender: keepaliveSenderMachine.provide({
        actors: {
          sendKeepalive: fromPromise<void, { connectionId: number }>(async ({ input, signal }) => {
            await channels
              .get(input.connectionId)
              .request('echo-m', { data: KEEPALIVE_TEXT }, { timeoutMs: requestTimeoutMs, signal });
          }),
        },
        actions: {
          logAnswered: ({ context }) =>
            workerLog(context.connectionId, 'Keep alive').debug('The worker answered a keep alive.'),
          logUnanswered: ({ context }) =>
            workerLog(context.connectionId, 'Keep alive').error(
              `Error sending keep alive: ${context.failure?.message}`,
            ),
          logLost: ({ context }) =>
            workerLog(context.connectionId, 'Keep alive').error(
              'Maximum number of failed keep alives reached. Disconnecting.',
            ),
        },
      }),
    },
    actions: {
      claimSession: ({ context }) => {
        if (context.worker !== null) admission.claim(context.worker);
      },
      welcome: (_, { connectionId, counter, protocol, worker }) => {
        if (worker === null) return;
        const channel = channels.get(connectionId);
        const now = new Date(services.clock.now()).toISOString();
        status.workers.set(connectionId, {
          name: worker.name,
          version: worker.version,
          address: channel.peer.address,
          connectedAt: now,
          lastKeepalive: now,
          digest: null,
          found: null,
          isSyncing: false,
          lastCheck: null,
          lastSync: null,
          clockBehindS: 0,
          isSyncingAgents: false,
          lastAgentInfo: null,
          lastGroups: null,
          lastAllGroups: null,
        });
        pruneIncoming(services, transfers, worker.name);
        channel.authorize();
        channel.reply<'hello'>(counter, {
          name: config.nodeName,
          version: services.version,
          protocol,
          features: featuresWith(services.store.kind),
          ...(services.store.storeId !== null && { agent_store: services.store.storeId }),
        });
      },
      refuseHello: (_, { connectionId, counter, failure }) =>
        channels.find(connectionId)?.fail(counter, asError(failure)),
      closeLink: (_, { connectionId, failure }) =>
        channels.find(connectionId)?.close(failure && asError(failure)),
      refuseSecondHello: (_, { connectionId, counter }) =>
        channels.find(connectionId)?.fail(counter, new MusterError(3100, 'hello was said already')),
      echo: (_, { connectionId, counter, data }) =>
        channels.find(connectionId)?.reply<'echo'>(counter, { data }),
      answerQuery: (_, { connectionId, counter, query, event }) =>
        answers(connectionId, counter, query, event),
      handToRequests: ({ event }, { connectionId }) => requests.take(connectionId, event),
      joinGroups: (_, { connectionId }) => membership.join(connectionId),
      reportGroups: (_, event) => membership.sent(event),
      logConnected: ({ context: { connectionId, worker } }) =>
        workerLog(connectionId, 'Main').info(
          `Connected from ${channels.find(connectionId)?.peer.address}, version ${worker?.version}.`,
        ),
      logRefused: ({ context: { remote, worker, failure } }) =>
        admission.rejections.note(`Refused ${worker?.name ?? 'a node'} at ${remote}`, failure ?? UNKNOWN),
      logDisconnected: ({ context: { worker, remote, failure } }) => {
        if (worker === null) {
          admission.rejections.note(
            `Error during handshake with incoming connection from ${remote}`,
            failure ?? { code: 3103, message: 'it closed the connection before it said hello' },
          );
        } else {
          const workerMain = services.log.tagged(`Worker ${worker.name}`, 'Main');
          if (failure === null) workerMain.info('Disconnected');
          else
            workerMain[VIOLATIONS.has(failure.code) ? 'warning' : 'info'](`Disconnected: ${told(failure)}`);
        }
      },
    },
  });
}
