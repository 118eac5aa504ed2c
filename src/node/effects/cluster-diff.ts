import { compare } from '../../files/compare.ts';
import type { FileSet } from '../../files/metadata.ts';
import type { ReplyOf } from '../../protocol/commands.ts';
import { MusterError } from '../../protocol/errors.ts';
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
 * without a master.
 */
export async function clusterDiff(services: NodeServices, node: string | null): Promise<ReplyOf<'get_diff'>> {
  const timeoutMs = services.config.intervals.communication.timeoutClusterRequestMs;
  return services.config.role === 'master'
    ? masterDiff(services, node, timeoutMs)
    : workerDiff(services, node, timeoutMs);
}

async function masterDiff(services: NodeServices, node: string | null, timeoutMs: number) {
  const { status, channels, index } = services;
  if (node !== null && status.worker(node) === undefined) throw new MusterError(3022, node);
  await index.scan();
  const own = await index.list();
  const wanted = [...status.workers].filter(([, worker]) => node === null || worker.name === node);
  const nodes = await Promise.all(
    wanted.map(async ([connectionId, worker]): Promise<[string, NodeDiff]> => {
      try {
        const { files } = await channels.get(connectionId).request('get_files', {}, { timeoutMs });
        return [worker.name, difference(own, new Map(Object.entries(files)))];
      } catch (error) {
        return [worker.name, { missing: [], shared: [], extra: [], error: MusterError.from(error).toWire() }];
      }
    }),
  );
  return { nodes: Object.fromEntries(nodes) };
}

async function workerDiff(services: NodeServices, node: string | null, timeoutMs: number) {
  const { config, index } = services;
  if (node !== null && node !== config.nodeName) {
    throw new MusterError(3022, `${node}: a worker can only tell its own difference; ask the master`);
  }
  const [{ files }, own] = await Promise.all([
    masterChannel(services).request('get_files', {}, { timeoutMs }),
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
