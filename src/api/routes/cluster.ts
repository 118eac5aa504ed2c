import { nodeType } from '../../protocol/commands/node-list.ts';
import { type Endpoint, endpoint } from './endpoint.ts';
import { listQuery, nodeId, nodesList } from './query.ts';

const tag = 'Cluster';
const query = { nodes_list: nodesList.optional() };
const params = { node_id: nodeId };
const oneNode = {
  verb: 'GET',
  tag,
  params,
  ask: (input: { params: { node_id: string } }) => ({ args: {}, nodes: [input.params.node_id] }),
  answer: { kind: 'item' },
} as const;

/** The cluster, its nodes, and what they last did. */
export const clusterEndpoints: readonly Endpoint[] = [
  endpoint({
    verb: 'GET',
    path: '/cluster/local/info',
    tag,
    summary: 'The node of this API: its name, its role, its cluster.',
    method: 'cluster.local_info',
    ask: () => ({ args: {} }),
    answer: {
      kind: 'single',
      message: 'The node was read',
    },
  }),
  endpoint({
    verb: 'GET',
    path: '/cluster/local/config',
    tag,
    summary: 'The cluster configuration in force at the node of this API. The key is not told.',
    method: 'cluster.local_config',
    ask: () => ({ args: {} }),
    answer: {
      kind: 'single',
      message: 'The configuration was read',
    },
  }),
  endpoint({
    verb: 'GET',
    path: '/cluster/status',
    tag,
    summary: 'Whether the cluster is enabled and running at the node of this API.',
    method: 'cluster.status',
    ask: () => ({ args: {} }),
    answer: { kind: 'data', message: 'The status was read' },
  }),
  endpoint({
    verb: 'GET',
    path: '/cluster/nodes',
    tag,
    summary: 'The nodes that are connected, the master among them.',
    method: 'cluster.nodes',
    query: { ...listQuery, ...query, type: nodeType.describe('Only nodes of this type.').optional() },
    ask: ({ query: { nodes_list, ...list } }) => ({ args: { ...list, nodes: nodes_list } }),
    answer: { kind: 'items' },
  }),
  endpoint({
    verb: 'GET',
    path: '/cluster/healthcheck',
    tag,
    summary: 'What each node synchronised last, and when.',
    method: 'cluster.health',
    query,
    ask: ({ query: { nodes_list } }) => ({ args: { nodes: nodes_list } }),
    answer: { kind: 'items' },
  }),
  endpoint({
    verb: 'GET',
    path: '/cluster/ruleset/synchronization',
    tag,
    summary: 'Whether each node has the rules, decoders and lists of the master.',
    method: 'cluster.ruleset_synchronization',
    query,
    ask: ({ query: { nodes_list } }) => ({ args: { nodes: nodes_list } }),
    answer: { kind: 'items' },
  }),
  endpoint({
    verb: 'PUT',
    path: '/cluster/integrity/restart',
    tag,
    summary:
      'Nodes look at their files now, and workers begin an integrity round. It does not wait for the end of the round.',
    method: 'node.sync_integrity',
    query,
    ask: ({ query: { nodes_list } }) => ({ args: {}, nodes: nodes_list }),
    answer: { kind: 'items' },
  }),
  endpoint({
    ...oneNode,
    path: '/cluster/{node_id}/info',
    summary: 'What runs on a node, since when, and where.',
    method: 'node.info',
  }),
  endpoint({
    ...oneNode,
    path: '/cluster/{node_id}/status',
    summary: 'Which programs of the installation run on a node, and the state of its cluster daemon.',
    method: 'node.status',
    answer: { kind: 'item', open: ['status'] },
  }),
  endpoint({
    ...oneNode,
    path: '/cluster/{node_id}/configuration',
    summary: 'All settings in force at a node, and the files that they come from. Keys are not told.',
    method: 'node.config',
    answer: { kind: 'item', open: ['settings'] },
  }),
];
