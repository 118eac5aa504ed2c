import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Cluster } from '../e2e/cluster.ts';
import type { NodeProcess } from '../e2e/node-process.ts';
import { treeOf } from '../e2e/tree.ts';
import { waitFor } from '../harness/wait-for.ts';
import { Armed } from './armed.ts';
import type { Fault, Refused } from './fault.ts';
import { journalsOf, settledTree, treeAtRest } from './file-sets.ts';
import { Generations } from './generations.ts';
import { leavesNothing } from './leftovers.ts';
import { Looks } from './looks.ts';

/** Time-outs short enough that a test meets them, long enough for a machine that is busy. */
export const SHORT_TIMEOUTS = {
  intervals: {
    worker: { sync_integrity: 2, keep_alive: 1, connection_retry: 1 },
    master: {
      recalculate_integrity: 2,
      check_worker_lastkeepalive: 1,
      max_allowed_time_without_keepalive: 4,
    },
    communication: { timeout_cluster_request: 4, timeout_receiving_file: 5 },
  },
};
/** Time for a node to come to a point, and for a cluster to come into step again. */
const DEADLINE_MS = 60_000;

/** What the log of a worker says of a sync that was not completed. */
const FAILED = /Failed after/;
/** What the log says of a peer that is silent for too long. */
export const GIVEN_UP = /No keep alives have been received|keepalives? .*Disconnecting/;

export type Side = 'master' | 'worker';

/** Faults that one side meets, one a life, while a new set is on its way. */
export interface Case {
  readonly side: Side;
  readonly faults: readonly Fault[];
  /** Before the fault, applying the set is refused, so that it is undone. */
  readonly refused?: Refused;
  /** Take the master away, and kill the worker when it has told of the error that it met. */
  readonly thenKill?: boolean;
  /** Kill the other side too. */
  readonly both?: boolean;
  /** A side that is stopped stays so until the other one has given it up. */
  readonly givenUp?: boolean;
}

export const nameOf = ({ side, faults, refused, thenKill, both, givenUp }: Case) => {
  const steps = faults.map(({ point, passage, action }) => `${action} at ${point} (${passage})`);
  if (refused !== undefined) steps.unshift(`refused at ${refused.point} (${refused.passage})`);
  if (thenKill) steps.push('kill');
  const also = `${both ? ', and the other side at once' : ''}${givenUp ? ' until it is given up' : ''}`;
  return `${side}: ${steps.join(', then ')}${also}`;
};

type Met = Omit<Case, 'faults'> & { victim: NodeProcess; other: NodeProcess };

/** A master and a worker that are taken from one generation of files to the next, whatever happens on the way. */
export class Arena {
  readonly cluster: Cluster;
  readonly #armed: Armed;
  readonly #sets: Generations;

  private constructor(cluster: Cluster, seed: number) {
    this.cluster = cluster;
    this.#armed = new Armed(cluster.directory);
    this.#sets = new Generations(cluster, seed);
  }

  /** Two nodes in step. `main`: what is run, if not the sources. */
  static async create(seed: number, main?: string): Promise<Arena> {
    const cluster = await Cluster.create(1, undefined, main);
    cluster.configure(SHORT_TIMEOUTS);
    const arena = new Arena(cluster, seed);
    for (const node of cluster.nodes) arena.#armed.start(node);
    await cluster.inStep(undefined, DEADLINE_MS);
    return arena;
  }

  get worker(): NodeProcess {
    const [worker] = this.cluster.workers;
    assert.ok(worker);
    return worker;
  }

  /** Names of all points that were passed, and how often. */
  passages(): Map<string, number> {
    return this.#armed.passages();
  }

