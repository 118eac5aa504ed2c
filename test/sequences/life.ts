import assert from 'node:assert/strict';
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { addClientKeys, readClientKeys, removeClientKeys } from '../../src/registration/client-keys.ts';
import { Stage } from '../golden/stage.ts';
import { WATCHES, type Watch } from '../golden/watches.ts';
import { disagreements, readStore } from '../harness/agent-stores.ts';
import type { InProcessNode, InProcessWorker } from '../spec/cluster-in-process.ts';
import { type Deed, GROUPS, type Step } from './deeds.ts';

const WORKERS = 2;
const FIRST_AGENTS = 4;
/** Keepalives of agents, long ago, since none in the future is taken. */
const KEEPALIVE_BASE_S = 1_700_000_000;
/** After two minutes a connection that is frozen is given up. */
const GIVEN_UP_S = 130;
/** A worker asks for all groups after ten pauses of ten seconds. */
const PEACE_S = 300;
const LOOK_S = 10;
const MAX_LOG_CHARS = 6_000;
/** What is equal may be compared once more. */
const LAST_WORDS_S = 20;

/** Both syncs of agents. */
const WATCH: Watch = {
  worker: sayings('worker'),
  master: sayings('master'),
  machines: [],
};

function sayings(side: 'worker' | 'master'): string[] {
  return ['agent-info', 'agent-groups'].flatMap((name) => WATCHES[name]?.[side] ?? []);
}

/** A master and two workers, and what happens to them and to their agents. */
export class Life {
  readonly #stage: Stage;
  readonly #done: Promise<unknown>[] = [];
  /** Of each agent on the master, the newest keepalive that was seen there. */
  readonly #seenS = new Map<number, number>();
  #keepaliveS = KEEPALIVE_BASE_S;
  #serial = 0;

  private constructor(stage: Stage) {
    this.#stage = stage;
  }

  static async begin(): Promise<Life> {
    const options = { watch: WATCH, workers: WORKERS, agents: FIRST_AGENTS, groups: GROUPS };
    return new Life(await Stage.open(options));
  }

