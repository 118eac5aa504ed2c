import { loadConfig } from '../../config/load.ts';
import type { FilesConfig } from '../../config/node-config.ts';
import { type Change, create, edit, editAndRestrict, editMany, move, Revisions, remove } from './changes.ts';
import type { DemoCluster } from './demo-cluster.ts';
import { lastProblems } from './last-problems.ts';
import type { NodeProcess } from './node-process.ts';
import { compareTrees } from './trees.ts';
import { waitUntil } from './wait.ts';

/** What a step is about; the summary counts them apart. */
export type StepKind = 'start' | 'first sync' | 'change' | 'heal';

export interface StepReport {
  kind: StepKind;
  title: string;
  /** Until all workers had it. */
  durationMs: number;
  /** Null if it went as it should. */
  failure: string | null;
}

export interface OnceReport {
  workers: number;
  files: number;
  bytes: number;
  steps: StepReport[];
  /** By worker, what differs at the end. */
  differences: Record<string, string[]>;
  equal: boolean;
  /** If something failed: by node, the last warnings and errors of its log. */
  logs: Record<string, string[]>;
}

const STEP_TIMEOUT_MS = 30_000;
/** A first sync of many files may take longer. */
const FIRST_SYNC_TIMEOUT_MS = 120_000;
const TREE_POLL_MS = 50;
/** Files in the step that edits many. */
const MANY = 25;
const RULE_MODE = 0o660;

/** Plays the demonstration once. Every step is timed until all workers have it; a failed step does not end the play. */
export async function playOnce(
  cluster: DemoCluster,
  onStep: (step: StepReport) => void,
  signal: AbortSignal,
): Promise<OnceReport> {
  const config = (await loadConfig(cluster.master.home)).files;
  const play = new Play(cluster, config, onStep, signal);
  if (await play.start()) {
    await play.changes();
    await play.crashes();
  }
  return play.verdict();
}

class Play {
  readonly #cluster: DemoCluster;
  readonly #config: FilesConfig;
  readonly #onStep: (step: StepReport) => void;
  readonly #signal: AbortSignal;
  readonly #revisions = new Revisions();
  readonly #steps: StepReport[] = [];

  constructor(
    cluster: DemoCluster,
    config: FilesConfig,
    onStep: (step: StepReport) => void,
    signal: AbortSignal,
  ) {
    this.#cluster = cluster;
    this.#config = config;
    this.#onStep = onStep;
    this.#signal = signal;
  }

  /** False if the cluster did not come up: the rest would only time out. */
  async start(): Promise<boolean> {
    const { master, workers } = this.#cluster;
    await this.#step('start', 'start the master', async () => {
      master.start();
      await master.ready(this.#signal);
    });
    await this.#step('first sync', `start ${workers.length} workers; first sync`, async () => {
      for (const worker of workers) worker.start();
      await Promise.all(workers.map((worker) => worker.ready(this.#signal)));
      await this.#allEqual(FIRST_SYNC_TIMEOUT_MS);
    });
    return this.#steps.every((step) => step.failure === null);
  }

  async changes(): Promise<void> {
    const revisions = this.#revisions;
    const added = { ...revisions.of(9001), path: 'etc/shared/new-group/agent.conf' };
    const moved = revisions.of(9002);
    await this.#change(edit(revisions.of(0)));
    await this.#change(create(added));
    await this.#change(remove(added.path));
    await this.#change(create(moved));
    await this.#change(move(moved, 'etc/rules/9002-renamed_rules.xml'));
    await this.#change(editAndRestrict(revisions.of(0), RULE_MODE));
    await this.#change(editMany(Array.from({ length: MANY }, (_, n) => revisions.of(9100 + n))));
  }

  async crashes(): Promise<void> {
    const [first] = this.#cluster.workers;
    if (first === undefined) return;
    const strayed = this.#revisions.of(0);
    await this.#step(
      'heal',
      `edit ${strayed.path} on ${first.name}; it becomes the master's again`,
      async () => {
        await edit(strayed).apply(first.home);
        await this.#allEqual(STEP_TIMEOUT_MS);
      },
    );
    await this.#step('heal', `kill -9 ${first.name} as an edit goes out; restart it`, async () => {
      const many = editMany(Array.from({ length: MANY }, (_, n) => this.#revisions.of(9100 + n)));
      await many.apply(this.#cluster.master.home);
      await restart(first, this.#signal);
      await this.#allEqual(STEP_TIMEOUT_MS);
    });
    await this.#step('heal', 'kill -9 the master, edit a file meanwhile, restart it', async () => {
      const { master } = this.#cluster;
      await master.kill();
      await edit(this.#revisions.of(0)).apply(master.home);
      master.start();
      await master.ready(this.#signal);
      await this.#allEqual(STEP_TIMEOUT_MS);
    });
  }

  async verdict(): Promise<OnceReport> {
    const { master, workers } = this.#cluster;
    const report: OnceReport = {
      workers: workers.length,
      files: 0,
      bytes: 0,
      steps: this.#steps,
      differences: {},
      equal: true,
      logs: {},
    };
    for (const worker of workers) {
      const { files, bytes, differences } = await compareTrees(master.home, worker.home, this.#config);
      Object.assign(report, { files, bytes });
      report.differences[worker.name] = differences;
    }
    report.equal =
      Object.values(report.differences).every((found) => found.length === 0) &&
      this.#steps.every((step) => step.failure === null);
    if (!report.equal) {
      for (const { name, home } of this.#cluster.nodes) report.logs[name] = await lastProblems(home);
    }
    return report;
  }

  async #step(kind: StepKind, title: string, run: () => Promise<void>): Promise<void> {
    const started = performance.now();
    let failure: string | null = null;
    try {
      await run();
    } catch (error) {
      this.#signal.throwIfAborted();
      failure = (error as Error).message;
    }
    const step = { kind, title, durationMs: performance.now() - started, failure };
    this.#steps.push(step);
    this.#onStep(step);
  }

  #change(change: Change): Promise<void> {
    return this.#step('change', change.title, async () => {
      await change.apply(this.#cluster.master.home);
      await Promise.all(
        this.#cluster.workers.map((worker) =>
          waitUntil(`${worker.name} has it`, () => change.arrived(worker.home), {
            timeoutMs: STEP_TIMEOUT_MS,
            signal: this.#signal,
          }),
        ),
      );
    });
  }

  /** Reads all trees until they are equal; says what still differs when time is over. */
  async #allEqual(timeoutMs: number): Promise<void> {
    const { master, workers } = this.#cluster;
    for (const worker of workers) {
      let differences: string[] = [];
      const equal = async () => {
        differences = await this.#differences(master, worker);
        return differences.length === 0;
      };
      await waitUntil(`${worker.name} is equal`, equal, {
        timeoutMs,
        pollMs: TREE_POLL_MS,
        signal: this.#signal,
      }).catch((error: Error) => {
        this.#signal.throwIfAborted();
        throw new Error(
          `${error.message}; ${differences.length} differ: ${differences.slice(0, 3).join(', ')}`,
        );
      });
    }
  }

  /** A file may come or go while trees are read; the next look tells. */
  async #differences(master: NodeProcess, worker: NodeProcess): Promise<string[]> {
    try {
      return (await compareTrees(master.home, worker.home, this.#config)).differences;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return ['a file went while it was read'];
      throw error;
    }
  }
}

async function restart(node: NodeProcess, signal: AbortSignal): Promise<void> {
  await node.kill();
  node.start();
  await node.ready(signal);
}
