import { agentDifferences } from './agent-differences.ts';
import { type AgentsOptions, demoAgents, letReport, regroup } from './demo-agents.ts';
import type { DemoCluster } from './demo-cluster.ts';
import type { NodeProcess } from './node-process.ts';
import type { StepKind, Steps } from './steps.ts';
import { waitUntilEqual } from './wait.ts';

const STEP_TIMEOUT_MS = 60_000;
const REPORT_S = 2;

/** The steps about agents and their groups. */
export class AgentsPlay {
  readonly #cluster: DemoCluster;
  readonly #options: AgentsOptions;
  readonly #steps: Steps;
  #rounds = 0;

  constructor(cluster: DemoCluster, options: AgentsOptions, steps: Steps) {
    this.#cluster = cluster;
    this.#options = options;
    this.#steps = steps;
  }

  async changes(): Promise<void> {
    const { nodes } = this.#cluster;
    const { agents } = this.#options;
    const { signal } = this.#steps;
    await this.#step(
      'agents',
      `register ${agents} agents on the master, in groups; all nodes have them`,
      async () => {
        await (await demoAgents(nodes, this.#options, signal)).close();
      },
    );
    await this.#step(
      'agents',
      `they report to ${nodes.length} nodes for ${REPORT_S}s; the master has every row`,
      () => this.#report(nodes),
    );
    await this.#step('agents', `put ${agents} agents into other groups; all workers have them`, () =>
      this.#regroup(),
    );
  }

  async crashes(): Promise<void> {
    const { master, workers } = this.#cluster;
    const { signal } = this.#steps;
    const [first, ...others] = workers;
    if (first === undefined) return;
    await this.#step(
      'heal',
      `kill -9 ${first.name} as agents report to it; they go elsewhere; restart it`,
      async () => {
        await this.#report(this.#cluster.nodes);
        await first.kill();
        await this.#regroup();
        await this.#report([master, ...others]);
        first.start();
        await first.ready(signal);
      },
    );
    await this.#step(
      'heal',
      `kill -9 the master as groups change; agents report to ${first.name}; restart it`,
      async () => {
        await this.#regroup();
        await master.kill();
        await this.#report([first]);
        master.start();
        await master.ready(signal);
      },
    );
  }

  #report(nodes: readonly NodeProcess[]): Promise<void> {
    return letReport(nodes, this.#options, { signal: this.#steps.signal, seconds: REPORT_S });
  }

  #regroup(): Promise<void> {
    this.#rounds += 1;
    return regroup(this.#cluster.master, this.#options.agents, this.#rounds);
  }

  /** Until all nodes agree again. */
  #step(kind: StepKind, title: string, run: () => Promise<void>): Promise<void> {
    return this.#steps.run(kind, title, async () => {
      await run();
      await this.#allEqual();
    });
  }

  async #allEqual(): Promise<void> {
    const compare = async () => (await agentDifferences(this.#cluster)).differences;
    const options = { timeoutMs: STEP_TIMEOUT_MS, signal: this.#steps.signal };
    await waitUntilEqual('all nodes agree on agents and groups', compare, options);
  }
}
