import type { LocalAnswer } from '../../../machines/connection/local-request.ts';
import type { Failure } from '../../../machines/failure.ts';
import type { ArgsOf, ReplyOf } from '../../protocol/commands.ts';
import { MusterError } from '../../protocol/errors.ts';
import type { NodeRequests } from '../dapi/node-requests.ts';
import { isInStep } from '../in-step.ts';
import type { NodeServices } from '../services.ts';
import type { SyncRecord } from '../status.ts';
import { clusterDiff } from './cluster-diff.ts';
import { clusterView } from './cluster-view.ts';
import { asError, asFailure } from './failures.ts';
import { fileToSend } from './send-file.ts';

/** Directories of `get_hash`: the custom ruleset. */
const RULESET = ['etc/decoders/', 'etc/rules/', 'etc/lists/'];

/**
 * What the local socket answers. A worker passes questions about the cluster on to its master (3023 while it has
 * none). Specification: Local protocol.
 */
export function localAnswers(services: NodeServices, requests: NodeRequests) {
  const { config, index } = services;
  const isMaster = config.role === 'master';
  const { nodes, health } = clusterView(services);
  const answers: Record<string, (args: never, signal: AbortSignal) => object | Promise<object>> = {
    get_config: (): ReplyOf<'get_config'> => ({
      name: config.clusterName,
      node_name: config.nodeName,
      node_type: config.role,
      port: config.port,
      bind_addr: config.bindAddress,
      nodes: [...config.nodes],
      hidden: config.hidden,
      disabled: config.disabled,
    }),
    get_hash: async (): Promise<ReplyOf<'get_hash'>> => {
      // What the last round has brought is not in the list that it began with.
      await index.scan();
      const ruleset = [...(await index.list())].filter(([, { cluster_item_key }]) =>
        RULESET.includes(cluster_item_key),
      );
      return { files: Object.fromEntries(ruleset.map(([path, { hash }]) => [path, hash])) };
    },
    get_nodes: nodes,
    get_health: health,
    get_status: () => nodeStatus(services),
    get_diff: ({ node }: ArgsOf<'get_diff'>, signal) => clusterDiff(services, node, { signal }),
  };
  if (!isMaster) {
    answers.sendsync = async ({ id: _id, ...args }: ArgsOf<'sendsync'>, signal) => ({
      answer: await requests.toMaster.send(args, signal),
    });
  }
  return async (
    { command, args }: { command: string; args: object },
    signal: AbortSignal,
  ): Promise<LocalAnswer> => {
    if (command === 'send_file') return fileToSend(services, args as ArgsOf<'send_file'>);
    const answer = Object.hasOwn(answers, command) ? answers[command] : undefined;
    if (answer === undefined) throw new MusterError(3109, `${command} is not served by a ${config.role}`);
    return { reply: await answer(args as never, signal), file: null };
  };
}

/** The state of a node for a person. */
export function nodeStatus({ config, version, status, index, clock }: NodeServices): object {
  const { failure: scanFailure, leftOut } = status.scanTrouble;
  return {
    name: config.nodeName,
    role: config.role,
    cluster: config.clusterName,
    version,
    pid: process.pid,
    startedAt: status.startedAt,
    uptimeSeconds: Math.round((clock.now() - Date.parse(status.startedAt)) / 1000),
    address: status.address,
    digest: index.digest === '' ? null : index.digest,
    files: index.fileCount,
    connected: config.role === 'worker' ? status.master !== null : null,
    master: status.master,
    masterFailure: status.masterFailure && { ...status.masterFailure, ...inFull(status.masterFailure) },
    workers: [...status.workers.values()].map(({ address, found, ...worker }) => ({
      ...worker,
      lastCheck: shown(worker.lastCheck),
      lastSync: shown(worker.lastSync),
      ip: address,
      inStep: isInStep({ ...worker, found }, index.digest),
    })),
    lastKeepalive: status.lastKeepalive,
    lastCheck: shown(status.lastCheck),
    lastSync: shown(status.lastSync),
    recentSyncs: status.recentSyncs.map(shown),
    lastAgentInfo: status.lastAgentInfo,
    lastGroups: status.lastGroups,
    lastAllGroups: status.lastAllGroups,
    lastLocalIntegrity: status.lastLocalIntegrity && {
      ...status.lastLocalIntegrity,
      failure: status.lastLocalIntegrity.failure && inFull(status.lastLocalIntegrity.failure),
    },
    scanFailure: scanFailure && { ...scanFailure, ...inFull(scanFailure) },
    leftOut,
  };
}

/** A failure whose message begins with the text of its code, whoever made it. */
const inFull = (failure: Failure): Failure => asFailure(asError(failure));

const shown = <R extends SyncRecord>(record: R | null) =>
  record && { ...record, failure: record.failure && inFull(record.failure) };
