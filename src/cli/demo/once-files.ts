import type { FilesConfig } from '../../config/node-config.ts';
import { type Change, create, edit, editAndRestrict, editMany, move, Revisions, remove } from './changes.ts';
import type { DemoCluster } from './demo-cluster.ts';
import type { NodeProcess } from './node-process.ts';
import type { Steps } from './steps.ts';
import { compareTrees } from './trees.ts';
import { waitUntil, waitUntilEqual } from './wait.ts';

const STEP_TIMEOUT_MS = 30_000;
/** A first sync of many files may take longer. */
const FIRST_SYNC_TIMEOUT_MS = 120_000;
/** Files in the step that edits many. */
const MANY = 25;
const RULE_MODE = 0o660;

/** The steps about files. */
export class FilesPlay {
  readonly #cluster: DemoCluster;
  readonly #config: FilesConfig;
  readonly #steps: Steps;
  readonly #revisions = new Revisions();

  constructor(cluster: DemoCluster, config: FilesConfig, steps: Steps) {
    this.#cluster = cluster;
    this.#config = config;
    this.#steps = steps;
  }

  async firstSync(): Promise<void> {
    const { master, workers } = this.#cluster;
    const { signal } = this.#steps;
    await this.#steps.run('start', 'start the master', async () => {
      master.start();
      await master.ready(signal);
    });
    await this.#steps.run('first sync', `start ${workers.length} workers; first sync`, async () => {
      for (const worker of workers) worker.start();
      await Promise.all(workers.map((worker) => worker.ready(signal)));
      await this.#allEqual(FIRST_SYNC_TIMEOUT_MS);
    });
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
    await this.#change(editMany(this.#many()));
  }

  async crashes(): Promise<void> {
    const { master, workers } = this.#cluster;
    const { signal } = this.#steps;
    const [first] = workers;
    if (first === undefined) return;
    const strayed = this.#revisions.of(0);
    const title = `edit ${strayed.path} on ${first.name}; it becomes the master's again`;
    await this.#steps.run('heal', title, async () => {
      await edit(strayed).apply(first.home);
      await this.#allEqual();
    });
    await this.#steps.run('heal', `kill -9 ${first.name} as an edit goes out; restart it`, async () => {
      await editMany(this.#many()).apply(master.home);
      await first.kill();
      first.start();
      await first.ready(signal);
      await this.#allEqual();
    });
    await this.#steps.run('heal', 'kill -9 the master, edit a file meanwhile, restart it', async () => {
      await master.kill();
      await edit(this.#revisions.of(0)).apply(master.home);
      master.start();
      await master.ready(signal);
      await this.#allEqual();
    });
  }

  #many() {
    return Array.from({ length: MANY }, (_, n) => this.#revisions.of(9100 + n));
  }

  #change(change: Change): Promise<void> {
    const { master, workers } = this.#cluster;
    const options = { timeoutMs: STEP_TIMEOUT_MS, signal: this.#steps.signal };
    return this.#steps.run('change', change.title, async () => {
      await change.apply(master.home);
      const arrivals = workers.map(({ name, home }) =>
        waitUntil(`${name} has it`, () => change.arrived(home), options),
      );
      await Promise.all(arrivals);
    });
  }

  /** Reads all trees until they are equal. */
  async #allEqual(timeoutMs = STEP_TIMEOUT_MS): Promise<void> {
    const { signal } = this.#steps;
    for (const worker of this.#cluster.workers) {
      await waitUntilEqual(`${worker.name} is equal`, () => this.#differences(worker), { timeoutMs, signal });
    }
  }

  /** A file may come or go while trees are read; the next look tells. */
  async #differences(worker: NodeProcess): Promise<string[]> {
    try {
      return (await compareTrees(this.#cluster.master.home, worker.home, this.#config)).differences;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return ['a file went while it was read'];
      throw error;
    }
  }
}
