import type { Cluster } from '../e2e/cluster.ts';
import { waitFor } from '../harness/wait-for.ts';
import { digestOfTree, fileSet, type Tree, whichOf, writeSet } from './file-sets.ts';

/** Time for a master to scan, on a busy machine. */
const SCAN_MS = 60_000;

/** The sets that a master publishes, one after the other; nobody may see one that is half written. */
export class Generations {
  readonly #cluster: Cluster;
  readonly #seed: number;
  #number = 1;
  #old: Tree;
  #new: Tree;

  constructor(cluster: Cluster, seed: number) {
    this.#cluster = cluster;
    this.#seed = seed;
    this.#new = fileSet(seed, 1);
    this.#old = this.#new;
    writeSet(cluster.master.home, this.#new);
  }

  /** Writes the next set on the master, which nobody must ask meanwhile, and waits until it is published if the master runs. */
  async next(): Promise<void> {
    this.#number += 1;
    this.#old = this.#new;
    this.#new = fileSet(this.#seed, this.#number);
    const { master } = this.#cluster;
    writeSet(master.home, this.#new);
    if (!master.runs) return;
    const digest = digestOfTree(this.#new);
    const isPublished = async () => (await this.#cluster.status(master)).digest === digest;
    await waitFor('the master to publish its files', isPublished, SCAN_MS, () => master.output);
  }

  /** Whether a tree is the old set or the new one. Throws if it is neither. */
  which(tree: Tree): 'old' | 'new' {
    return whichOf(tree, { new: this.#new, old: this.#old }) as 'old' | 'new';
  }
}
