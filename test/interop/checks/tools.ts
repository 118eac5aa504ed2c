import { waitFor } from '../../harness/wait-for.ts';
import { type Check, DEADLINE_MS } from '../check.ts';

export const toolChecks: readonly Check[] = [
  {
    name: 'cluster_control of the original lists the nodes, at every node',
    async run({ cluster: { members }, original }) {
      for (const member of members) {
        let said = '';
        const listsAll = async () => {
          said = await original.run(member.home, 'cluster_control.py', '-l').catch((error) => String(error));
          return members.every(({ name }) => said.includes(name));
        };
        await waitFor(
          `cluster_control at ${member.name} to list all nodes`,
          listsAll,
          DEADLINE_MS,
          () => said,
        );
      }
    },
  },
  {
    name: 'cluster_control of the original tells the health of the nodes',
    async run({ cluster: { members, workers }, original }) {
      for (const member of members) {
        let said = '';
        const tellsAll = async () => {
          said = await original.run(member.home, 'cluster_control.py', '-i').catch((error) => String(error));
          return workers.every(({ name }) => said.includes(name)) && /Integrity/i.test(said);
        };
        await waitFor(
          `cluster_control at ${member.name} to tell of all workers`,
          tellsAll,
          DEADLINE_MS,
          () => said,
        );
      }
    },
  },
];
