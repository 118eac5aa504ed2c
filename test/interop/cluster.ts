import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { storePath } from '../../src/agents/paths.ts';
import { WdbStore } from '../../src/agents/wdb-store.ts';
import type { BenchNode, HomeOptions, System } from '../bench/bench-node.ts';
import { freePort } from '../bench/cluster.ts';
import { seemToRun } from '../harness/wazuh-framework.ts';
import { StoreOfOriginal } from './store-of-original.ts';

export type Kind = 'muster' | 'original';
export type Systems = Readonly<Record<Kind, System>>;

/** Everything that happens now and then happens every second, so that a check need not wait for it. */
const INTERVALS = {
  master: { recalculate_integrity: 1, sync_agent_groups: 1, agent_group_start_delay: 1 },
  worker: { sync_integrity: 1, sync_agent_info: 1, connection_retry: 1, agent_groups_mismatch_limit: 3 },
};
const TAIL_LINES = 16;

/** A node of either kind, with its home and the agents' database of that. */
export class Member {
  readonly name: string;
  readonly kind: Kind;
  readonly home: string;
  readonly store: WdbStore;
  readonly #system: System;
  #daemon: StoreOfOriginal | null = null;
  #node: BenchNode;

  constructor(system: System, kind: Kind, home: string, name: string) {
    this.name = name;
    this.kind = kind;
    this.home = home;
    this.store = new WdbStore({ socket: storePath(home, 'socket') });
    this.#system = system;
    this.#node = system.node({ name, home });
  }

  async layOut(
    role: 'master' | 'worker',
    port: number,
    intervals: HomeOptions['intervals'] = INTERVALS,
  ): Promise<void> {
    await this.#system.layOut(this.home, { role, name: this.name, port, intervals });
    seemToRun(this.home);
    // A node of Muster has its own database; beside an original a daemon of the installation would.
    if (this.kind === 'original') this.#daemon = await StoreOfOriginal.open(this.home, role === 'master');
  }

  start(): void {
    this.#node = this.#system.node({ name: this.name, home: this.home });
    this.#node.start();
  }

  async kill(): Promise<void> {
    await this.#node.kill();
  }

  async close(): Promise<void> {
    await this.kill();
    await this.store.close();
    await this.#daemon?.close();
  }

  /** The most memory that it has had since it was started. */
  get peakMemoryMiB(): number {
    return this.#node.usage.peakMemoryMiB;
  }

  /** Whether its log has such a line. */
  says(pattern: RegExp): boolean {
    return this.#node.lines.matching(pattern).length > 0;
  }

  /** The end of its log, for who has to find out why. */
  tail(): string {
    const lines = this.#node.lines.all
      .slice(-TAIL_LINES)
      .map(({ timeMs, text }) => `    ${new Date(timeMs).toISOString().slice(11, 23)} ${text}`);
    return [`  ${this.name} (${this.kind}):`, ...lines].join('\n');
  }

  write(path: string, content: string): void {
    const file = join(this.home, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
  }

  append(path: string, content: string): void {
    appendFileSync(join(this.home, path), content);
  }

  remove(path: string): void {
    rmSync(join(this.home, path), { recursive: true });
  }

  /** Null for a file that is not there. */
  read(path: string): string | null {
    try {
      return readFileSync(join(this.home, path), 'utf8');
    } catch {
      return null;
    }
  }

  edit(path: string, change: (content: string) => string): void {
    this.write(path, change(this.read(path) ?? ''));
  }
}

/** Those that are running now: a trial that is interrupted leaves nothing behind. */
const running = new Set<InteropCluster>();
process.on('exit', () => {
  for (const cluster of running) cluster.abandon();
});

/** A master and workers, each of either kind, in homes of their own on the loopback interface. */
export class InteropCluster {
  readonly master: Member;
  readonly workers: readonly Member[];
  /** Where the master listens, on the loopback interface. */
  readonly port: number;
  readonly #systems: Systems;
  readonly #directory: string;
  readonly #guests: Member[] = [];

  private constructor(
    systems: Systems,
    directory: string,
    port: number,
    master: Kind,
    workers: readonly Kind[],
  ) {
    const member = (kind: Kind, name: string) => new Member(systems[kind], kind, join(directory, name), name);
    this.#systems = systems;
    this.#directory = directory;
    this.port = port;
    this.master = member(master, 'master');
    this.workers = workers.map((kind, index) => member(kind, `worker${index + 1}`));
  }

  static async start(
    systems: Systems,
    master: Kind,
    workers: readonly Kind[],
    intervals: HomeOptions['intervals'] = INTERVALS,
  ): Promise<InteropCluster> {
    const directory = mkdtempSync(join(tmpdir(), 'muster-interop-'));
    const cluster = new InteropCluster(systems, directory, await freePort(), master, workers);
    running.add(cluster);
    await cluster.master.layOut('master', cluster.port, intervals);
    for (const worker of cluster.workers) await worker.layOut('worker', cluster.port, intervals);
    for (const member of cluster.members) member.start();
    return cluster;
  }

  get members(): readonly Member[] {
    return [this.master, ...this.workers];
  }

  /** One more worker, which is not started. */
  async guest(kind: Kind, name: string): Promise<Member> {
    const member = new Member(this.#systems[kind], kind, join(this.#directory, name), name);
    this.#guests.push(member);
    await member.layOut('worker', this.port);
    return member;
  }

  tails(): string {
    return [...this.members, ...this.#guests].map((member) => member.tail()).join('\n');
  }

  async close(): Promise<void> {
    await Promise.all([...this.members, ...this.#guests].map((member) => member.close()));
    running.delete(this);
    rmSync(this.#directory, { recursive: true, force: true });
  }

  /** The same at the end of this process, which waits for nobody. */
  abandon(): void {
    for (const member of [...this.members, ...this.#guests]) void member.kill();
    rmSync(this.#directory, { recursive: true, force: true });
  }
}
