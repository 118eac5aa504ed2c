import assert from 'node:assert/strict';
import { Stage } from '../golden/stage.ts';
import type { StoreTap } from '../golden/store-tap.ts';
import { WATCHES } from '../golden/watches.ts';
import type { InProcessNode, InProcessWorker } from './cluster-in-process.ts';
import type { Sent } from './wire.ts';

/** What travelled, in order. */
export interface Travelled {
  readonly worker: string;
  readonly command: string;
  /** Agents in the string that it brought. */
  readonly agents: number;
}

/** `sync_agent_groups` of the master, and of the worker. */
export const INTERVAL_S = 10;
export const SETTLE_S = 30;
const COMMANDS = [
  'syn_g_m_w',
  'syn_g_m_w_c',
  'syn_w_g_e',
  'syn_wgc_e',
  'syn_w_g_err',
  'syn_wgc_err',
  'syn_w_g_c',
];
const GROUPS = ['default', 'web', 'db'];

/** A master and its workers with all that they are made of, and what they say of agent-groups. Agents are 1 to `agents`. */
export class GroupsCluster {
  readonly #stage: Stage;
  /** Where to begin to look at what a worker and its master said. */
  #from = new Map<string, number>();

  private constructor(stage: Stage) {
    this.#stage = stage;
    this.forget();
  }

  /** Everybody is connected, and has had the first comparison. */
  static async open({ workers = 1, agents = 3 } = {}): Promise<GroupsCluster> {
    const watch = WATCHES['agent-groups'];
    assert.ok(watch);
    return new GroupsCluster(await Stage.open({ watch, workers, agents, groups: GROUPS }));
  }

  get master(): InProcessNode {
    return this.#stage.cluster.master;
  }

  worker(number = 1): InProcessWorker {
    return this.#stage.cluster.worker(number);
  }

  tap(node: InProcessNode): StoreTap {
    const tap = this.#stage.taps.get(node.name);
    assert.ok(tap);
    return tap;
  }

  pass(timeS: number): Promise<unknown> {
    return this.#stage.pass(timeS);
  }

  /** Gives an agent its groups: on the master to be told to all, on a worker where that is none of anybody's business. */
  async assign(id: number, groups: string, node: InProcessNode = this.master): Promise<void> {
    const names = groups === '' ? [] : groups.split(',');
    const data = [{ id, groups: names }];
    const order = { mode: 'override', sync_status: node === this.master ? 'syncreq' : 'synced', data };
    // By its protocol: so what stands between a node and its store does not concern it.
    const { status } = await node.services.store.current.query(
      `global set-agent-groups ${JSON.stringify(order)}`,
    );
    assert.equal(status, 'ok');
  }

  /** What an embedded store tells its node by the clock of the machine, which stands still here. */
  notice(worker: InProcessWorker): void {
    worker.root.send({ type: 'supervisor.send', child: 'connector', event: { type: 'groups.changed' } });
  }

  leave(worker: InProcessWorker): void {
    worker.wire.isUp = false;
    worker.wire.cut();
  }

  comeBack(worker: InProcessWorker): void {
    worker.wire.isUp = true;
  }

  async groupsOf(node: InProcessNode): Promise<string[]> {
    const { agents } = await node.services.store.current.groupsToSend({ agents: 'all' });
    return agents.map(({ id, groups }) => `${id}: ${groups.join(',')}`);
  }

  async isEqual(worker: InProcessWorker): Promise<boolean> {
    const [one, other] = [this.master, worker].map(({ services }) => services.store.current.groupsHash());
    return (await one) === (await other);
  }

  /** Agents whose groups do not count as told to all. */
  async unsynced(): Promise<number[]> {
    const { agents } = await this.master.services.store.current.groupsToSend({ agents: 'unsynced' });
    return agents.map(({ id }) => id);
  }

  /** How often the local agent-groups have read the store. */
  get readings(): number {
    return this.master.log.find(/^Starting\.$/, 'Local agent-groups').length;
  }

  /** What was said since it was forgotten the last time, worker by worker. */
  get travelled(): Travelled[] {
    return this.#stage.cluster.workers.flatMap(({ name, wire }) =>
      commandsIn(wire.sent).flatMap(({ at, ...travelled }) =>
        at >= (this.#from.get(name) ?? 0) ? [{ worker: name, ...travelled }] : [],
      ),
    );
  }

  /** What travelled of one kind. */
  sent(command: string): Travelled[] {
    return this.travelled.filter((message) => message.command === command);
  }

  forget(): void {
    this.#from = new Map(this.#stage.cluster.workers.map(({ name, wire }) => [name, wire.sent.length]));
  }

  close(): Promise<void> {
    return this.#stage.close();
  }
}

/** The commands of agent-groups, each with the agents in the strings that it names. */
function commandsIn(sent: readonly Sent[]): { at: number; command: string; agents: number }[] {
  const strings = new Map<number, Uint8Array[]>();
  return sent.flatMap(({ kind, command, body }, at) => {
    if (kind === 'ok' && command === 'new_str') strings.set(body.handle, []);
    if (kind !== 'request') return [];
    if (command === 'str_upd') strings.get(body.handle)?.push(body.data);
    if (!COMMANDS.includes(command)) return [];
    const handles: readonly number[] = body.handles ?? [];
    const agents = handles.reduce((sum, handle) => sum + agentsIn(strings.get(handle) ?? []), 0);
    return [{ at, command, agents }];
  });
}

function agentsIn(pieces: readonly Uint8Array[]): number {
  if (pieces.length === 0) return 0;
  const { chunks } = JSON.parse(Buffer.concat(pieces).toString()) as { chunks: readonly string[] };
  return chunks.reduce((sum, chunk) => sum + (JSON.parse(chunk) as [{ data: [] }])[0].data.length, 0);
}
