import { type AnyActorRef, createActor } from 'xstate';
import { indexScheduler } from '../../machines/supervision/scheduler.ts';
import { loadConfig } from '../config/load.ts';
import type { LogLevel, NodeConfig, NodeRole } from '../config/node-config.ts';
import { masterTree } from '../node/master.ts';
import { nodeTransfers } from '../node/node-transfers.ts';
import { openServices } from '../node/open-services.ts';
import type { NodeServices } from '../node/services.ts';
import { workerTree } from '../node/worker.ts';
import type { LogFields, Logger } from '../observe/log.ts';
import { Disk, type Inode } from './disk.ts';
import { files, MOUNT } from './file-system.ts';
import type { Network } from './network.ts';
import type { Life, World } from './world.ts';

const KEY = '0123456789abcdef0123456789abcdef';
/** Whoever keeps a daemon alive starts it again after so long. */
const RESTART_MS = 3_000;

/** One node of a world: its disk, and its lives one after the other. */
export class SimulatedNode {
  readonly name: string;
  readonly role: NodeRole;
  readonly home: string;
  readonly disk: Disk;
  life: Life;
  services: NodeServices | null = null;
  root: AnyActorRef | null = null;
  starts = 0;
  /** How often it ended by itself, because it could not go on. */
  gaveUp = 0;
  /** How far its clock is ahead, in this life and the next ones. */
  clockAheadMs = 0;
  /** Its end was seen, and what follows from it is done. */
  isGone = true;
  readonly #world: World;
  readonly #network: Network;

  constructor(world: World, network: Network, role: NodeRole, name: string) {
    this.#world = world;
    this.#network = network;
    this.role = role;
    this.name = name;
    this.home = `${MOUNT}/${name}`;
    this.disk = new Disk();
    world.disks.set(name, this.disk);
    this.life = this.#newLife();
    this.life.isAlive = false;
    this.write('etc/ossec.conf', ossecConf(role, name));
    this.write('etc/muster.json', MUSTER_JSON);
    this.write('etc/cluster.json', CLUSTER_JSON);
  }

  /** Whether it runs, and is past its start. */
  get isUp(): boolean {
    return this.life.isAlive && this.root !== null;
  }

