import { compare } from '../../files/compare.ts';
import type { FileSet } from '../../files/metadata.ts';
import type { ReplyOf } from '../../protocol/commands.ts';
import { MusterError } from '../../protocol/errors.ts';
import type { RequestOptions } from '../channel-options.ts';
import type { NodeServices } from '../services.ts';
import { masterChannel } from './master-channel.ts';

type NodeDiff = ReplyOf<'get_diff'>['nodes'][string];

const REASONS = {
  missing: 'the master has it, the worker does not',
  shared: 'its content differs from that of the master',
  extra: 'the worker has it, the master does not',
};

/**
 * What a sync would change on one node, or on all (null). A worker tells its own difference only: 3022 for others, 3023
 * without a master. Workers are asked no more once nobody waits (3120); one
 * that does not answer in time has its error (3020).
 */
export async function clusterDiff(
  services: NodeServices,
  node: string | null,
  { signal, timeoutMs = Number.POSITIVE_INFINITY }: { signal?: AbortSignal; timeoutMs?: number } = {},
): Promise<ReplyOf<'get_diff'>> {
  const { timeoutClusterRequestMs } = services.config.intervals.communication;
  const options: RequestOptions = {
    timeoutMs: Math.min(timeoutMs, timeoutClusterRequestMs),
    ...(signal && { signal }),
  };
  return services.config.role === 'master'
    ? masterDiff(services, node, options)
    : workerDiff(services, node, options);
}

async function masterDiff(services: NodeServices, node: string | null, options: RequestOptions) {
  const { status, channels, index } = services;
  if (node !== null && status.worker(node) === undefined) throw new MusterError(3022, node);
  await index.scan();
  const own = await index.list();
  if (options.signal?.aborted) throw new MusterError(3120, 'get_diff');
  const wanted = [...status.workers].filter(([, worker]) => node === null || worker.name === node);
  const nodes = await Promise.all(
    wanted.map(async ([connectionId, worker]): Promise<[string, NodeDiff]> => {
      try {
        const { files } = await channels.get(connectionId).request('get_files', {}, options);
        return [worker.name, difference(own, new Map(Object.entries(files)))];
      } catch (error) {
        return [worker.name, { missing: [], shared: [], extra: [], error: MusterError.from(error).toWire() }];
      }
    }),
  );
  return { nodes: Object.fromEntries(nodes) };
}

async function workerDiff(services: NodeServices, node: string | null, options: RequestOptions) {
  const { config, index } = services;
  if (node !== null && node !== config.nodeName) {
    throw new MusterError(3022, `${node}: a worker can only tell its own difference; ask the master`);
  }
  const [{ files }, own] = await Promise.all([
    masterChannel(services).request('get_files', {}, options),
    index.scan().then(() => index.list()),
  ]);
  return { nodes: { [config.nodeName]: difference(new Map(Object.entries(files)), own) } };
}

function difference(master: FileSet, worker: FileSet): NodeDiff {
  const comparison = compare(master, worker);
  const groups = ['missing', 'shared', 'extra'] as const;
  return {
    missing: [...comparison.missing.keys()],
    shared: [...comparison.shared.keys()],
    extra: [...comparison.extra.keys()],
    reasons: Object.fromEntries(
      groups.flatMap((group) => [...comparison[group].keys()].map((path) => [path, REASONS[group]])),
    ),
    error: null,
  };
}