  /**
   * Has one side meet its faults on the way to the next generation. After each fault the worker has the old set or the
   * new one; in the end both have the new one, and nothing else is left of what happened. Rejects if it is not so.
   */
  async play({ faults, ...options }: Case): Promise<void> {
    const { master } = this.cluster;
    const [victim, other] = options.side === 'master' ? [master, this.worker] : [this.worker, master];
    await this.#revive();
    await victim.kill('SIGKILL');
    await this.#sets.next();
    const looks = new Looks(this.worker.home, this.#sets);
    try {
      for (const fault of faults) {
        await this.#meet(victim, fault, options.refused);
        await this.#sequel(fault, fault === faults.at(-1), { victim, other, ...options });
      }
      if (options.thenKill) await this.#failsWhole();
      await this.#revive();
    } finally {
      looks.end();
    }
    await leavesNothing(this.cluster.nodes, DEADLINE_MS);
  }

  /** Both end by SIGTERM without an error, and free their homes. */
  async endInOrder(): Promise<void> {
    for (const node of [this.worker, this.cluster.master]) {
      await node.kill('SIGTERM');
      assert.equal(node.exitCode, 0, node.output);
      assert.deepEqual(readdirSync(join(node.home, 'var/run')), []);
    }
  }

  /** What the machines of all nodes did in all their lives, verified; how many steps that were. */
  verifiedSteps(): number {
    return this.#armed.verifiedSteps();
  }

  async close(): Promise<void> {
    await this.cluster.close();
  }

  /** What follows when a fault has had its effect. */
  async #sequel(
    { action, point }: Fault,
    isLast: boolean,
    { victim, other, side, both, givenUp }: Met,
  ): Promise<void> {
    if (isLast && both) await other.kill('SIGKILL');
    if (action === 'stop') await this.#goOn(victim, other, givenUp ?? false);
    if (action === 'kill' && side === 'master') this.#sets.which(await settledTree(this.worker.home));
    if (action === 'kill' && side === 'worker') await this.#recovers(!isLast);
    // A master that cannot find out what it had left unfinished does not start; a worker tries again.
    if ((action === 'throw' || action === 'exit') && point.startsWith('recover.') && side === 'master')
      assert.equal(await victim.ended(), 1);
  }

  /** Lets both run, connected and in step; an earlier case may have ended anywhere. */
  async #revive(): Promise<void> {
    for (const node of this.cluster.nodes) {
      node.signal('SIGCONT');
      if (!node.runs) this.#armed.start(node);
    }
    const isConnected = async () => {
      const status = await this.cluster.status(this.worker).catch(() => null);
      return status?.connected === true;
    };
    const told = () => this.worker.output;
    await waitFor('the worker to be connected', isConnected, DEADLINE_MS, told);
    // A set may be in its place whole and be undone all the same, if its last step is refused.
    const isInStep = () => {
      const tree = treeAtRest(this.worker.home);
      return tree !== null && this.#sets.which(tree) === 'new';
    };
    await waitFor('the worker to be in step', isInStep, DEADLINE_MS, told);
  }

  /** Starts the victim, and waits until its fault has had its effect. */
  async #meet(victim: NodeProcess, fault: Fault, refused?: Refused): Promise<void> {
    const expected = this.#armed.strikes() + 1;
    this.#armed.start(victim, fault, refused);
    await this.#armed.struck(victim, fault, expected, DEADLINE_MS);
  }

  /** Lets a side that was stopped go on: at once, or when the other has given it up. */
  async #goOn(victim: NodeProcess, other: NodeProcess, givenUp: boolean): Promise<void> {
    const told = other.output.length;
    const isGivenUp = () => GIVEN_UP.test(other.output.slice(told));
    if (givenUp) await waitFor('the peer to be given up', isGivenUp, DEADLINE_MS, () => other.output);
    victim.signal('SIGCONT');
  }

  /**
   * The worker is dead. Started without its master it has the set that was being applied, if there was a journal, and
   * otherwise, or if that was being undone, the one that it had. `hasMore`: the start itself is to meet the next fault.
   */
  async #recovers(hasMore: boolean): Promise<void> {
    const { worker } = this;
    const { applied, undone } = journalsOf(worker.home);
    const atRest = () => this.#sets.which(treeOf(worker.home));
    const atDeath = applied ? 'new' : undone ? 'old' : atRest();
    if (hasMore) return;
    this.cluster.master.signal('SIGSTOP');
    try {
      this.#armed.start(worker);
      await waitFor('the worker to start', () => worker.output.includes('Starting worker'), DEADLINE_MS);
      assert.equal(atRest(), atDeath);
      assert.deepEqual(journalsOf(worker.home), { applied: false, undone: false });
    } finally {
      this.cluster.master.signal('SIGCONT');
    }
  }

  /** The worker has met an error, and its master cannot help: it has one of the sets by itself, before and after a kill. */
  async #failsWhole(): Promise<void> {
    const { worker } = this;
    const { master } = this.cluster;
    master.signal('SIGSTOP');
    try {
      await waitFor(
        'the error to be told',
        () => FAILED.test(worker.output),
        DEADLINE_MS,
        () => worker.output,
      );
      this.#sets.which(await settledTree(worker.home));
      await worker.kill('SIGKILL');
      await this.#recovers(false);
    } finally {
      master.signal('SIGCONT');
    }
  }
}
