import { z } from 'zod';
import { nodeType } from '../../protocol/commands/node-list.ts';
import {
  clusterName,
  count,
  hex128,
  jsonObject,
  nodeName,
  nothing,
  path,
  recordOf,
  shortText,
} from '../../protocol/commands/shapes.ts';
import { itemsOf, method } from '../method.ts';

/** Programs of an installation that are told of. */
const MAX_DAEMONS = 64;

/** About single nodes; each is asked itself. */
export const nodeMethods = {
  'node.info': method({
    type: 'distributed_master',
    target: 'nodes',
    summary: 'What runs on each node, since when, and where.',
    args: nothing,
    result: itemsOf(
      z.strictObject({
        name: nodeName,
        type: nodeType,
        cluster: clusterName,
        version: shortText,
        /** Its home directory. */
        path,
        pid: count,
        started_at: shortText,
        uptime_seconds: count,
        /** Of the runtime. */
        node_version: shortText,
        platform: shortText,
        tz_name: shortText,
        /** Of the files that the cluster keeps in step; null before they were looked at. */
        digest: hex128.nullable(),
        files: count,
      }),
    ),
    example: {
      args: {},
      result: {
        items: [
          {
            name: 'worker1',
            type: 'worker',
            cluster: 'wazuh',
            version: '0.1.0',
            path: '/var/ossec',
            pid: 4711,
            started_at: '2026-11-26T08:00:00.000Z',
            uptime_seconds: 60,
            node_version: '24.1.0',
            platform: 'linux x64',
            tz_name: 'UTC',
            digest: null,
            files: 0,
          },
        ],
        totalItems: 1,
        failed: [],
        message: '1 node',
      },
    },
  }),
  'node.status': method({
    type: 'distributed_master',
    target: 'nodes',
    summary: 'Which programs of the installation run on each node, and the state of its cluster daemon.',
    args: nothing,
    result: itemsOf(
      z.strictObject({
        name: nodeName,
        /** By the name of the program, as its PID file in `var/run` says. */
        daemons: recordOf(shortText, z.enum(['running', 'stopped']), MAX_DAEMONS),
        /** What `muster status` shows. */
        status: jsonObject,
      }),
    ),
    example: {
      args: {},
      result: {
        items: [{ name: 'worker1', daemons: { 'wazuh-clusterd': 'running' }, status: { connected: true } }],
        totalItems: 1,
        failed: [],
        message: '1 node',
      },
    },
  }),
  'node.config': method({
    type: 'distributed_master',
    target: 'nodes',
    summary: 'All settings in force at each node, and the files that they come from. Keys are not told.',
    args: nothing,
    result: itemsOf(z.strictObject({ name: nodeName, settings: jsonObject })),
    example: {
      args: {},
      result: {
        items: [{ name: 'worker1', settings: { port: 1516 } }],
        totalItems: 1,
        failed: [],
        message: '1 node',
      },
    },
  }),
  'node.sync_integrity': method({
    type: 'distributed_master',
    target: 'nodes',
    writes: true,
    summary:
      'Asks each node to look at its files now and, on a worker, to begin an integrity round. It does not wait for the end of the round.',
    args: nothing,
    result: itemsOf(z.strictObject({ name: nodeName, type: nodeType })),
    example: {
      args: {},
      result: {
        items: [{ name: 'worker1', type: 'worker' }],
        totalItems: 1,
        failed: [],
        message: '1 node',
      },
    },
  }),
};
