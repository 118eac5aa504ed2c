import { TestMethods } from '../harness/test-methods.ts';
import { ClusterInProcess, type InProcessNode, roundOf } from '../spec/cluster-in-process.ts';
import { Record } from './record.ts';
import { SteppedClock } from './stepped-clock.ts';
import { StoreTap } from './store-tap.ts';
import type { Watch } from './watches.ts';

export interface StageOptions {
  readonly watch: Watch;
  readonly workers: number;
  /** In `etc/client.keys`: a1, a2 and so on. */
  readonly agents: number;
  readonly groups: readonly string[];
}

const MS_PER_SECOND = 1_000;
/** Turns of the event loop in which nothing happens: then nothing will, until time passes. */
const STILL_TURNS = 20;
/** Until the master has collected groups for the first time, and everybody has looked at the files. */
const BEGINNING_S = 40;
const KEY = 'ab'.repeat(32);
/** The keepalives of scripts are old: no agent is ever silent for too long. */
const NEVER_SILENT =
  '<ossec_config><global><agents_disconnection_time>5000w</agents_disconnection_time></global></ossec_config>\n';
const REGISTERED = '2024-01-31 12:00:00';

/** A master and workers with embedded stores, in this process, whose time passes when a script says so. */
export class Stage {
  readonly cluster: ClusterInProcess;
  readonly #clock = new SteppedClock(Date.now());
  readonly taps = new Map<string, StoreTap>();
  readonly #record: Record;
  #sinceMs = this.#clock.now();

  private constructor(options: StageOptions) {
    const ids = Array.from({ length: options.agents }, (_, index) => String(index + 1).padStart(3, '0'));
    const keys = ids.map((id) => `${id} a${Number(id)} any ${KEY}\n`).join('');
    const groups = options.groups.map((name) => [`etc/shared/${name}/agent.conf`, '<agent_config/>\n']);
    const files = Object.fromEntries([['etc/client.keys', keys], ...groups]);
    this.cluster = ClusterInProcess.prepare({
      workers: options.workers,
      files,
      clock: this.#clock,
      methods: new TestMethods().offered,
    });
    this.#record = new Record(options.watch, () => this.#passedS);
    const times = ids.map((id) => `${id} a${Number(id)} any ${REGISTERED}\n`).join('');
    for (const node of this.nodes) node.write('queue/agents-timestamp', times);
    for (const node of this.nodes)
      node.write('etc/ossec.conf', `${node.read('etc/ossec.conf')}${NEVER_SILENT}`);
    for (const node of this.nodes) this.#prepare(node);
    for (const { name, wire } of this.cluster.workers)
      wire.onMessage = (sent) => this.#record.frame(name, sent);
  }

  /** Everybody is connected, in step and at rest; nothing of how it came to that is recorded. */
  static async open(options: StageOptions): Promise<Stage> {
    const stage = new Stage(options);
    const { cluster } = stage;
    await cluster.startMaster();
    for (const worker of cluster.workers) await worker.start();
    for (const worker of cluster.workers) await cluster.settled(worker);
    await stage.pass(BEGINNING_S);
    return stage;
  }

  get nodes(): readonly InProcessNode[] {
    return [this.cluster.master, ...this.cluster.workers];
  }

  node(name = ''): InProcessNode {
    const node = this.nodes.find((one) => one.name === name);
    if (node === undefined) throw new Error(`there is no node ${name}`);
    return node;
  }

  /** Lets so much time pass, timer by timer; what each causes ends before the next. Resolves to what was said and done. */
  async pass(timeS: number): Promise<string[]> {
    await this.#rest();
    const untilMs = this.#sinceMs + timeS * MS_PER_SECOND;
    while (this.#clock.step(untilMs) === 'struck') await this.#rest();
    this.#sinceMs = untilMs;
    return this.#record.take();
  }

  async close(): Promise<void> {
    for (const tap of this.taps.values()) tap.fault = 'works';
    await this.cluster.close();
  }

  get #passedS(): number {
    return Math.round((this.#clock.now() - this.#sinceMs) / MS_PER_SECOND);
  }

  #prepare(node: InProcessNode): void {
    const tap = new StoreTap();
    this.taps.set(node.name, tap);
    node.beforeStart = (services) => {
      tap.attach(services.store);
      // Every pause is as long as it says.
      Object.assign(services, { random: () => 1 });
    };
    const names = new Map<number, string>();
    const peerOf = (connectionId: number) => {
      const worker = node.role === 'master' ? node.services.status.workers.get(connectionId) : undefined;
      if (worker !== undefined) names.set(connectionId, worker.name);
      return names.get(connectionId) ?? null;
    };
    node.inspect = (event) => this.#record.inspect(node.name, event, peerOf);
  }

  /** Waits until nothing is under way that needs no time to pass. */
  async #rest(): Promise<void> {
    let seen = this.#record.changes;
    for (let still = 0; still < STILL_TURNS; still += 1) {
      await new Promise((resolve) => setImmediate(resolve));
      const calls = [...this.taps.values()].flatMap(({ underWay }) => [...underWay]);
      const isBusy = calls.length > 0 || this.#isBusyWithFiles;
      if (isBusy || seen !== this.#record.changes) still = 0;
      seen = this.#record.changes;
      if (calls.length > 0) await Promise.allSettled(calls);
      else if (isBusy) await this.cluster.until('the files to be at rest', () => !this.#isBusyWithFiles);
    }
  }

  get #isBusyWithFiles(): boolean {
    const { master, workers } = this.cluster;
    const isScanning = stateIn(master, 'localIntegrity') === 'running';
    // Over a frozen connection a round waits for the time to pass.
    return isScanning || workers.some(({ root, wire }) => !wire.isFrozen && roundOf(root) === 'running');
  }
}

/** State of a periodic task of a node. */
function stateIn({ root }: InProcessNode, child: string): string | null {
  const value: unknown = root.getSnapshot().children?.[child]?.getSnapshot().value;
  return typeof value === 'object' && value !== null
    ? (Object.keys(value)[0] ?? null)
    : ((value as string) ?? null);
}