  /** Rejects if the master forgets what it knew of an agent. */
  async live({ deed, afterFrames, worker, thenS }: Step): Promise<void> {
    const due = this.#later(worker, afterFrames, () => this.#do(deed));
    await this.#stage.pass(thenS);
    due();
    await Promise.all(this.#done.splice(0));
    await this.#stage.pass(0);
    for (const tap of this.#stage.taps.values()) tap.fault = 'works';
    this.#forgetsNothing();
  }

  /** Nothing happens any more: in the end all stores are equal, nothing is on its way, and nobody has more to say. */
  async peace(): Promise<void> {
    for (const { wire } of this.#stage.cluster.workers) wire.isUp = true;
    await this.#stage.pass(GIVEN_UP_S);
    let apart = this.#disagreements();
    for (let passedS = 0; apart.length > 0 && passedS < PEACE_S; passedS += LOOK_S) {
      await this.#stage.pass(LOOK_S);
      apart = this.#disagreements();
    }
    assert.deepEqual(apart, [], 'the stores differ');
    await this.#stage.pass(LAST_WORDS_S);
    assert.deepEqual(await this.#stage.pass(LAST_WORDS_S), [], 'somebody has still something to say');
    assert.deepEqual(this.#disagreements(), [], 'the stores differ again');
    for (const { name, transfers } of this.#stage.nodes) {
      assert.equal(transfers.outbox.heldBytes, 0, `${name} keeps what it does not send`);
    }
  }

  /** What the nodes said last. */
  told(): string {
    return this.#stage.nodes
      .map(({ name, log }) => `--- ${name}\n${log.text().slice(-MAX_LOG_CHARS)}`)
      .join('\n');
  }

  async end(): Promise<void> {
    this.#cutAll();
    await this.#stage.close();
  }

  get #master(): InProcessNode {
    return this.#stage.cluster.master;
  }

  #worker(number: number): InProcessWorker {
    return this.#stage.cluster.worker(1 + (number % WORKERS));
  }

  #disagreements(): string[] {
    const { workers } = this.#stage.cluster;
    const stores = workers.map(({ name, home }) => [name, readStore(home)] as const);
    return disagreements(readStore(this.#master.home), Object.fromEntries(stores));
  }

  #forgetsNothing(): void {
    for (const [id, { keepaliveS }] of readStore(this.#master.home)) {
      const seenS = this.#seenS.get(id) ?? 0;
      assert.ok(keepaliveS >= seenS, `the master had ${seenS} of agent ${id}, and now has ${keepaliveS}`);
      this.#seenS.set(id, keepaliveS);
    }
  }

  /** Does it when so many frames have passed; what is given back does it now, unless that has been. */
  #later(worker: number, frames: number, deed: () => Promise<unknown>): () => void {
    const { wire } = this.#worker(worker);
    const before = wire.onMessage;
    let left = frames;
    let isDone = false;
    const now = () => {
      if (isDone) return;
      isDone = true;
      wire.onMessage = before;
      this.#done.push(deed());
    };
    wire.onMessage = (sent) => {
      before(sent);
      left -= 1;
      if (left === 0) now();
    };
    if (frames === 0) now();
    return now;
  }

  async #do(deed: Deed): Promise<void> {
    switch (deed.do) {
      case 'report':
        return await this.#report(this.#worker(deed.worker), this.#agent(deed.agent));
      case 'change':
        return await this.#change(this.#worker(deed.worker), this.#agent(deed.agent), deed.labels);
      case 'assign':
        return await this.#assign(this.#agent(deed.agent), deed.groups);
      case 'register':
        return this.#register(deed.isLate);
      case 'remove':
        removeClientKeys(this.#master.home, [this.#agent(deed.agent)]);
        return this.#notice(false);
      case 'cut':
        return this.#worker(deed.worker).wire.cut();
      case 'freeze':
        return this.#worker(deed.worker).wire.freeze();
      case 'away':
        this.#worker(deed.worker).wire.isUp = false;
        return this.#worker(deed.worker).wire.cut();
      case 'back':
        this.#worker(deed.worker).wire.isUp = true;
        return;
      case 'restart':
        return await this.#restart(this.#stage.nodes[deed.node % (1 + WORKERS)] ?? this.#master);
      case 'fail': {
        const tap = this.#stage.taps.get(this.#stage.nodes[deed.node % (1 + WORKERS)]?.name ?? '');
        if (tap !== undefined) tap.fault = 'fails';
      }
    }
  }

  /** One of those that are registered; 0, which is none, if nobody is. */
  #agent(number: number): number {
    const agents = readClientKeys(this.#master.home)?.agents ?? [];
    return agents[number % agents.length]?.id ?? 0;
  }

  async #report({ name, services }: InProcessWorker, id: number): Promise<void> {
    this.#serial += 1;
    this.#keepaliveS += 1;
    const set = `last_keepalive=${this.#keepaliveS},version='v${this.#serial}',node_name='${name}',connection_status='active',sync_status='syncreq'`;
    await services.store.current.query(`global sql update agent set ${set} where id=${id}`);
  }

  async #change({ services }: InProcessWorker, id: number, labels: number): Promise<void> {
    this.#serial += 1;
    const store = services.store.current;
    const where = `where id=${id} and last_keepalive is not null`;
    await store.query(`global sql delete from labels where id=${id}`);
    for (let key = 0; key < labels; key += 1) {
      const values = `select id,'key${key}','v${this.#serial}' from agent ${where}`;
      await store.query(`global sql insert into labels (id,key,value) ${values}`);
    }
    const set = `os_name='v${this.#serial}',sync_status='syncreq'`;
    await store.query(`global sql update agent set ${set} ${where}`);
  }

  async #assign(id: number, groups: readonly string[]): Promise<void> {
    const order = { mode: 'override', sync_status: 'syncreq', data: [{ id, groups }] };
    // An agent that the master does not know yet cannot be assigned.
    await this.#master.services.store.current.query(`global set-agent-groups ${JSON.stringify(order)}`);
  }

  #register(isLate: boolean): void {
    this.#serial += 1;
    const [agent] = addClientKeys(this.#master.home, [{ name: `n${this.#serial}`, ip: 'any' }]);
    assert.ok(agent);
    // Long ago: the stores go by the clock of the machine, and leave out whom they have known for less than a second.
    const line = `${String(agent.id).padStart(3, '0')} ${agent.name} any 2024-01-31 12:00:00\n`;
    for (const { home } of this.#stage.nodes) appendFileSync(join(home, 'queue/agents-timestamp'), line);
    this.#notice(isLate);
  }

  /** What the watcher of files does. */
  #notice(isLate: boolean): void {
    const { root } = this.#master;
    if (!isLate) root.send({ type: 'supervisor.send', child: 'registry', event: { type: 'trigger' } });
    this.#master.noticeFiles();
  }

  async #restart(node: InProcessNode): Promise<void> {
    this.#cutAll();
    await node.stop();
    await node.start();
    await this.#stage.cluster.until(`${node.name} to open its store`, () => isOpen(node));
  }

  /** Before a node ends: over a frozen connection it would wait for its peer, and no time passes meanwhile. */
  #cutAll(): void {
    for (const { wire } of this.#stage.cluster.workers) wire.cut();
  }
}

function isOpen({ services }: InProcessNode): boolean {
  try {
    return services.store.current !== null;
  } catch {
    return false;
  }
}
