import { z } from 'zod';
import { nodeName, text } from '../../protocol/commands/shapes.ts';
import { agentId, agentIds } from '../agent-shapes.ts';
import { itemsOf, method } from '../method.ts';

const known = text.optional();

/** What nodes know of the machines of their agents. */
export const syscollectorMethods = {
  'syscollector.os': method({
    type: 'distributed_master',
    target: 'agents',
    summary:
      'The operating system of agents, as the node to which each reports knows it; nothing of one that never told it. Ids that are no agent are told in `failed` (1701).',
    args: z.strictObject({ agents: agentIds }),
    result: itemsOf(
      z.strictObject({
        agent_id: agentId,
        /** The node that answers for it. */
        node_name: nodeName,
        architecture: known,
        hostname: known,
        os: z.strictObject({
          name: known,
          version: known,
          major: known,
          minor: known,
          codename: known,
          build: known,
          platform: known,
        }),
        sysname: known,
        release: known,
        version: known,
      }),
    ),
    example: {
      args: { agents: ['101'] },
      result: {
        items: [
          {
            agent_id: '101',
            node_name: 'worker1',
            architecture: 'x86_64',
            os: { name: 'Ubuntu', version: '24.04', platform: 'ubuntu' },
          },
        ],
        totalItems: 1,
        failed: [],
        message: '1 agent',
      },
    },
  }),
};