  /** What somebody does to its files by hand is on the disk at once. */
  write(path: string, content: string | Uint8Array): void {
    this.#world.as(null, () => {
      const full = `${this.home}/${path}`;
      files.mkdir(full.slice(0, full.lastIndexOf('/')), 0o770, true);
      const file = files.open(full, 'w', 0o640);
      const bytes = typeof content === 'string' ? Buffer.from(content) : content;
      if (bytes.length > 0) files.write(file, bytes, null);
      files.sync(file);
      files.close(file);
    });
  }

  remove(path: string): void {
    this.#world.as(null, () => {
      const full = `${this.home}/${path}`;
      if (files.findOrNull(full) === null) return;
      files.remove(full, { recursive: true, force: true });
      const directory = files.open(full.slice(0, full.lastIndexOf('/')));
      files.sync(directory);
      files.close(directory);
    });
  }

  start(): void {
    const life = this.#newLife();
    this.life = life;
    this.services = null;
    this.root = null;
    this.starts += 1;
    this.isGone = false;
    this.#world.note(`${this.name} starts`);
    this.#world.after(
      0,
      () => {
        this.#boot(life).catch((error) => this.#fell(life, error));
      },
      life,
    );
  }

  /** What the watcher of files tells of a change. */
  noticeFiles(): void {
    const { root, life, role } = this;
    if (root === null) return;
    const tell = (child: string, type: string) =>
      root.send({ type: 'supervisor.send', child, event: { type } });
    this.#world.after(
      0,
      () => {
        tell('registry', 'trigger');
        if (role === 'master') tell('localIntegrity', 'trigger');
        else tell('connector', 'files.changed');
      },
      life,
    );
  }

  /** The process is gone at once, and its system closes what it had open; or the machine is without power. */
  die(how: 'killed' | 'power'): void {
    this.#world.note(`${this.name} is gone: ${how}`);
    this.life.isAlive = false;
    this.isGone = true;
    this.root = null;
    this.#network.ended(this.life, how === 'power');
    if (how === 'power') this.losePower();
  }

  /** What was not synced is lost, also where the process had died before. */
  losePower(): void {
    const damaged = this.disk.losePower(this.#world.random('power'));
    if (damaged.length > 0) this.onDamaged(damaged);
  }

  /** Contents that were not on its disk yet are lost with its power. */
  onDamaged: (files: readonly Inode[]) => void = () => {};

  /** The disk has room again, and does what it is told. */
  mend(): void {
    this.disk.capacityBytes = Number.POSITIVE_INFINITY;
    this.disk.failingRenames.left = 0;
  }

  /** Starts it again, as whoever supervises daemons does. */
  restartLater(afterMs = RESTART_MS): void {
    this.#world.after(afterMs, () => this.start(), null);
  }

  async #boot(life: Life): Promise<void> {
    const world = this.#world;
    const config = await this.#config();
    const clock = {
      now: () => Math.floor(world.nowMs + life.clockAheadMs),
      elapsedMs: () => world.nowMs,
      setTimeout: (task: () => void, timeoutMs: number) => world.after(timeoutMs, task, life),
      clearTimeout: (timer: never) => world.cancel(timer),
    };
    const services = await openServices(config, this.#log(life), { clock });
    const transfers = nodeTransfers(services);
    const tree = this.role === 'master' ? masterTree : workerTree;
    const root: AnyActorRef = createActor(
      tree(services, transfers, this.#network.transport(life), () => root),
      { clock },
    );
    indexScheduler(root);
    root.subscribe({
      error: (error) => this.#fell(life, error),
      complete: () => this.#fell(life, new Error('it ended')),
    });
    this.services = services;
    this.root = root;
    root.start();
  }

  /** The process ends by itself; it is started again. */
  #fell(life: Life, error: unknown): void {
    if (!life.isAlive) return;
    this.#world.note(`${this.name} gives up: ${error instanceof Error ? error.message : String(error)}`);
    this.gaveUp += 1;
    this.#world.after(
      0,
      () => {
        if (!life.isAlive) return;
        this.die('killed');
        this.restartLater();
      },
      null,
    );
  }

  async #config(): Promise<NodeConfig> {
    return await loadConfig(this.home);
  }

  #newLife(): Life {
    return {
      node: this.name,
      isAlive: true,
      frozenUntilMs: 0,
      clockAheadMs: this.clockAheadMs,
      diskStepsLeft: Number.POSITIVE_INFINITY,
    };
  }

  #log(life: Life): Logger {
    const at = (tag: string, subtag: string, level: LogLevel) => (message: string, fields?: LogFields) => {
      if (!life.isAlive) return;
      const error = fields?.error instanceof Error ? `: ${fields.error.message}` : '';
      this.#world.note(`${this.name} ${level} [${tag}] [${subtag}] ${message}${error}`);
    };
    return {
      tagged: (tag, subtag) => ({
        isDebug: true,
        debug2: () => {},
        debug: at(tag, subtag, 'debug'),
        info: at(tag, subtag, 'info'),
        warning: at(tag, subtag, 'warning'),
        error: at(tag, subtag, 'error'),
      }),
      addSecrets: () => {},
      redact: (text) => text,
      reopen: () => {},
      flush: () => {},
      close: async () => {},
    };
  }
}

/** Agents are kept and registered by the node itself; nodes speak Muster's own dialect. */
const MUSTER_JSON = JSON.stringify({
  cluster: { dialect: 'muster' },
  agents: { store: 'embedded', registration: 'embedded' },
});

/** A connection that carries nothing is given up sooner than by default, so that less time has to be simulated. */
const CLUSTER_JSON = JSON.stringify({
  intervals: {
    worker: { keep_alive: 10 },
    master: { check_worker_lastkeepalive: 10, max_allowed_time_without_keepalive: 30 },
  },
});

const ossecConf = (role: NodeRole, name: string) => `<ossec_config>
  <cluster>
    <name>simulated</name>
    <node_name>${name}</node_name>
    <node_type>${role}</node_type>
    <key>${KEY}</key>
    <port>1516</port>
    <bind_addr>0.0.0.0</bind_addr>
    <nodes><node>10.0.0.1</node></nodes>
    <hidden>no</hidden>
    <disabled>no</disabled>
  </cluster>
</ossec_config>
`;
