import { MASTER } from './acts.ts';
import { Network } from './network.ts';
import { SimulatedNode } from './node.ts';
import { GROUPS, workerNames } from './plan.ts';
import { Promises } from './promises.ts';
import { Stores } from './stores.ts';
import { treeOf } from './tree.ts';
import type { Life, World } from './world.ts';

export interface ClusterOptions {
  readonly workers: number;
  readonly agents: number;
}

/** Changes of files are noticed at once, as a watcher does; sometimes nobody notices, and they are found by the period. */
const NOTICED_SHARE = 0.6;
const NOTICE_MS = 50;

/** A master, its workers, the network between them, and what they promise. */
export class Cluster {
  readonly world: World;
  readonly network: Network;
  readonly master: SimulatedNode;
  readonly workers: readonly SimulatedNode[];
  readonly stores: Stores;
  readonly promises: Promises;
  readonly #byName: ReadonlyMap<string, SimulatedNode>;

  constructor(world: World, { workers, agents }: ClusterOptions) {
    this.world = world;
    this.network = new Network(world);
    this.master = new SimulatedNode(world, this.network, 'master', MASTER);
    this.workers = workerNames(workers).map((name) => new SimulatedNode(world, this.network, 'worker', name));
    this.#byName = new Map([this.master, ...this.workers].map((node) => [node.name, node]));
    this.stores = new Stores(world);
    this.promises = new Promises(this);
    this.master.write('etc/rules/local_rules.xml', '<group name="local"/>\n');
    for (const group of GROUPS) this.master.write(`etc/shared/${group}/merged.conf`, `<!-- ${group} -->\n`);
    this.master.write('etc/client.keys', clientKeys(agents));
    for (const node of this.nodes) node.onDamaged = (files) => this.promises.damaged(node, files);
    world.onStep = (life) => this.#stepped(life);
  }

  get nodes(): readonly SimulatedNode[] {
    return [this.master, ...this.workers];
  }

  node(name: string): SimulatedNode {
    const node = this.#byName.get(name);
    if (node === undefined) throw new Error(`there is no node ${name}`);
    return node;
  }

  start(): void {
    for (const node of this.nodes) node.start();
  }

  /** Somebody writes a file of a node, or removes it. */
  edit(node: SimulatedNode, path: string, content: Buffer | null): void {
    try {
      if (content === null) node.remove(path);
      else node.write(path, content);
    } catch (error) {
      this.world.note(`nobody could: ${(error as Error).message}`);
    }
    this.promises.edited(node, path);
    if (this.world.random('operator')() < NOTICED_SHARE)
      this.world.after(NOTICE_MS, () => node.noticeFiles(), null);
  }

  /** Faults end: what is broken is mended; what is frozen or off comes back by itself. */
  heal(): void {
    this.network.heal();
    for (const node of this.nodes) {
      node.mend();
      node.life.diskStepsLeft = Number.POSITIVE_INFINITY;
    }
  }

  /** What keeps the cluster from being in step, in words; nothing if it is. */
  disagreements(): string[] {
    const { master } = this;
    if (!master.isUp || master.services === null) return ['the master is down'];
    const found: string[] = [];
    const truth = treeOf(master.home, master.services.config.files);
    for (const worker of this.workers) {
      if (!worker.isUp || worker.services === null) found.push(`${worker.name} is down`);
      else if (worker.services.status.master === null) found.push(`${worker.name} is not connected`);
      else found.push(...this.promises.apart(worker, truth));
    }
    return found.length > 0 ? found : this.stores.disagreements(master, this.workers);
  }

  #stepped(life: Life | null): void {
    if (life === null) return;
    const node = this.#byName.get(life.node);
    if (node?.life !== life) return;
    if (!life.isAlive) {
      if (!node.isGone) {
        node.die('killed');
        node.restartLater();
      }
      return;
    }
    this.promises.check(node);
  }
}

const clientKeys = (count: number) =>
  Array.from({ length: count }, (_, index) => {
    const id = String(index + 1).padStart(3, '0');
    return `${id} agent${id} any ${id.repeat(22).slice(0, 64)}\n`;
  }).join('');
