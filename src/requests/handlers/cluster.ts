import { MusterError } from '../../protocol/errors.ts';
import { MAX_NODES } from '../../protocol/limits.ts';
import { counted, Failures, itemsResult } from '../failures.ts';
import type { HandlerServices, Handlers } from '../handlers.ts';
import { partsDueMs } from '../in-parts.ts';
import { listItems } from '../list-items.ts';
import type { clusterMethods } from '../methods/cluster.ts';

const NODE_FIELDS = ['name', 'type', 'version', 'ip'] as const;
/** Directories of the custom ruleset. */
const RULESET = ['etc/decoders/', 'etc/rules/', 'etc/lists/'];
const isOfRuleset = (path: string) => RULESET.some((directory) => path.startsWith(directory));

/** Answers about the cluster as a whole, and about the node that is asked. */
export const clusterHandlers: Handlers<keyof typeof clusterMethods> = {
  'cluster.local_info': async (_args, { services: { config, version } }) => ({
    node: config.nodeName,
    cluster: config.clusterName,
    type: config.role,
    version,
  }),

  'cluster.local_config': async (_args, { services: { config } }) => ({
    name: config.clusterName,
    node_name: config.nodeName,
    node_type: config.role,
    port: config.port,
    bind_addr: config.bindAddress,
    nodes: [...config.nodes],
    hidden: config.hidden ? 'yes' : 'no',
    disabled: config.disabled,
  }),

  // Who can be asked runs.
  'cluster.status': async (_args, { services: { config } }) => ({
    enabled: config.disabled ? 'no' : 'yes',
    running: 'yes',
  }),

  'cluster.nodes': async ({ nodes, type, ...list }, { services, signal }) => {
    const { wanted, failures } = await chosen(services, nodes, signal);
    const ofType = wanted.filter((node) => type === undefined || node.type === type);
    const flat = ofType.map(({ scanFailure: _, ...node }) => node);
    const { items, totalItems } = listItems(flat, list, NODE_FIELDS);
    // What is known of a node beyond these fields is told unless fields were selected.
    const whole = new Map(wanted.map((node) => [node.name, node]));
    const shown = list.select ? items : items.map((item) => ({ ...item, ...whole.get(item.name) }));
    return { items: shown, totalItems, failed: failures.list, message: counted(totalItems, 'node') };
  },

  'cluster.health': async ({ nodes }, { services, signal }) => {
    const { wanted, failures } = await chosen(services, nodes, signal);
    const names = wanted.flatMap(({ name }) => name ?? []);
    const reply = await services.health({ nodes: names }, signal);
    return itemsResult(Object.values(reply.nodes), { noun: 'node', failures });
  },

  'cluster.ruleset_synchronization': async ({ nodes }, { services, signal, deadlineMs }) => {
    const { wanted, failures } = await chosen(services, nodes, signal);
    const names = new Set(wanted.map(({ name }) => name));
    const { nodeName } = services.config;
    // What the master has is what the others should have.
    const items = names.has(nodeName) ? [{ name: nodeName, synced: true }] : [];
    const timeoutMs = Math.max(0, partsDueMs(deadlineMs, performance.now()) - performance.now());
    const { nodes: diffs } = await services.diff({ node: null }, { signal, timeoutMs });
    for (const [name, { missing, shared, extra, error }] of Object.entries(diffs)) {
      if (!names.has(name)) continue;
      if (error) failures.add(name, MusterError.fromWire(error));
      else items.push({ name, synced: ![...missing, ...shared, ...extra].some(isOfRuleset) });
    }
    return itemsResult(items, { noun: 'node', failures });
  },
};

/** The nodes of these names, or all; names that no node has fail with 1730. */
async function chosen(services: HandlerServices, names: readonly string[] | undefined, signal: AbortSignal) {
  const { items } = await services.nodes({ limit: MAX_NODES }, signal);
  const failures = new Failures();
  for (const name of names ?? []) {
    if (!items.some((node) => node.name === name)) failures.add(name, new MusterError(1730));
  }
  return {
    wanted: items.filter(({ name }) => name !== undefined && (names?.includes(name) ?? true)),
    failures,
  };
}
