import { ClusterClient } from '../../../src/local/cluster-client.ts';
import { waitFor } from '../../harness/wait-for.ts';
import { type Check, DEADLINE_MS, type Trial } from '../check.ts';
import type { Member } from '../cluster.ts';
import { agentOf, systemOf } from './agents.ts';

/** Asks as the API of the original does, which runs on every node; a node that is named is asked by way of the master. */
const ASK = `
import importlib, json, logging
from wazuh.core.cluster import local_client
from wazuh.core.cluster.common import WazuhJSONEncoder
from wazuh.core.cluster.dapi.dapi import DistributedAPI
module, function, request_type, kwargs, node, is_async = sys.argv[1:]
kwargs = json.loads(kwargs)
request = DistributedAPI(f=getattr(importlib.import_module(module), function), f_kwargs=kwargs,
                         request_type=request_type, logger=logging.getLogger('trial'), nodes=kwargs.get('node_list'),
                         is_async=is_async == 'true')
async def ask():
    if node == '':
        return json.dumps(await request.distribute_function(), cls=WazuhJSONEncoder)
    forwarded = node + ' ' + json.dumps(request.to_dict(), cls=WazuhJSONEncoder)
    return await local_client.LocalClient().execute(command=b'dapi_fwd', data=forwarded.encode())
print(asyncio.run(ask()))
`;

/**
 * Users of the API, as it lays them out itself when it starts. Of connexion, which the systems that packages of Python come
 * from need not have, the log-in uses the name of one class.
 */
const LAY_OUT_USERS = `
try:
    import connexion
except ImportError:
    with open(os.path.join(common.WAZUH_PATH, 'framework', 'connexion.py'), 'w') as file:
        file.write('class ProblemException(Exception):\\n    pass\\n')
os.makedirs(os.path.join(common.WAZUH_PATH, 'api', 'configuration', 'security'), exist_ok=True)
from wazuh.rbac.orm import check_database_integrity
check_database_integrity()
`;
/** What the API does when somebody logs in; its own loggers know one level more. */
const LOG_IN = `
import logging
logging.Logger.debug2 = logging.Logger.debug
from api.authentication import check_user
print('log-in:', *('granted' if check_user('wazuh', password) else 'denied' for password in ('wazuh', 'another')))
`;

interface Question {
  readonly module: string;
  readonly function: string;
  readonly type: 'local_any' | 'local_master' | 'distributed_master';
  readonly kwargs: object;
  readonly node?: string;
  /** The function is a coroutine. */
  readonly isAsync?: boolean;
}

const AGENTS: Question = {
  module: 'wazuh.agent',
  function: 'get_agents',
  type: 'local_master',
  kwargs: { select: ['id', 'name', 'node_name'], filters: {} },
};
const WHO: Question = {
  module: 'wazuh.cluster',
  function: 'get_node_wrapper',
  type: 'local_any',
  kwargs: {},
};
/** No node of Muster knows it: it has to be answered by an original, or by nobody. */
const CONFIGURATION: Question = {
  module: 'wazuh.cluster',
  function: 'read_config_wrapper',
  type: 'local_master',
  kwargs: {},
};
/** What this node says of it. */
const configurationOf = (node: Member): RegExp =>
  node.kind === 'muster' ? /Unknown method/ : new RegExp(`"node_name": "${node.name}"`);
/** No node of Muster knows it either; what several originals say of it their framework can merge. */
const synchronization = (nodes: readonly string[]): Question => ({
  module: 'wazuh.cluster',
  function: 'get_ruleset_sync_status',
  type: 'distributed_master',
  kwargs: { node_list: nodes, master_md5: {} },
  isAsync: true,
});
/** What they say of it together: where a worker of Muster refuses, the others' answers have to stay. */
const synchronizationsOf = (members: readonly Member[], master: Member): RegExp => {
  const told = members.map((member) =>
    member.kind === 'muster' && member !== master
      ? `(?=.*Unknown method)(?=.*"failed_items_values": \\[[^{}]*"${member.name}")`
      : `(?=.*"name": "${member.name}", "synced": )`,
  );
  return new RegExp(`^${told.join('')}`, 's');
};
const systemQuestion = (agent: string): Question => ({
  module: 'wazuh.syscollector',
  function: 'get_item_agent',
  type: 'distributed_master',
  kwargs: { agent_list: [agent], element_type: 'os' },
});

/** Until the answer is one that was expected: who has just come back may not be connected yet. */
async function isTold({ original }: Trial, at: Member, question: Question, expected: RegExp): Promise<void> {
  const { module, function: name, type, kwargs, node = '', isAsync = false } = question;
  let said = '';
  const isExpected = async () => {
    const args = [module, name, type, JSON.stringify(kwargs), node, String(isAsync)];
    said = await original.call(at.home, ASK, ...args).catch((error) => String(error));
    return expected.test(said);
  };
  await waitFor(`${name} at ${at.name} to tell ${expected}`, isExpected, DEADLINE_MS, () => said);
}

