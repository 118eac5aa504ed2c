import type { AnyActorRef, EventObject } from 'xstate';
import { admissionMachine } from '../../machines/connection/admission.ts';
import type { ServerHandlerInput } from '../../machines/connection/server-handler.ts';
import { periodicMachine } from '../../machines/periodic.ts';
import { child } from '../../machines/supervision/children.ts';
import { createDynamicSupervisor } from '../../machines/supervision/dynamic-supervisor.ts';
import { link } from '../../machines/supervision/link.ts';
import { toEveryChild } from '../../machines/supervision/messages.ts';
import { createSupervisor } from '../../machines/supervision/supervisor.ts';
import { MAX_UNADMITTED } from '../transport/limits.ts';
import type { Transport } from '../transport/transport.ts';
import { registryChild, silentAgentsChild, storeChild } from './agent-children.ts';
import { masterAgentGroups } from './effects/agent-groups-master.ts';
import { listener } from './effects/listener.ts';
import { localIntegrity } from './effects/local-integrity.ts';
import { RejectionLog } from './effects/rejection-log.ts';
import { serverHandler } from './effects/server-handler.ts';
import { PROTOCOL_VERSIONS } from './effects/session.ts';
import { localChildren } from './local-children.ts';
import { registrationChild } from './registration-child.ts';
import { nodeRequests, requestsChild } from './requests-child.ts';
import type { NodeServices } from './services.ts';
import { INTEGRITY_RETRY_MS, serverSettings } from './settings.ts';
import { spoolSweep } from './spool-sweep.ts';
import { MAX_CHILD_END_MS, MAX_START_MS, RESTARTS, supervisionEffects } from './supervision.ts';
import type { Transfers } from './transfers/index.ts';

/** The tree of a master: who starts before whom, who falls with whom. Specification: Architecture, Master. */
export function masterTree(
  services: NodeServices,
  transfers: Transfers,
  transport: Transport,
  root: () => AnyActorRef,
) {
  const { config, status, index } = services;
  const tell = (name: string, event: EventObject) =>
    root().send({ type: 'supervisor.send', child: name, event });
  const tellHandler = (connectionId: number, event: EventObject) =>
    tell('connections', { type: 'dynamic.send', child: connectionId, event } as EventObject);
  const admission = admissionMachine.provide({
    actions: {
      grant: (_, { claim, protocol }) =>
        tellHandler(claim.connectionId, {
          type: 'session.granted',
          protocol,
          acknowledgedGroups: groups.acknowledgedBy(claim.name),
        } as EventObject),
      refuse: (_, { claim, failure }) =>
        tellHandler(claim.connectionId, { type: 'session.refused', failure } as EventObject),
      evict: (_, { connectionId }) => tellHandler(connectionId, { type: 'session.evicted' }),
    },
  });
  const log = services.log.tagged('Master', 'Main');
  const rejections = new RejectionLog(services.clock, (line) => log.warning(line));
  const broadcast = (event: EventObject) => tell('connections', toEveryChild(event));
  const groups = masterAgentGroups(services, transfers, (version) =>
    broadcast({ type: 'groups.published', version } as EventObject),
  );
  const requests = nodeRequests(services, transfers, root);
  const handler = serverHandler(services, transfers, {
    admission: {
      rejections,
      claim: (claim) => tell('admission', { type: 'session.claim', claim } as EventObject),
      release: (connectionId) => tell('admission', { type: 'session.release', connectionId } as EventObject),
    },
    membership: {
      join: (connectionId) => tell('agentGroups', { type: 'worker.joined', connectionId } as EventObject),
      leave: (connectionId) => tell('agentGroups', { type: 'worker.left', connectionId } as EventObject),
      sent: (event) => tell('agentGroups', event),
    },
    groups,
    requests,
  });
  const settings = serverSettings(config);
  const publish = (digest: string) => broadcast({ type: 'integrity.published', digest } as EventObject);
  const port = listener(services, {
    transport,
    tag: 'Master',
    servesWazuh4: config.dialect !== 'muster',
    rejections,
    adopt: (connectionId, remote, handshakeMs) => {
      const input: ServerHandlerInput = {
        connectionId,
        remote,
        handshakeMs,
        settings,
        publishedDigest: index.digest === '' ? null : index.digest,
        groupsVersion: groups.version(),
      };
      tell('connections', { type: 'dynamic.start', child: connectionId, input } as EventObject);
    },
    onListening: (address) => {
      status.address = address;
    },
    ready: () => root().send({ type: 'supervisor.ready', child: 'listener' }),
  });

  return createSupervisor({
    id: 'master',
    strategy: 'rest_for_one',
    ...RESTARTS,
    effects: supervisionEffects(services, 'Master'),
    children: [
      storeChild(services, {
        ready: () => root().send({ type: 'supervisor.ready', child: 'agentStore' }),
        groupsChanged: () => tell('agentGroups', { type: 'groups.changed' }),
      }),
      child({
        id: 'agentGroups',
        logic: link(groups.collect),
        input: {
          startDelayMs: config.intervals.master.agentGroupStartDelayMs,
          intervalMs: config.intervals.master.syncAgentGroupsMs,
        },
        restart: 'permanent',
        shutdownMs: 0,
      }),
      registryChild(services),
      silentAgentsChild(services),
      child({
        id: 'admission',
        logic: link(admission),
        input: {
          masterName: config.nodeName,
          cluster: config.clusterName,
          protocol: PROTOCOL_VERSIONS,
          release: config.compatibleVersion,
          maxSessions: config.connection.maxConnections,
        },
        restart: 'permanent',
        shutdownMs: 0,
      }),
      requestsChild(services, requests),
      child({
        id: 'connections',
        logic: createDynamicSupervisor({
          id: 'connections',
          logic: link(handler),
          // Strangers must not take the places of workers, which admission counts.
          maxChildren: config.connection.maxConnections + MAX_UNADMITTED,
          shutdownMs: MAX_CHILD_END_MS,
          effects: supervisionEffects(services, 'Master'),
        }),
        restart: 'permanent',
        shutdownMs: Number.POSITIVE_INFINITY,
      }),
      child({
        id: 'localIntegrity',
        logic: link(
          periodicMachine.provide({
            actors: { task: localIntegrity(services, publish) as never },
            actions: { refuseRelayed: () => {} },
          }),
        ),
        input: {
          task: {},
          intervalMs: config.intervals.master.recalculateIntegrityMs,
          retryMs: INTEGRITY_RETRY_MS,
        },
        restart: 'permanent',
        shutdownMs: 0,
      }),
      spoolSweep(services, transfers),
      ...localChildren(services, transfers, requests, tell, () =>
        root().send({ type: 'supervisor.ready', child: 'localListener' }),
      ),
      child({
        id: 'listener',
        logic: link(port),
        input: { name: 'cluster', handlers: 'connections' },
        restart: 'permanent',
        shutdownMs: MAX_CHILD_END_MS,
        awaitReadyMs: MAX_START_MS,
      }),
      registrationChild(services, {
        ready: () => root().send({ type: 'supervisor.ready', child: 'registration' }),
        forward: null,
      }),
    ],
  });
}
