import { type AnyActorRef, createActor } from 'xstate';
import { indexScheduler } from '../../../machines/supervision/scheduler.ts';
import { loadConfig } from '../../../src/config/load.ts';
import type { FilePool } from '../../../src/files/pool.ts';
import { nodeTransfers } from '../../../src/node/node-transfers.ts';
import { openServices } from '../../../src/node/open-services.ts';
import type { NodeServices } from '../../../src/node/services.ts';
import { clusterTransport } from '../../../src/node/transports.ts';
import { workerTree } from '../../../src/node/worker.ts';
import { waitFor } from '../../harness/wait-for.ts';
import { reported } from './agent-rows.ts';
import { CountingTransport } from './counting-transport.ts';
import { FleetLog } from './fleet-log.ts';

const DEADLINE_MS = 120_000;
const ROUND = 'Agent-info sync';
const ROUND_SYNCED = /^Finished in .* chunks sent/;

export interface FleetWorkerOptions {
  readonly home: string;
  readonly firstAgent: number;
  readonly pool: FilePool;
  /** Where its messages are counted. */
  readonly messages: Record<string, number>;
}

/** One worker as `muster node` runs it, but for signals, lock and watcher: its own home, its own store, TLS to the master. */
export class FleetWorker {
  readonly #options: FleetWorkerOptions;
  readonly #services: NodeServices;
  readonly #log: FleetLog;
  readonly #root: AnyActorRef;

  private constructor(options: FleetWorkerOptions, services: NodeServices, log: FleetLog, root: AnyActorRef) {
    this.#options = options;
    this.#services = services;
    this.#log = log;
    this.#root = root;
  }

  /** Resolves when it is connected and its set of files is the master's. */
  static async start(options: FleetWorkerOptions): Promise<FleetWorker> {
    const config = await loadConfig(options.home);
    const log = new FleetLog(config.nodeName);
    const services = await openServices(config, log, { pool: options.pool });
    const transport = new CountingTransport(clusterTransport(config, false), options.messages);
    const root: AnyActorRef = createActor(
      workerTree(services, nodeTransfers(services), transport, () => root),
      { clock: services.clock },
    );
    indexScheduler(root);
    root.start();
    const { status } = services;
    await waitFor(`${config.nodeName} to be in step`, () => status.lastCheck !== null, DEADLINE_MS);
    return new FleetWorker(options, services, log, root);
  }

  /** Its agents report, as if by the daemon that serves them. */
  async report(agents: number, round: number): Promise<void> {
    const { config, store } = this.#services;
    const datas = this.#idsOf(agents).map((id) => reported(id, config.nodeName, round));
    await Promise.all(datas.map((data) => store.current.updateAgentData(data)));
  }

  /** They say that they are still there. */
  async keepalive(agents: number): Promise<void> {
    const { current } = this.#services.store;
    await Promise.all(this.#idsOf(agents).map((id) => current.updateKeepalive(id, 'active', 'syncreq')));
  }

  #idsOf(agents: number): number[] {
    return Array.from({ length: agents }, (_, i) => this.#options.firstAgent + i);
  }

  /** A round of agent-info that sends something. */
  async round(): Promise<void> {
    const over = this.#log.next(ROUND, ROUND_SYNCED);
    this.#child('agentInfo').send({ type: 'trigger' });
    await over;
  }

  /** Resolves when its checksum over the groups of all agents is this one: looked at when groups have arrived. */
  async hasHash(hash: string): Promise<void> {
    for (;;) {
      const arrived = this.#log.next('Agent-groups recv', /^Finished/);
      if ((await this.#services.store.current.groupsHash()) === hash) return;
      await arrived;
    }
  }

  /** A process of its connection. */
  #child(id: string): AnyActorRef {
    const found = ['connector', 'handler', id].reduce<AnyActorRef | undefined>(
      (actor, name) => actor?.getSnapshot().children?.[name],
      this.#root,
    );
    if (found === undefined) throw new Error(`${this.#services.config.nodeName} is not connected`);
    return found;
  }
}
