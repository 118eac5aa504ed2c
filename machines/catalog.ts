import type { AnyStateMachine } from 'xstate';
import { groupsBroadcastMachine } from './agent-groups/broadcast.ts';
import { groupsCollectMachine } from './agent-groups/collect.ts';
import { groupsFollowMachine } from './agent-groups/follow.ts';
import { mismatchCounterMachine } from './agent-groups/mismatch-counter.ts';
import { groupsOverwriteMachine } from './agent-groups/overwrite.ts';
import { groupsReceiveMachine } from './agent-groups/receive.ts';
import { groupsSendMachine } from './agent-groups/send.ts';
import { agentInfoReceiveMachine } from './agent-info/receive.ts';
import { agentInfoSendMachine } from './agent-info/send.ts';
import { agentStoreMachine } from './agent-store.ts';
import { conformAgentGroupsMachine } from './conformance/agent-groups.ts';
import { conformAgentInfoMachine } from './conformance/agent-info.ts';
import { conformFilesMachine } from './conformance/files.ts';
import { conformHelloMachine } from './conformance/hello.ts';
import { conformIntegrityMachine } from './conformance/integrity.ts';
import { conformRequestsMachine } from './conformance/requests.ts';
import { conformSessionMachine } from './conformance/session.ts';
import { conformSetsMachine } from './conformance/sets.ts';
import { conformSilenceMachine } from './conformance/silence.ts';
import { conformStringsMachine } from './conformance/strings.ts';
import { conformUnfinishedMachine } from './conformance/unfinished.ts';
import { conformWorkerAgentGroupsMachine } from './conformance/worker-agent-groups.ts';
import { conformWorkerAgentInfoMachine } from './conformance/worker-agent-info.ts';
import { conformWorkerHelloMachine } from './conformance/worker-hello.ts';
import { conformWorkerIntegrityMachine } from './conformance/worker-integrity.ts';
import { conformWorkerKeepaliveMachine } from './conformance/worker-keepalive.ts';
import { conformWorkerRequestsMachine } from './conformance/worker-requests.ts';
import { conformWorkerRoundsMachine } from './conformance/worker-rounds.ts';
import { conformWorkerSessionMachine } from './conformance/worker-session.ts';
import { conformWorkerSetsMachine } from './conformance/worker-sets.ts';
import { conformWorkerSilenceMachine } from './conformance/worker-silence.ts';
import { conformWorkerSilentAgentsMachine } from './conformance/worker-silent-agents.ts';
import { conformWorkerSilentRoundsMachine } from './conformance/worker-silent-rounds.ts';
import { admissionMachine } from './connection/admission.ts';
import { clientHandlerMachine } from './connection/client-handler.ts';
import { connectorMachine } from './connection/connector.ts';
import { keepaliveMonitorMachine } from './connection/keepalive-monitor.ts';
import { keepaliveSenderMachine } from './connection/keepalive-sender.ts';
import { listenerMachine } from './connection/listener.ts';
import { localHandlerMachine } from './connection/local-handler.ts';
import { localRequestMachine } from './connection/local-request.ts';
import { serverHandlerMachine } from './connection/server-handler.ts';
import { dapiPartMachine } from './dapi/part.ts';
import { dapiQueueMachine } from './dapi/queue.ts';
import { dapiRequestMachine } from './dapi/request.ts';
import { applyMachine } from './integrity/apply.ts';
import { checkMachine } from './integrity/check.ts';
import { integrityServerMachine } from './integrity/integrity-server.ts';
import { localIntegrityMachine } from './integrity/local-integrity.ts';
import { packageLimitMachine } from './integrity/package-limit.ts';
import { permissionMachine } from './integrity/permission.ts';
import { serveMachine } from './integrity/serve.ts';
import { periodicMachine } from './periodic.ts';
import { registrationMachine } from './registration.ts';
import { sendsyncRequestMachine } from './sendsync/request.ts';
import { supervisorMachine } from './supervision/chart.ts';
import { fileReceiveMachine } from './transfer/file-receive.ts';
import { fileSendMachine } from './transfer/file-send.ts';
import { stringReceiveMachine } from './transfer/string-receive.ts';
import { stringSendMachine } from './transfer/string-send.ts';
import { transfersMachine } from './transfer/transfers.ts';

export interface CatalogEntry {
  /** Name of its picture, and of its page in the documents. */
  readonly id: string;
  /** What it is, for people. */
  readonly title: string;
  /** Where it runs: on one kind of node, on both, for a local client of either; or in no node: in a peer that tests one. */
  readonly side: 'master' | 'worker' | 'both' | 'local' | 'peer';
  /** The part of the specification that it implements. */
  readonly section: string;
  readonly machine: AnyStateMachine;
}

