import { loadConfig } from '../../config/load.ts';
import type { FilesConfig } from '../../config/node-config.ts';
import { agentDifferences } from './agent-differences.ts';
import type { AgentsOptions } from './demo-agents.ts';
import type { DemoCluster } from './demo-cluster.ts';
import { lastProblems } from './last-problems.ts';
import { AgentsPlay } from './once-agents.ts';
import { FilesPlay } from './once-files.ts';
import { type StepReport, Steps } from './steps.ts';
import { compareTrees } from './trees.ts';

export interface OnceReport {
  workers: number;
  files: number;
  bytes: number;
  agents: number;
  steps: StepReport[];
  /** By worker, what of its files differs at the end. */
  differences: Record<string, string[]>;
  /** What of agents and their groups differs at the end. */
  agentDifferences: string[];
  equal: boolean;
  /** If something failed: by node, the last warnings and errors of its log. */
  logs: Record<string, string[]>;
}

/** Plays the demonstration once. Every step is timed until all nodes have it; a failed step does not end the play. */
export async function playOnce(
  cluster: DemoCluster,
  options: AgentsOptions,
  onStep: (step: StepReport) => void,
  signal: AbortSignal,
): Promise<OnceReport> {
  const config = (await loadConfig(cluster.master.home)).files;
  const steps = new Steps(onStep, signal);
  const files = new FilesPlay(cluster, config, steps);
  const agents = new AgentsPlay(cluster, options, steps);
  await files.firstSync();
  // Without a cluster that came up the rest would only time out.
  if (steps.haveSucceeded) {
    await files.changes();
    await agents.changes();
    await files.crashes();
    await agents.crashes();
  }
  return verdict(cluster, config, steps);
}

async function verdict(cluster: DemoCluster, config: FilesConfig, steps: Steps): Promise<OnceReport> {
  const { master, workers } = cluster;
  const report: OnceReport = {
    workers: workers.length,
    files: 0,
    bytes: 0,
    agents: 0,
    steps: steps.reports,
    differences: {},
    agentDifferences: [],
    equal: true,
    logs: {},
  };
  for (const worker of workers) {
    const { files, bytes, differences } = await compareTrees(master.home, worker.home, config);
    Object.assign(report, { files, bytes });
    report.differences[worker.name] = differences;
  }
  const { agents, differences } = await agentDifferences(cluster);
  Object.assign(report, { agents, agentDifferences: differences });
  report.equal =
    Object.values(report.differences).every((found) => found.length === 0) &&
    differences.length === 0 &&
    steps.haveSucceeded;
  if (!report.equal) {
    for (const { name, home } of cluster.nodes) report.logs[name] = await lastProblems(home);
  }
  return report;
}