/** An original asks the database of the agent, which only a daemon of the installation has; Muster knows what agent-info told. */
const systemAt = (worker: Member): RegExp =>
  worker.kind === 'muster' ? new RegExp(`"name": "${systemOf(worker)}"`) : /There is no database for agent/;

async function withClient<Result>(
  at: Member,
  use: (client: ClusterClient) => Promise<Result>,
): Promise<Result> {
  const client = await ClusterClient.connect(at.home);
  try {
    return await use(client);
  } finally {
    await client.close();
  }
}

/** The same for a question of Muster's own. */
async function isAnswered(what: string, at: Member, ask: (client: ClusterClient) => Promise<boolean>) {
  let trouble = '';
  const isRight = async () => {
    try {
      return await withClient(at, ask);
    } catch (error) {
      trouble = String(error);
      return false;
    }
  };
  await waitFor(`${what} at ${at.name}`, isRight, DEADLINE_MS, () => trouble);
}

/** Of what the log-in says when it fails: it warns of much before. */
const TOLD_CHARS = 2_000;
const noneIsMuster = 'no node of Muster asks';

export const requestChecks: readonly Check[] = [
  {
    name: 'requests of the original at workers, answered by the master',
    async run(trial) {
      const { workers } = trial.cluster;
      for (const worker of workers) await isTold(trial, worker, AGENTS, /"name": "agent1"/);
    },
  },
  {
    name: 'requests of the original at the master, answered by each worker',
    async run(trial) {
      const { master, workers } = trial.cluster;
      for (const worker of workers) {
        const answer = new RegExp(`"node": "${worker.name}"`);
        await isTold(trial, master, { ...WHO, node: worker.name }, answer);
      }
    },
  },
  {
    name: 'requests of the original about agents, at every node, answered by the nodes to which they report',
    async run(trial) {
      const { members, workers } = trial.cluster;
      for (const [index, worker] of workers.entries()) {
        const question = systemQuestion(agentOf(index));
        for (const member of members) await isTold(trial, member, question, systemAt(worker));
      }
    },
  },
  {
    name: 'requests of the original that Muster does not know, at workers: answered by a master of the original',
    async run(trial) {
      const { master, workers } = trial.cluster;
      for (const worker of workers) await isTold(trial, worker, CONFIGURATION, configurationOf(master));
    },
  },
  {
    name: 'the API of the original logs its users in, at every node',
    skips: (master) => (master === 'original' ? null : 'a master of Muster knows no users of the API'),
    async run({ cluster: { members }, original }) {
      for (const { home } of members) await original.call(home, LAY_OUT_USERS);
      for (const { home, name } of members) {
        let said = '';
        const isLoggedIn = async () => {
          said = await original.call(home, LOG_IN).catch((error) => String(error));
          return said.includes('log-in: granted denied');
        };
        await waitFor(`users to log in at ${name}`, isLoggedIn, DEADLINE_MS, () => said.slice(-TOLD_CHARS));
      }
    },
  },
  {
    name: 'requests of the original that Muster does not know, at the master: answered by each worker of the original',
    async run(trial) {
      const { master, workers } = trial.cluster;
      for (const worker of workers) {
        const question: Question = { ...CONFIGURATION, type: 'local_any', node: worker.name };
        await isTold(trial, master, question, configurationOf(worker));
      }
    },
  },
  {
    name: 'a request of the original for all nodes at once, at the master: an answer of each, or its refusal',
    async run(trial) {
      const { master, members } = trial.cluster;
      const names = members.map(({ name }) => name);
      await isTold(trial, master, synchronization(names), synchronizationsOf(members, master));
    },
  },
  {
    name: 'requests of Muster at workers, answered by the master',
    skips: (_, workers) => (workers.includes('muster') ? null : noneIsMuster),
    async run({ cluster: { workers } }) {
      for (const worker of workers.filter(({ kind }) => kind === 'muster')) {
        await isAnswered('the agents', worker, async (client) => {
          const { items } = await client.request('agents.list', {});
          return items.some(({ name }) => name === 'agent1');
        });
        await isAnswered('the nodes', worker, async (client) => {
          const { items } = await client.request('cluster.nodes', {});
          return workers.every(({ name }) => items.some((node) => node.name === name));
        });
      }
    },
  },
  {
    name: 'requests of Muster at the master, answered by each worker',
    skips: (master) => (master === 'muster' ? null : noneIsMuster),
    async run({ cluster: { master, workers } }) {
      for (const worker of workers) {
        await isAnswered(`the status of ${worker.name}`, master, async (client) => {
          const { running } = await client.request('cluster.status', {}, { forwardTo: worker.name });
          return running === 'yes';
        });
      }
    },
  },
];
