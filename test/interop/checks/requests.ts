import { waitFor } from '../../harness/wait-for.ts';
import { type Check, DEADLINE_MS } from '../check.ts';

/** Asks the node of a home by its local socket, as the API of the original does. */
const ASK = `
import asyncio
from wazuh.core.cluster import local_client
async def ask():
    print(await local_client.LocalClient().execute(command=sys.argv[1].encode(), data=sys.argv[2].encode()))
asyncio.run(ask())
`;

/** As the cluster daemon of the original asks it itself, for its health. */
const OVERVIEW = JSON.stringify({
  f: {
    __callable__: {
      __name__: 'get_agents_overview',
      __module__: 'wazuh.core.agent',
      __qualname__: 'Agent.get_agents_overview',
      __type__: 'function',
    },
  },
  f_kwargs: {
    filters: { status: 'all', node_name: 'all' },
    limit: null,
    select: ['node_name', 'ip', 'name', 'version', 'id', 'status'],
  },
  from_cluster: false,
  wait_for_complete: false,
});

/** Only a list of them has this form, and no error. */
const NAMES_AN_AGENT = /"name": "agent1"/;

export const requestChecks: readonly Check[] = [
  {
    name: 'a request of the original at every node, answered by the master',
    async run({ cluster: { members }, original }) {
      for (const member of members) {
        let said = '';
        const isAnswered = async () => {
          said = await original.call(member.home, ASK, 'dapi', OVERVIEW).catch((error) => String(error));
          return NAMES_AN_AGENT.test(said);
        };
        await waitFor(`the agents to be told at ${member.name}`, isAnswered, DEADLINE_MS, () => said);
      }
    },
  },
  {
    name: 'a request of the original at the master, answered by each worker',
    async run({ cluster: { master, workers }, original }) {
      for (const worker of workers) {
        let said = '';
        const isAnswered = async () => {
          const request = `${worker.name} ${OVERVIEW}`;
          said = await original.call(master.home, ASK, 'dapi_fwd', request).catch((error) => String(error));
          return NAMES_AN_AGENT.test(said);
        };
        await waitFor(`the agents to be told by ${worker.name}`, isAnswered, DEADLINE_MS, () => said);
      }
    },
  },
];
