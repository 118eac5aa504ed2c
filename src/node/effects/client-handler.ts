import { type AnyActorLogic, fromPromise } from 'xstate';
import { clientHandlerMachine, type Welcome } from '../../../machines/connection/client-handler.ts';
import { keepaliveMonitorMachine } from '../../../machines/connection/keepalive-monitor.ts';
import { keepaliveSenderMachine } from '../../../machines/connection/keepalive-sender.ts';
import { periodicMachine } from '../../../machines/periodic.ts';
import type { ArgsOf, CommandName } from '../../protocol/commands.ts';
import { NODE_NAME } from '../../protocol/commands.ts';
import { MusterError } from '../../protocol/errors.ts';
import { MAX_NODE_NAME_CHARS } from '../../protocol/limits.ts';
import { hostPort } from '../../transport/addresses.ts';
import type { NodeRequests } from '../dapi/node-requests.ts';
import { pruneIncoming } from '../node-transfers.ts';
import type { NodeServices } from '../services.ts';
import type { Transfers } from '../transfers/index.ts';
import { noteGreeting } from '../wazuh4/dialect-memory.ts';
import { workerAgentGroups } from './agent-groups-worker.ts';
import { agentInfoEvent, workerAgentInfo } from './agent-info-worker.ts';
import { fromWire, told } from './failures.ts';
import { workerIntegrity } from './integrity-worker.ts';
import { link } from './link.ts';
import { clusterAnswers } from './queries.ts';
import { refusedRequests } from './refused-requests.ts';
import { FEATURES, KEEPALIVE_TEXT, PROTOCOL_VERSIONS } from './session.ts';

const PLAIN: readonly CommandName[] = [
  'echo',
  'echo-m',
  'syn_i_m_w',
  'syn_m_c_ok',
  'syn_m_c',
  'syn_g_m_w',
  'syn_g_m_w_c',
  'new_file',
  'file_end',
  'new_str',
  'err_str',
  'get_files',
];
/** What those who work on requests, or wait for answers, are handed whole. */
const HANDED: readonly CommandName[] = ['dapi', 'dapi_res', 'dapi_err', 'sendsyn_res', 'sendsyn_err'];

const eventsBy =
  ({ channels }: NodeServices, requests: NodeRequests) =>
  (connectionId: number, counter: number, command: CommandName, args: never) => {
    if (PLAIN.includes(command)) return { type: `rx.${command}`, counter, ...(args as object) };
    if (HANDED.includes(command)) return requests.hear(counter, command, args);
    if (command === 'syn_m_c_e') {
      const { task, file, error }: ArgsOf<'syn_m_c_e'> = args;
      const { awaitsOutcome } = channels.get(connectionId).traits;
      const failure = error === null ? null : fromWire(error);
      return { type: 'rx.syn_m_c_e', counter, task, file, error: failure, awaitsOutcome };
    }
    if (command === 'bye') {
      const { error }: ArgsOf<'bye'> = args;
      return { type: 'rx.bye', counter, error: fromWire(error) };
    }
    if (command === 'cancel_task') {
      const { task, error }: ArgsOf<'cancel_task'> = args;
      return Object.assign(requests.hear(counter, command, args), { task, error: fromWire(error) });
    }
    return agentInfoEvent(counter, command, args);
  };

/** Not a fault: somebody told the node, or its master, to stop. */
const SHUTTING_DOWN = 3125;

/** Who says nothing does not say who it is. */
function withAddress(error: unknown, where: string): unknown {
  const { code, detail } = MusterError.from(error);
  return code === 3020 ? new MusterError(code, `${detail}, from ${where}`, { cause: error }) : error;
}

