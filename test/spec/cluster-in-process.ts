import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after } from 'node:test';
import { type AnyActorRef, createActor, type InspectionEvent } from 'xstate';
import { indexScheduler } from '../../machines/supervision/scheduler.ts';
import { loadConfig } from '../../src/config/load.ts';
import type {
  CommunicationIntervals,
  MasterIntervals,
  NodeConfig,
  NodeRole,
  WorkerIntervals,
} from '../../src/config/node-config.ts';
import { FilePool } from '../../src/files/pool.ts';
import type { Clock } from '../../src/node/clock.ts';
import { masterTree } from '../../src/node/master.ts';
import { nodeTransfers } from '../../src/node/node-transfers.ts';
import { openServices } from '../../src/node/open-services.ts';
import type { NodeServices } from '../../src/node/services.ts';
import type { Transfers } from '../../src/node/transfers/index.ts';
import type { DialectMemory } from '../../src/node/wazuh4/dialect-memory.ts';
import { workerTree } from '../../src/node/worker.ts';
import type { OfferedMethods } from '../../src/requests/handlers.ts';
import type { Transport } from '../../src/transport/transport.ts';
import { ossecConf } from '../config/temporary-home.ts';
import { haveSameTree } from '../e2e/tree.ts';
import { ManualClock } from '../harness/manual-clock.ts';
import { waitFor } from '../harness/wait-for.ts';
import { LogCollector } from './log-collector.ts';
import { Network, type Wire } from './wire.ts';

export interface ClusterOptions {
  workers?: number;
  /** Files of the master before it starts, path to content. */
  files?: Record<string, string | Uint8Array>;
  /** `intervals` of every node's cluster.json, where they differ from the defaults. */
  intervals?: {
    worker?: Partial<WorkerIntervals>;
    master?: Partial<MasterIntervals>;
    communication?: Partial<CommunicationIntervals>;
  };
  /** What the nodes offer, if not the methods of this version. */
  methods?: OfferedMethods;
  /** What the transport of a worker goes by where it is not known what its master speaks. */
  memory?: DialectMemory;
  /** Time; a simulated clock if absent, so that only `pass` lets it go by. */
  clock?: Clock;
}

/** Real threads for hashing and packing; starting them is what takes longest, so the tests of a file share them. */
const pool = new FilePool({ threads: 2 });
after(() => pool.close());

/** Steps in which simulated time passes: what one second causes happens before the next. */
const STEP_MS = 1_000;

/** A node as `muster node` runs it, but for signals, lock and watcher: its own home, and a wire in place of a socket. */
export class InProcessNode {
  readonly name: string;
  readonly home: string;
  readonly role: NodeRole;
  readonly transport: Transport;
  readonly log = new LogCollector();
  /** Last chance to put something in the way of what the node works with. */
  beforeStart: (services: NodeServices) => void = () => {};
  /** Told of everything that its machines do. */
  inspect: (event: InspectionEvent) => void = () => {};
  readonly #options: ClusterOptions;
  readonly #clock: Clock;
  #services: NodeServices | null = null;
  #transfers: Transfers | null = null;
  #root: AnyActorRef | null = null;

  constructor(
    name: string,
    home: string,
    role: NodeRole,
    transport: Transport,
    clock: Clock,
    options: ClusterOptions,
  ) {
    this.name = name;
    this.home = home;
    this.role = role;
    this.transport = transport;
    this.#clock = clock;
    this.#options = options;
    this.write('etc/ossec.conf', ossecConf({ node_name: name, node_type: role }));
  }

