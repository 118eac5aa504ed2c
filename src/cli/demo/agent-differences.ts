import { readAgentRows } from './agent-rows.ts';
import {
  compareGroups,
  compareRegistered,
  compareReported,
  groupsChecksum,
  type NodeRows,
} from './compare-agents.ts';
import type { NodeProcess } from './node-process.ts';

export type ComparedNode = Pick<NodeProcess, 'name' | 'home' | 'store'>;

export interface ComparedCluster {
  readonly master: ComparedNode;
  readonly workers: readonly ComparedNode[];
}

export interface AgentDifferences {
  readonly agents: number;
  /** A sentence for each thing that is not as it should be. */
  readonly differences: readonly string[];
}

/** Everything about agents in which the nodes of a cluster should agree and do not. */
export async function agentDifferences({ master, workers }: ComparedCluster): Promise<AgentDifferences> {
  try {
    const [ofMaster, ...ofWorkers] = [rowsOf(master), ...workers.map(rowsOf)];
    const all = [ofMaster, ...ofWorkers];
    const differences = [
      ...(await Promise.all(all.map((node) => compareRegistered(master.home, node)))).flat(),
      ...compareReported(ofMaster, ofWorkers),
      ...all.flatMap((node) => compareGroups(ofMaster, node)),
      ...(await compareChecksums(ofMaster, [master, ...workers])),
    ];
    return { agents: ofMaster.rows.size, differences };
  } catch (error) {
    // A node that does not run, or whose database is not there yet.
    return { agents: 0, differences: [(error as Error).message] };
  }
}

const rowsOf = ({ name, home }: ComparedNode): NodeRows => ({ name, rows: readAgentRows(home) });

/** What each node says of its groups, and what is so. */
async function compareChecksums(master: NodeRows, nodes: readonly ComparedNode[]): Promise<string[]> {
  const wanted = groupsChecksum(master);
  const found = await Promise.all(nodes.map(({ store }) => store.groupsHash()));
  return nodes
    .filter((_, index) => found[index] !== wanted)
    .map(({ name }) => `${name} has another checksum of groups than its master's rows`);
}
