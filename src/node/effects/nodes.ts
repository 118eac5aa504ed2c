import type { ArgsOf, ReplyOf } from '../../protocol/commands.ts';
import { MusterError } from '../../protocol/errors.ts';
import { isInStep } from '../in-step.ts';
import type { NodeServices } from '../services.ts';
import { wire } from './failures.ts';

export type NodesArgs = ArgsOf<'get_nodes'>;
type NodeItem = ReplyOf<'get_nodes'>['items'][number];
type Field = 'name' | 'type' | 'version' | 'ip';

/** Items of an answer unless the request says how many (reference: 500). */
const DEFAULT_LIMIT = 500;
const ipOf = (address: string) => address.replace(/:\d+$/, '');

/** The nodes that the master knows, itself first. Errors: 1730 for a filter that names no node. */
export function listNodes(services: NodeServices, args: NodesArgs): ReplyOf<'get_nodes'> {
  const all = knownNodes(services);
  const wanted = named(all, args.filter_node);
  const found = wanted
    .filter((node) => (args.filter_type ?? 'all') === 'all' || node.type === args.filter_type)
    .filter((node) => matches(node, args.search));
  const sorted = sort(found, args.sort).map((node) => pick(node, args.select));
  const shown = args.distinct === true ? distinct(sorted) : sorted;
  const offset = args.offset ?? 0;
  const items = shown.slice(offset, offset + (args.limit ?? DEFAULT_LIMIT));
  return { items, totalItems: shown.length };
}

function knownNodes({ config, version, status, index }: NodeServices): NodeItem[] {
  const { failure } = status.scanTrouble;
  const own: NodeItem = {
    name: config.nodeName,
    type: 'master',
    version,
    ip: config.nodes[0] ?? config.bindAddress,
    digest: index.digest === '' ? null : index.digest,
    inStep: true,
    connectedAt: status.startedAt,
    lastKeepaliveAt: null,
    ...(failure && { scanFailure: { since: failure.since, error: wire(failure) } }),
  };
  const workers = [...status.workers.values()].map(
    (worker): NodeItem => ({
      name: worker.name,
      type: 'worker',
      version: worker.version,
      ip: ipOf(worker.address),
      digest: worker.digest,
      inStep: isInStep(worker, index.digest),
      connectedAt: worker.connectedAt,
      lastKeepaliveAt: worker.lastKeepalive,
    }),
  );
  return [own, ...workers];
}

function named(all: NodeItem[], filter: NodesArgs['filter_node']): NodeItem[] {
  if (filter === undefined) return all;
  const names = typeof filter === 'string' ? [filter] : filter;
  const unknown = names.find((name) => !all.some((node) => node.name === name));
  if (unknown !== undefined) throw new MusterError(1730, unknown);
  return all.filter((node) => node.name !== undefined && names.includes(node.name));
}

function matches(node: NodeItem, search: NodesArgs['search']): boolean {
  if (search === undefined) return true;
  const value = search.value.toLowerCase();
  const found = [node.name, node.type, node.version, node.ip].some((text) =>
    text?.toLowerCase().includes(value),
  );
  return found !== search.negation;
}

function sort(nodes: NodeItem[], order: NodesArgs['sort']): NodeItem[] {
  if (order === undefined) return nodes;
  const sign = order.order === 'desc' ? -1 : 1;
  const key = (node: NodeItem) => order.fields.map((field) => String(node[field]).toLowerCase());
  return nodes.toSorted((left, right) => {
    const [a, b] = [key(left), key(right)];
    const at = a.findIndex((text, i) => text !== b[i]);
    return at < 0 ? 0 : sign * ((a[at] ?? '') < (b[at] ?? '') ? -1 : 1);
  });
}

function pick(node: NodeItem, select: readonly Field[] | undefined): NodeItem {
  return select === undefined ? node : Object.fromEntries(select.map((field) => [field, node[field]]));
}

function distinct(nodes: NodeItem[]): NodeItem[] {
  return [...new Map(nodes.map((node) => [JSON.stringify(node), node])).values()];
}
