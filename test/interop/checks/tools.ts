import { waitFor } from '../../harness/wait-for.ts';
import { type Check, DEADLINE_MS } from '../check.ts';
import type { Member } from '../cluster.ts';
import type { Original } from '../original.ts';

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
  {
    name: 'cluster_control of the original lists the agents: all, those of a status, and those of nodes',
    async run({ cluster: { master, members, workers }, original }) {
      const agents = workers.map((_, index) => `agent${index + 1}`);
      const nodes = workers.map(({ name }) => name);
      for (const member of members) {
        await lists(original, member, ['-a'], agents);
        await lists(original, member, ['-a', '-fs', 'active'], agents);
        await lists(original, member, ['-a', '-fn', nodes[0] ?? ''], agents.slice(0, 1));
        // What is joined is one name to a master of the original, which no node has: it lists nobody.
        const several = master.kind === 'muster' || nodes.length === 1 ? agents : null;
        await lists(original, member, ['-a', '-fn', ...nodes], several);
      }
    },
  },
];

/** Until these agents are listed; null: until it ends without an error. */
async function lists(
  original: Original,
  member: Member,
  options: readonly string[],
  agents: readonly string[] | null,
): Promise<void> {
  let said = '';
  const isRight = async () => {
    said = await original
      .run(member.home, 'cluster_control.py', ...options)
      .catch((error) => `Error ${error}`);
    return !said.includes('Error') && (agents ?? []).every((name) => said.includes(name));
  };
  const what = `cluster_control ${options.join(' ')} at ${member.name} to list ${agents ?? 'whom it finds'}`;
  await waitFor(what, isRight, DEADLINE_MS, () => said);
}
