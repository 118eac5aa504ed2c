import assert from 'node:assert/strict';
import { Cluster } from '../e2e/cluster.ts';
import type { NodeProcess } from '../e2e/node-process.ts';
import { treeOf } from '../e2e/tree.ts';
import { waitFor } from '../harness/wait-for.ts';
import { GIVEN_UP, SHORT_TIMEOUTS } from './arena.ts';
import { FaultProxy } from './fault-proxy.ts';
import { Generations } from './generations.ts';
import { leavesNothing } from './leftovers.ts';
import { Looks } from './looks.ts';

const DEADLINE_MS = 60_000;

/** A master and a worker with a bad network between them. */
export class NetworkArena {
  readonly cluster: Cluster;
  readonly proxy: FaultProxy;
  readonly #sets: Generations;

  private constructor(cluster: Cluster, proxy: FaultProxy, seed: number) {
    this.cluster = cluster;
    this.proxy = proxy;
    this.#sets = new Generations(cluster, seed);
  }

  /** Two nodes, the worker not yet started. */
  static async create(seed: number, main?: string): Promise<NetworkArena> {
    const cluster = await Cluster.create(0, undefined, main);
    const proxy = await FaultProxy.open(cluster.port);
    await cluster.addWorker('worker1', 'worker1', proxy.port);
    cluster.configure(SHORT_TIMEOUTS);
    const arena = new NetworkArena(cluster, proxy, seed);
    cluster.start();
    await arena.#inStep();
    return arena;
  }

  get worker(): NodeProcess {
    const [worker] = this.cluster.workers;
    assert.ok(worker);
    return worker;
  }

  /**
   * The next generation comes over a network that `disturb` makes bad; `until` waits for what is to happen. The worker
   * has the old set or the new one all the time, and when the network is good again the new one, with nothing left over.
   */
  async play(disturb: (proxy: FaultProxy) => void, until?: () => Promise<unknown>): Promise<void> {
    // Nothing is asked while the master has half of a generation.
    this.proxy.freeze();
    await this.#sets.next();
    const looks = new Looks(this.worker.home, this.#sets);
    try {
      this.proxy.heal();
      disturb(this.proxy);
      await (until?.() ?? this.#inStep());
      this.proxy.heal();
      await this.#inStep();
    } finally {
      looks.end();
    }
    assert.equal(this.#sets.which(treeOf(this.worker.home)), 'new');
    await leavesNothing(this.cluster.nodes, DEADLINE_MS);
  }

  /** Waits until both sides have given up their connection. */
  async givenUp(): Promise<void> {
    const told = new Map(this.cluster.nodes.map((node) => [node, node.output.length]));
    for (const [node, length] of told) {
      const isGivenUp = () => GIVEN_UP.test(node.output.slice(length));
      await waitFor(`${node.name} to give up`, isGivenUp, DEADLINE_MS, () => node.output.slice(-3000));
    }
  }

  async close(): Promise<void> {
    await this.cluster.close();
    await this.proxy.close();
  }

  async #inStep(): Promise<void> {
    await this.cluster.inStep(undefined, DEADLINE_MS);
  }
}