/** Every machine there is. Diagrams, tests and the live view take them from here. */
export const catalog: readonly CatalogEntry[] = [
  {
    id: 'supervisor',
    title: 'Supervisor of a fixed set of children',
    side: 'both',
    section: 'Architecture overview, Workflow',
    machine: supervisorMachine,
  },
  {
    id: 'periodic',
    title: 'Task that runs over and over',
    side: 'both',
    section: 'Workflow, Threads',
    machine: periodicMachine,
  },
  {
    id: 'listener',
    title: 'Open port',
    side: 'both',
    section: 'Code structure',
    machine: listenerMachine,
  },
  {
    id: 'admission',
    title: 'Who may join: one live session a name',
    side: 'master',
    section: 'Protocols, Wazuh cluster protocol, hello',
    machine: admissionMachine,
  },
  {
    id: 'server-handler',
    title: "The master's side of one connection",
    side: 'master',
    section: 'Code structure; Protocols',
    machine: serverHandlerMachine,
  },
  {
    id: 'connector',
    title: 'Keeps a worker connected',
    side: 'worker',
    section: 'Threads, Keep alive thread',
    machine: connectorMachine,
  },
  {
    id: 'client-handler',
    title: "The worker's side of its connection",
    side: 'worker',
    section: 'Code structure; Protocols',
    machine: clientHandlerMachine,
  },
  {
    id: 'keepalive-sender',
    title: 'Sends keepalives',
    side: 'both',
    section: 'Threads, Keep alive thread',
    machine: keepaliveSenderMachine,
  },
  {
    id: 'keepalive-monitor',
    title: 'Listens for keepalives',
    side: 'both',
    section: 'Threads, Keep alive thread',
    machine: keepaliveMonitorMachine,
  },
  {
    id: 'local-handler',
    title: 'One client of the local socket',
    side: 'local',
    section: 'Protocols, Local protocol',
    machine: localHandlerMachine,
  },
  {
    id: 'local-request',
    title: 'One request of a local client',
    side: 'local',
    section: 'Protocols, Local protocol',
    machine: localRequestMachine,
  },
  {
    id: 'local-integrity',
    title: "One scan of the master's own files",
    side: 'master',
    section: 'Threads, Local integrity thread',
    machine: localIntegrityMachine,
  },
  {
    id: 'integrity-server',
    title: 'The integrity of one worker, as its master keeps it',
    side: 'master',
    section: 'Threads, Integrity thread, stages 1 to 3',
    machine: integrityServerMachine,
  },
  {
    id: 'integrity-permission',
    title: "The lock of a worker's integrity process",
    side: 'master',
    section: 'Threads, Integrity thread, stage 1',
    machine: permissionMachine,
  },
  {
    id: 'integrity-check',
    title: 'One integrity round, as the worker sees it',
    side: 'worker',
    section: 'Threads, Integrity thread, stages 1 and 2',
    machine: checkMachine,
  },
  {
    id: 'integrity-serve',
    title: 'One integrity round, as the master sees it',
    side: 'master',
    section: 'Threads, Integrity thread, stages 2 and 3',
    machine: serveMachine,
  },
  {
    id: 'integrity-apply',
    title: 'Receives, stages and applies what a worker lacks',
    side: 'worker',
    section: 'Threads, Integrity thread, stage 4',
    machine: applyMachine,
  },
  {
    id: 'package-limit',
    title: 'How much one round may carry',
    side: 'master',
    section: 'Threads, Integrity thread, last paragraph',
    machine: packageLimitMachine,
  },
  {
    id: 'agent-store',
    title: 'The agent store of a node',
    side: 'both',
    section: 'Threads, Agent info thread and Local agent-groups thread',
    machine: agentStoreMachine,
  },
  {
    id: 'registration',
    title: 'The registration of agents at a node',
    side: 'both',
    section: 'Protocols, Sendsync',
    machine: registrationMachine,
  },
  {
    id: 'agent-info-send',
    title: 'One agent-info round of a worker',
    side: 'worker',
    section: 'Threads, Agent info thread, stages 1 to 3',
    machine: agentInfoSendMachine,
  },
  {
    id: 'agent-info-receive',
    title: 'The agent-info processes of one worker, and their lock',
    side: 'master',
    section: 'Threads, Agent info thread, stages 1 and 4',
    machine: agentInfoReceiveMachine,
  },
  {
    id: 'groups-collect',
    title: 'New agent-groups, until all workers were sent them',
    side: 'master',
    section: 'Threads, Local agent-groups thread',
    machine: groupsCollectMachine,
  },
  {
    id: 'groups-broadcast',
    title: 'The agent-groups of one worker, as its master sees it',
    side: 'master',
    section: 'Threads, Agent groups send thread, stages 1 and 5',
    machine: groupsBroadcastMachine,
  },
  {
    id: 'groups-send',
    title: 'Sends agent-groups to one worker: what changed, or all',
    side: 'master',
    section: 'Threads, Agent groups send thread, stages 1 and 5',
    machine: groupsSendMachine,
  },
  {
    id: 'groups-follow',
    title: 'A worker keeps its agent-groups like the master’s',
    side: 'worker',
    section: 'Threads, Agent groups send thread, stages 2 to 6',
    machine: groupsFollowMachine,
  },
  {
    id: 'groups-receive',
    title: 'Writes changed agent-groups, and compares',
    side: 'worker',
    section: 'Threads, Agent groups send thread, stages 2 and 3',
    machine: groupsReceiveMachine,
  },
  {
    id: 'groups-overwrite',
    title: 'Overwrites all agent-groups, and compares again',
    side: 'worker',
    section: 'Threads, Agent groups send thread, stage 6',
    machine: groupsOverwriteMachine,
  },
  {
    id: 'mismatch-counter',
    title: 'Asks for all agent-groups after too many mismatches in a row',
    side: 'worker',
    section: 'Threads, Agent groups send thread, stage 4',
    machine: mismatchCounterMachine,
  },
  {
    id: 'transfers',
    title: 'Everything that one connection receives',
    side: 'both',
    section: 'Protocols, Common messages',
    machine: transfersMachine,
  },
  {
    id: 'dapi-request',
    title: 'One request of the distributed API',
    side: 'both',
    section: 'Distributed API thread; Distributed API requests',
    machine: dapiRequestMachine,
  },
  {
    id: 'dapi-part',
    title: 'What one node has to do for a request',
    side: 'both',
    section: 'Distributed API requests, 4 to 6',
    machine: dapiPartMachine,
  },
  {
    id: 'dapi-queue',
    title: 'Whose turn it is, at each node that requests go to',
    side: 'both',
    section: 'Distributed API requests, 3 and 6',
    machine: dapiQueueMachine,
  },
  {
    id: 'sendsync-request',
    title: 'One message of a worker for a service of the master',
    side: 'master',
    section: 'Sendsync thread',
    machine: sendsyncRequestMachine,
  },
  {
    id: 'file-send',
    title: 'Sends one file',
    side: 'both',
    section: 'Protocols, Common messages: new_file, file_upd, file_end, cancel_task',
    machine: fileSendMachine,
  },
  {
    id: 'file-receive',
    title: 'Receives one file',
    side: 'both',
    section: 'Protocols, Common messages: new_file, file_upd, file_end, cancel_task',
    machine: fileReceiveMachine,
  },
  {
    id: 'string-send',
    title: 'Sends one long string',
    side: 'both',
    section: 'Protocols, Common messages: new_str, str_upd, err_str',
    machine: stringSendMachine,
  },
  {
    id: 'string-receive',
    title: 'Receives one long string',
    side: 'both',
    section: 'Protocols, Common messages: new_str, str_upd, err_str',
    machine: stringReceiveMachine,
  },
  {
    id: 'conform-hello',
    title: 'Who may join, as a peer sees it that tests a master',
    side: 'peer',
    section: 'Protocols, Wazuh cluster protocol, hello',
    machine: conformHelloMachine,
  },
  {
    id: 'conform-session',
    title: 'What a master answers at any time, as a peer sees it',
    side: 'peer',
    section: 'Protocols, Protocol definition, Common messages',
    machine: conformSessionMachine,
  },
  {
    id: 'conform-strings',
    title: 'How a node takes a long string, as its peer sees it',
    side: 'peer',
    section: 'Protocols, Common messages: new_str, str_upd, err_str',
    machine: conformStringsMachine,
  },
  {
    id: 'conform-integrity',
    title: 'The permission and the rounds of a worker, as it sees them that tests its master',
    side: 'peer',
    section: 'Threads, Integrity thread, stages 1 and 2',
    machine: conformIntegrityMachine,
  },
  {
    id: 'conform-sets',
    title: 'What a master sends to a worker, as the worker sees it that tests it',
    side: 'peer',
    section: 'Threads, Integrity thread, stages 2 and 3',
    machine: conformSetsMachine,
  },
  {
    id: 'conform-files',
    title: 'How a node takes a file, as its peer sees it',
    side: 'peer',
    section: 'Protocols, Common messages: new_file, file_upd, file_end, cancel_task',
    machine: conformFilesMachine,
  },
  {
    id: 'conform-agent-info',
    title: 'The agent-info of one worker, as a peer sees it that tests its master',
    side: 'peer',
    section: 'Threads, Agent info thread, stages 1 and 4',
    machine: conformAgentInfoMachine,
  },
  {
    id: 'conform-agent-groups',
    title: 'The agent-groups of one worker, as a peer sees it that tests its master',
    side: 'peer',
    section: 'Threads, Agent groups send thread, stages 1, 5 and 6',
    machine: conformAgentGroupsMachine,
  },
  {
    id: 'conform-requests',
    title: 'Requests and messages for services, as a peer sees them that tests a master',
    side: 'peer',
    section: 'Protocols, Distributed API, Sendsync',
    machine: conformRequestsMachine,
  },
  {
    id: 'conform-unfinished',
    title: 'What a node does with what is begun and never ends, as its peer sees it',
    side: 'peer',
    section: 'Protocols, Common messages',
    machine: conformUnfinishedMachine,
  },
  {
    id: 'conform-silence',
    title: 'What a master does when its worker falls silent, as a peer sees it',
    side: 'peer',
    section: 'Threads, Integrity thread, stages 1 to 3; Keep alive thread',
    machine: conformSilenceMachine,
  },
  {
    id: 'conform-worker-hello',
    title: 'How a worker introduces itself, as a master sees it that tests it',
    side: 'peer',
    section: 'Protocols, Wazuh cluster protocol, hello',
    machine: conformWorkerHelloMachine,
  },
  {
    id: 'conform-worker-session',
    title: 'What a worker answers at any time, as a master sees it',
    side: 'peer',
    section: 'Protocols, Protocol definition, Common messages',
    machine: conformWorkerSessionMachine,
  },
  {
    id: 'conform-worker-keepalive',
    title: 'The keepalives of a worker, as a master sees them that tests it',
    side: 'peer',
    section: 'Threads, Keep alive thread',
    machine: conformWorkerKeepaliveMachine,
  },
  {
    id: 'conform-worker-integrity',
    title: 'How a worker asks for permission, as a master sees it that tests it',
    side: 'peer',
    section: 'Threads, Integrity thread, stage 1',
    machine: conformWorkerIntegrityMachine,
  },
  {
    id: 'conform-worker-rounds',
    title: 'A round of a worker, as a master sees it that tests it',
    side: 'peer',
    section: 'Threads, Integrity thread, stages 2 and 3',
    machine: conformWorkerRoundsMachine,
  },
  {
    id: 'conform-worker-sets',
    title: 'What a worker makes of a set, as a master sees it that tests it',
    side: 'peer',
    section: 'Threads, Integrity thread, stages 3 and 4',
    machine: conformWorkerSetsMachine,
  },
  {
    id: 'conform-worker-agent-info',
    title: 'The agent-info of a worker, as a master sees it that tests it',
    side: 'peer',
    section: 'Threads, Agent info thread, stages 1 to 3',
    machine: conformWorkerAgentInfoMachine,
  },
  {
    id: 'conform-worker-agent-groups',
    title: 'The agent-groups of a worker, as a master sees it that tests it',
    side: 'peer',
    section: 'Threads, Agent groups send thread, stages 2 to 6',
    machine: conformWorkerAgentGroupsMachine,
  },
  {
    id: 'conform-worker-requests',
    title: 'Requests at a worker, and answers that it has not asked for, as a master sees it that tests it',
    side: 'peer',
    section: 'Protocols, Distributed API, Sendsync',
    machine: conformWorkerRequestsMachine,
  },
  {
    id: 'conform-worker-silence',
    title: 'What a worker does when its master falls silent, as that master sees it',
    side: 'peer',
    section: 'Protocols, hello; Threads, Keep alive thread',
    machine: conformWorkerSilenceMachine,
  },
  {
    id: 'conform-worker-silent-rounds',
    title: 'What a worker does when its master falls silent in a round, as that master sees it',
    side: 'peer',
    section: 'Threads, Integrity thread, stages 1 to 3',
    machine: conformWorkerSilentRoundsMachine,
  },
  {
    id: 'conform-worker-silent-agents',
    title: 'What a worker does when its master says nothing to its agent-info, as that master sees it',
    side: 'peer',
    section: 'Threads, Agent info thread, stages 1 to 3',
    machine: conformWorkerSilentAgentsMachine,
  },
];
