import { z } from 'zod';
import { MAX_FILES, MAX_NODES } from '../limits.ts';
import { exampleDigest } from './examples.ts';
import { nodeType } from './node-list.ts';
import {
  clusterName,
  fileSize,
  hex128,
  jsonObject,
  nodeName,
  nothing,
  path,
  recordOf,
  shortText,
  text,
  wireError,
} from './shapes.ts';
import { bothLocal, command } from './spec.ts';

const paths = z.array(path).max(MAX_FILES);
const nodeDiff = z
  .strictObject({
    missing: paths,
    shared: paths,
    extra: paths,
    reasons: recordOf(path, text, MAX_FILES).optional(),
    error: wireError.nullable().optional(),
  })
  .meta({
    id: 'NodeDiff',
    description:
      'what a sync would create, update and delete on a node, with a reason a path; or why it is not known',
  });

/** Specification: Protocols, Local protocol; and what `muster` asks the running daemon. */
export const localCommands = {
  get_config: command({
    receivers: bothLocal,
    section: 'local',
    summary: 'The cluster configuration in force. The key is not told.',
    args: nothing,
    reply: z.strictObject({
      name: clusterName,
      node_name: nodeName,
      node_type: nodeType,
      port: z.int().min(0).max(65_535),
      bind_addr: shortText,
      nodes: z.array(shortText).max(MAX_NODES),
      hidden: z.boolean(),
      disabled: z.boolean(),
    }),
    example: {
      args: {},
      reply: {
        name: 'wazuh',
        node_name: 'master',
        node_type: 'master',
        port: 1516,
        bind_addr: '127.0.0.1',
        nodes: ['127.0.0.1'],
        hidden: false,
        disabled: false,
      },
    },
  }),
  get_hash: command({
    receivers: bothLocal,
    section: 'local',
    summary: 'The files of the custom ruleset and their digests.',
    args: nothing,
    reply: z.strictObject({ files: recordOf(path, hex128, MAX_FILES) }),
    example: { args: {}, reply: { files: { 'etc/rules/local_rules.xml': exampleDigest } } },
  }),
  send_file: command({
    receivers: bothLocal,
    section: 'local',
    summary: 'Sends a file of this node to another; a worker always sends it to the master.',
    args: z.strictObject({ path, node: nodeName.nullable() }),
    reply: z.strictObject({ bytes: fileSize }),
    example: { args: { path: 'tmp/upload', node: 'worker1' }, reply: { bytes: 300 } },
  }),
  get_status: command({
    receivers: bothLocal,
    section: 'muster',
    own: true,
    summary: 'The state of the node for a person: role, digest, connection, supervisors, last syncs.',
    args: nothing,
    reply: jsonObject,
    example: { args: {}, reply: { node: 'worker1', role: 'worker', connected: true } },
  }),
  get_diff: command({
    receivers: bothLocal,
    section: 'muster',
    own: true,
    summary: 'What a sync would change, on one node or (null) on all; nothing is changed.',
    args: z.strictObject({ node: nodeName.nullable() }),
    reply: z.strictObject({ nodes: recordOf(nodeName, nodeDiff, MAX_NODES) }),
    example: {
      args: { node: null },
      reply: {
        nodes: {
          worker1: {
            missing: ['etc/lists/added'],
            shared: [],
            extra: [],
            reasons: { 'etc/lists/added': 'only on the master' },
            error: null,
          },
        },
      },
    },
  }),
};