  get services(): NodeServices {
    if (this.#services === null) throw new Error(`${this.name} was not started`);
    return this.#services;
  }

  get transfers(): Transfers {
    if (this.#transfers === null) throw new Error(`${this.name} was not started`);
    return this.#transfers;
  }

  get root(): AnyActorRef {
    if (this.#root === null) throw new Error(`${this.name} was not started`);
    return this.#root;
  }

  async start(): Promise<void> {
    const services = await openServices(await this.#config(), this.log, {
      clock: this.#clock,
      pool,
      ...(this.#options.methods && { methods: this.#options.methods }),
      ...(this.#options.memory && { memory: this.#options.memory }),
    });
    this.beforeStart(services);
    this.#services = services;
    const transfers = nodeTransfers(services);
    this.#transfers = transfers;
    const tree = this.role === 'master' ? masterTree : workerTree;
    const root: AnyActorRef = createActor(
      tree(services, transfers, this.transport, () => root),
      { clock: this.#clock, inspect: (event) => this.inspect(event) },
    );
    indexScheduler(root);
    services.tap.attach(root);
    root.subscribe({ error: () => {} });
    this.#root = root;
    root.start();
  }

  /** Ends the node in order. */
  async stop(): Promise<void> {
    if (this.#root === null || this.#root.getSnapshot().status !== 'active') return;
    this.#root.send({ type: 'shutdown' });
    await waitFor(
      `${this.name} to stop`,
      () => this.root.getSnapshot().status !== 'active',
      10_000,
      () => this.log.text(),
    );
  }

  /** What the watcher of files does when it sees a change. */
  noticeFiles(): void {
    const isMaster = this.role === 'master';
    this.root.send({
      type: 'supervisor.send',
      child: isMaster ? 'localIntegrity' : 'connector',
      event: { type: isMaster ? 'trigger' : 'files.changed' },
    });
  }

  write(path: string, content: string | Uint8Array): void {
    mkdirSync(dirname(join(this.home, path)), { recursive: true });
    writeFileSync(join(this.home, path), content);
  }

  remove(path: string): void {
    rmSync(join(this.home, path), { recursive: true });
  }

  read(path: string): string {
    return readFileSync(join(this.home, path), 'utf8');
  }

  async #config(): Promise<NodeConfig> {
    const config = await loadConfig(this.home);
    const { worker, master, communication } = config.intervals;
    const changed = this.#options.intervals ?? {};
    return {
      ...config,
      intervals: {
        worker: { ...worker, ...changed.worker },
        master: { ...master, ...changed.master },
        communication: { ...communication, ...changed.communication },
      },
    };
  }
}

export class InProcessWorker extends InProcessNode {
  readonly wire: Wire;

  constructor(name: string, home: string, wire: Wire, clock: Clock, options: ClusterOptions) {
    super(name, home, 'worker', wire.transport, clock, options);
    this.wire = wire;
  }
}

/** A master and its workers in this process, in a temporary folder. */
export class ClusterInProcess {
  readonly directory = mkdtempSync(join(tmpdir(), 'muster-spec-'));
  readonly network = new Network();
  readonly clock: Clock;
  readonly master: InProcessNode;
  readonly workers: readonly InProcessWorker[];

  private constructor(options: ClusterOptions) {
    const simulated = new ManualClock();
    simulated.aheadMs = Date.now();
    this.clock = options.clock ?? simulated;
    this.master = new InProcessNode(
      'master',
      join(this.directory, 'master'),
      'master',
      this.network.transport,
      this.clock,
      options,
    );
    this.workers = Array.from({ length: options.workers ?? 1 }, (_, i) => {
      const name = `worker${i + 1}`;
      return new InProcessWorker(name, join(this.directory, name), this.network.wire(), this.clock, options);
    });
  }

  /** Lays the cluster out, and starts nothing. */
  static prepare(options: ClusterOptions = {}): ClusterInProcess {
    const cluster = new ClusterInProcess(options);
    for (const [path, content] of Object.entries(options.files ?? {})) cluster.master.write(path, content);
    return cluster;
  }

  /** A cluster whose workers are connected and in step. */
  static async start(options: ClusterOptions = {}): Promise<ClusterInProcess> {
    const cluster = ClusterInProcess.prepare(options);
    await cluster.startMaster();
    for (const worker of cluster.workers) await worker.start();
    for (const worker of cluster.workers) await cluster.settled(worker);
    return cluster;
  }

  /** The worker of this number, from 1. */
  worker(number = 1): InProcessWorker {
    const worker = this.workers[number - 1];
    if (worker === undefined) throw new Error(`there is no worker ${number}`);
    return worker;
  }

  /** Starts the master and waits for its port and its first scan. */
  async startMaster(): Promise<void> {
    await this.master.start();
    await this.until(
      'the master to serve',
      () => this.master.services.status.address !== null && this.master.services.index.digest !== '',
    );
  }

  /** Waits until the worker's files are the master's, and its round is over. */
  async settled(worker: InProcessWorker): Promise<void> {
    await this.until(
      `${worker.name} to be in step`,
      () =>
        worker.services.status.lastCheck !== null &&
        haveSameTree(this.master.home, worker.home) &&
        roundOf(worker.root) === 'waiting',
    );
  }

  /** Waits until no round of the worker runs; the next one begins after its pause. */
  async roundOver(worker: InProcessWorker): Promise<void> {
    await this.until(`the round of ${worker.name} to end`, () =>
      ['waiting', 'retrying'].includes(roundOf(worker.root) ?? ''),
    );
  }

  until<T>(what: string, check: () => T | Promise<T>): Promise<NonNullable<T>> {
    return waitFor(what, check, 10_000, () =>
      [this.master, ...this.workers].map((node) => `--- ${node.name}\n${node.log.text()}`).join('\n'),
    );
  }

  /** Lets simulated time go by, step by step; what is due at each step is sent and answered before the next. */
  async pass(timeMs: number): Promise<void> {
    const clock = this.clock;
    if (!(clock instanceof ManualClock)) throw new Error('this clock goes by itself');
    for (let leftMs = timeMs; leftMs > 0; leftMs -= STEP_MS) {
      clock.increment(Math.min(STEP_MS, leftMs));
      for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    }
  }

  async close(): Promise<void> {
    for (const worker of this.workers) await worker.stop();
    await this.master.stop();
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** State of the worker's periodic integrity task: `running`, `waiting`, `retrying`; null without a connection. */
export function roundOf(root: AnyActorRef): string | null {
  const periodic = ['connector', 'handler', 'integrity'].reduce<AnyActorRef | undefined>(
    (actor, id) => actor?.getSnapshot().children?.[id],
    root,
  );
  const value: unknown = periodic?.getSnapshot().value;
  if (value === undefined) return null;
  return typeof value === 'string' ? value : (Object.keys(value as object)[0] ?? null);
}