/** The worker's side of its connection, with its effects. */
export function clientHandler(services: NodeServices, transfers: Transfers, requests: NodeRequests) {
  const { channels, config, status, identity } = services;
  const requestTimeoutMs = config.intervals.communication.timeoutClusterRequestMs;
  const where = hostPort(config.masterAddress);
  const tag = `Worker ${config.nodeName}`;
  const log = services.log.tagged(tag, 'Main');
  const keepaliveLog = services.log.tagged(tag, 'Keep Alive');
  const answers = clusterAnswers(services);
  /** One process after the other; what the master says between two of them is refused. */
  const rounds = (task: AnyActorLogic) =>
    periodicMachine.provide({
      actors: { task: task as never },
      actions: {
        refuseRelayed: ({ context, event }) => {
          const { connectionId } = context.task as { connectionId: number };
          services.refuseTask(connectionId, (event as unknown as { counter: number }).counter);
        },
      },
    });

  return clientHandlerMachine.provide({
    actors: {
      link: link(services, {
        awaitsHello: false,
        toEvent: eventsBy(services, requests),
        onRefused: refusedRequests(services, { log, nameOf: () => status.master?.name ?? 'the master' }),
        onClosed: (connectionId) => {
          requests.connectionClosed(connectionId, status.master?.name ?? 'the master');
          // Another connection may have taken its place before the system told of the end of this one.
          if (channels.master() === undefined) status.master = null;
        },
      }),
      greet: fromPromise<Welcome, { connectionId: number }>(async ({ input, signal }) => {
        const channel = channels.get(input.connectionId);
        const greeting = channel.request(
          'hello',
          {
            name: config.nodeName,
            cluster: config.clusterName,
            type: 'worker',
            version: services.version,
            protocol: PROTOCOL_VERSIONS,
            features: [...FEATURES],
            node: identity.node,
            session: identity.nextSession(),
          },
          { timeoutMs: requestTimeoutMs, signal },
        );
        noteGreeting(services.dialectMemory, channel.speaks, greeting);
        let welcomed: Awaited<typeof greeting>;
        try {
          welcomed = await greeting;
        } catch (error) {
          // Here, and not by `greeting.catch`: a step later the end of the connection would be heard before its reason.
          throw withAddress(error, where);
        }
        const { name, version, protocol, features, agent_store: agentStoreId = null } = welcomed;
        channel.features = features;
        channel.agentStoreId = agentStoreId;
        const { namesMaster, sendsKeepalives } = channel.traits;
        const welcome = { version, protocol, sendsKeepalives };
        if (namesMaster) return { ...welcome, name };
        const options = { timeoutMs: requestTimeoutMs, signal };
        const { items } = await channel.request('get_nodes', { filter_type: 'master', limit: 1 }, options);
        return { ...welcome, name: nodeNamed(items[0]?.name ?? name) };
      }),
      transfers: transfers.transfers,
      integrity: rounds(workerIntegrity(services, transfers)),
      agentInfo: rounds(workerAgentInfo(services, transfers)),
      groups: workerAgentGroups(services, transfers),
      keepaliveSender: keepaliveSenderMachine.provide({
        actors: {
          sendKeepalive: fromPromise<void, { connectionId: number }>(async ({ input, signal }) => {
            await channels
              .get(input.connectionId)
              .request('echo-c', { data: KEEPALIVE_TEXT }, { timeoutMs: requestTimeoutMs, signal });
            status.lastKeepalive = new Date(services.clock.now()).toISOString();
          }),
        },
        actions: {
          logAnswered: () => keepaliveLog.info(`Successful response from master: ${KEEPALIVE_TEXT}`),
          logUnanswered: ({ context }) =>
            keepaliveLog.error(`Error sending keep alive: ${context.failure?.message}`),
          logLost: () => keepaliveLog.error('Maximum number of failed keep alives reached. Disconnecting.'),
        },
      }),
      keepaliveMonitor: keepaliveMonitorMachine.provide({
        actions: {
          logSilent: ({ context }) =>
            keepaliveLog.error(
              `No keep alives have been received from the master in the last ${Math.round(context.maxSilenceMs / 1000)}s. Disconnecting.`,
            ),
        },
      }),
    },
    actions: {
      closeLink: (_, { connectionId }) => channels.find(connectionId)?.close(),
      acknowledge: (_, { connectionId, counter }) =>
        channels.find(connectionId)?.reply<'syn_i_m_w'>(counter, {}),
      echo: (_, { connectionId, counter, data }) =>
        channels.find(connectionId)?.reply<'echo'>(counter, { data }),
      answerQuery: (_, { connectionId, counter, query, event }) =>
        answers(connectionId, counter, query, event),
      handToRequests: ({ event }, { connectionId }) => requests.take(connectionId, event),
      logSlow: () =>
        log.info(
          `Waiting for the master at ${where} to answer hello, for at most ${requestTimeoutMs / 1_000} s. If it stays silent, see that it runs, and that nothing else serves this port.`,
        ),
      becomeMastersConnection: ({ context: { connectionId, master, remote } }) => {
        channels.setMaster(connectionId);
        pruneIncoming(services, transfers, config.nodeName);
        status.masterFailure = null;
        if (master !== null) status.master = { name: master.name, version: master.version, address: remote };
      },
      // The connector says what became of an attempt.
      noteMasterLost: ({ context: { master, failure } }) => {
        if (master === null) return;
        status.masterFailure = {
          ...(failure ?? { code: 3103, message: 'the master closed the connection' }),
          at: new Date(services.clock.now()).toISOString(),
        };
      },
      logConnected: ({ context: { connectionId, master, remote } }) => {
        const called = channels.find(connectionId)?.traits.called ?? '';
        log.info(`Successfully connected to master ${master?.name} at ${remote}${called}.`);
      },
      logDisconnected: ({ context: { master, goodbye, failure } }) => {
        if (master === null) return;
        if (goodbye !== null && failure === goodbye) {
          const level = goodbye.code === SHUTTING_DOWN ? 'info' : 'error';
          log[level](`The master ended the connection: ${told(goodbye)}`);
        } else if (failure === null) log.info('The master closed the connection.');
        else if (failure.code === SHUTTING_DOWN) log.info('Left the master: this node is stopping.');
        else log.error(`Connection with the master ended: ${told(failure)}`);
      },
    },
  });
}

/** The name of a master of Wazuh 4.x, which its dialect does not look at. Throws 3105 for one that no node may have. */
function nodeNamed(name: string): string {
  if (!NODE_NAME.test(name))
    throw new MusterError(
      3105,
      `the master calls itself ${JSON.stringify(name.slice(0, MAX_NODE_NAME_CHARS))}`,
    );
  return name;
}
