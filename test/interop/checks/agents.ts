import { waitFor } from '../../harness/wait-for.ts';
import { type Check, DEADLINE_MS, type Trial } from '../check.ts';
import type { Member } from '../cluster.ts';
import { reachesAll } from './files.ts';

const AGENTS = [1, 2, 3] as const;
const KEY = 'a'.repeat(64);
const OTHER_GROUP = 'web';

const padded = (id: number) => String(id).padStart(3, '0');
const keysOf = (ids: readonly number[]) => ids.map((id) => `${padded(id)} agent${id} any ${KEY}\n`).join('');

/** The agent that reports to the worker of this index. */
export const agentOf = (index: number): string => padded(AGENTS[index] as number);
/** What that agent says it runs. */
export const systemOf = ({ name }: Member): string => `System of ${name}`;

const groupsOf = async (member: Member, id: number) => (await member.store.groupsOfAgent(id)).join(',');

async function hasGroups(member: Member, id: number, wanted: string): Promise<void> {
  let present = '';
  await waitFor(
    `agent ${id} to be in ${wanted} at ${member.name}`,
    async () => {
      present = await groupsOf(member, id);
      return present === wanted;
    },
    DEADLINE_MS,
    () => `it is in ${present || 'none'}`,
  );
}

async function sameHashes({ cluster: { master, workers } }: Trial): Promise<void> {
  for (const worker of workers) {
    await waitFor(
      `the checksum of ${worker.name} to be that of the master`,
      async () => (await worker.store.groupsHash()) === (await master.store.groupsHash()),
      DEADLINE_MS,
    );
  }
}

const assign = (member: Member, syncStatus: 'synced' | 'syncreq', id: number, groups: readonly string[]) =>
  member.store.setAgentGroups({ mode: 'override', syncStatus, agents: [{ id, groups }] });

export const agentChecks: readonly Check[] = [
  {
    name: 'keys of agents',
    async run(trial) {
      const { master, workers } = trial.cluster;
      master.write('etc/client.keys', keysOf(AGENTS));
      await reachesAll(trial, 'etc/client.keys');
      for (const member of [master, ...workers]) {
        await waitFor(
          `the database of ${member.name} to have the agents`,
          async () => (await member.store.allAgents()).length === AGENTS.length,
          DEADLINE_MS,
        );
      }
    },
  },
  {
    name: 'agent-info',
    async run({ cluster: { master, workers } }) {
      for (const [index, worker] of workers.entries()) {
        const id = AGENTS[index] as number;
        await worker.store.updateAgentData({
          id,
          connectionStatus: 'active',
          groupConfigStatus: 'synced',
          syncStatus: 'syncreq',
          columns: { os_name: systemOf(worker), node_name: worker.name, version: 'Wazuh v4.7.5' },
          labels: { place: worker.name },
        });
        const isThere = async () => {
          const info = await master.store.agentInfo(id);
          return info?.node_name === worker.name && info.os_name === systemOf(worker);
        };
        await waitFor(`what ${worker.name} knows of agent ${id} to reach the master`, isThere, DEADLINE_MS);
        const [label] = await master.store.labels(id);
        if (label?.value !== worker.name) throw new Error(`labels of agent ${id}: ${JSON.stringify(label)}`);
        // Told once, and confirmed.
        const isConfirmed = async () =>
          (await worker.store.unsyncedAgentInfo(0)).rows.every((row) => row.id !== id);
        await waitFor(`${worker.name} to count agent ${id} as synced`, isConfirmed, DEADLINE_MS);
      }
    },
  },
  {
    name: 'agent-groups',
    async run(trial) {
      const { master, workers } = trial.cluster;
      master.write(`etc/shared/${OTHER_GROUP}/agent.conf`, '<agent_config/>\n');
      await reachesAll(trial, `etc/shared/${OTHER_GROUP}/agent.conf`);
      for (const member of [master, ...workers]) {
        const isThere = async () => (await member.store.findGroup(OTHER_GROUP)) !== null;
        await waitFor(`the group ${OTHER_GROUP} at ${member.name}`, isThere, DEADLINE_MS);
      }
      await assign(master, 'syncreq', 1, [OTHER_GROUP, 'default']);
      await assign(master, 'syncreq', 2, ['default']);
      for (const worker of workers) {
        await hasGroups(worker, 1, `${OTHER_GROUP},default`);
        await hasGroups(worker, 2, 'default');
      }
      await sameHashes(trial);
    },
  },
  {
    name: 'groups that differ on a worker: a full copy after mismatches',
    async run(trial) {
      const { master, workers } = trial.cluster;
      for (const worker of workers) await assign(worker, 'synced', 2, [OTHER_GROUP]);
      // Each change of another agent is one more comparison.
      let changes = 0;
      const isRepaired = async () => {
        changes += 1;
        await assign(master, 'syncreq', 3, changes % 2 === 0 ? ['default'] : [OTHER_GROUP]);
        await waitForConfirmation(master);
        const groups = await Promise.all(workers.map((worker) => groupsOf(worker, 2)));
        return groups.every((one) => one === 'default');
      };
      await waitFor('the groups of agent 2 to be put right on all workers', isRepaired, 2 * DEADLINE_MS);
      await sameHashes(trial);
    },
  },
];

/** Until the master has told all workers what has changed. */
async function waitForConfirmation(master: Member): Promise<void> {
  await waitFor(
    'changed groups to be told to all workers',
    async () => (await master.store.groupsToSend({ agents: 'unsynced' })).agents.length === 0,
    DEADLINE_MS,
  );
}
