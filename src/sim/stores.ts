import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { Clocks } from './clocks.ts';
import { files } from './file-system.ts';
import type { SimulatedNode } from './node.ts';
import { databaseOf, synced } from './shims/sqlite.ts';
import { Unwritten } from './unwritten.ts';
import type { World } from './world.ts';

/** Keepalives count seconds: of two that are so close either may be the last. */
const KEEPALIVE_TIE_MS = 2_000;
const DATABASE = 'queue/db/global.db';

interface AgentRow {
  readonly id: number;
  readonly version: string | null;
  /** By the clock of the node that has it. */
  readonly heardMs: number;
  readonly isSynced: boolean;
  readonly areGroupsSynced: boolean;
  readonly groups: string;
}

/** What agents tell workers, what an operator does to their groups, and whether the stores are in step. */
export class Stores {
  readonly #world: World;
  /** When agents told what, by the version that they told. */
  readonly #reports = new Map<string, number>();
  /** Reports that no store has confirmed yet, and where. */
  readonly #underWay = new Map<string, SimulatedNode>();
  readonly #clocks = new Clocks();
  /** When the clock by which reports of a worker are dated, its own or its master's, jumped last. */
  readonly #jumpsMs = new Map<string, number>();
  readonly #unwritten = new Unwritten();

  constructor(world: World) {
    this.#world = world;
    synced.tell = (database) => this.#unwritten.synced(database, world.nowMs);
  }

  /** An agent tells this node something new, if its store is open and knows the agent. */
  report(node: SimulatedNode, id: number, salt: number): void {
    this.#ask(node, `report of agent ${id}`, async ({ store }) => {
      if ((await store.current.agentInfo(id)) === null) return;
      const version = `v${salt}`;
      this.#underWay.set(version, node);
      await store.current.updateAgentData({
        id,
        connectionStatus: 'active',
        groupConfigStatus: 'synced',
        syncStatus: 'syncreq',
        columns: { version, node_name: node.name, os_name: 'Linux' },
      });
      this.#underWay.delete(version);
      this.#reports.set(version, heardMs(node, id, version) ?? this.#world.nowMs);
    });
  }

  /** The clock of a node is about to jump. What workers have not told the master yet cannot be dated by it afterwards. */
  clockJumps(node: SimulatedNode, byMs: number, workers: readonly SimulatedNode[]): void {
    if (node.role === 'master') this.#clocks.masterJumps(this.#world.nowMs, byMs);
    for (const worker of node.role === 'master' ? workers : [node]) {
      this.#jumpsMs.set(worker.name, this.#world.nowMs);
      this.#confuseUntold(worker);
      for (const [version, where] of this.#underWay) if (where === worker) this.#clocks.confuse(version);
    }
  }

  /** What commits of this node are on the disk when this act takes its power. */
  keepWritten(act: object, node: SimulatedNode): void {
    this.#unwritten.keep(act, openedAt(node), this.#world.nowMs);
  }

  /** The node has no power any more: what it committed since and did not sync is lost. */
  losePower(act: object, node: SimulatedNode): void {
    const sinceMs = this.#unwritten.lose(act, openedAt(node), this.#world.nowMs);
    if (sinceMs === null) return;
    this.#world.note(`the store of ${node.name} is as it was some time ago`);
    // What it had told it will tell again, as if that had not been told before the jump.
    if ((this.#jumpsMs.get(node.name) ?? 0) >= sinceMs) this.#confuseUntold(node);
  }

  #confuseUntold(worker: SimulatedNode): void {
    for (const { isSynced, version } of rowsOf(worker).values())
      if (!isSynced && version !== null) this.#clocks.confuse(version);
  }

  regroup(master: SimulatedNode, id: number, groups: readonly string[]): void {
    this.#ask(master, `groups of agent ${id}`, async ({ store }) => {
      const known = new Set(await store.current.groups());
      if ((await store.current.agentInfo(id)) === null || !groups.every((group) => known.has(group))) return;
      await store.current.setAgentGroups({
        mode: 'override',
        syncStatus: 'syncreq',
        agents: [{ id, groups }],
      });
    });
  }

  /** When what is in this row was told; a row that was lost with the agents of its node may have been newer. */
  #reportedMs({ version }: AgentRow): number {
    return this.#reports.get(version ?? '') ?? 0;
  }

  /** Whether a worker was told this row after what the master has, and the master could know that. */
  #isMissed(row: AgentRow, present: AgentRow): boolean {
    const heardAtMs = this.#reportedMs(row);
    if (heardAtMs <= this.#reportedMs(present) + KEEPALIVE_TIE_MS) return false;
    if (this.#clocks.isConfused(row.version) || this.#clocks.isConfused(present.version)) return false;
    return !this.#clocks.couldBeNewer(present.heardMs, heardAtMs, this.#world.nowMs);
  }

  #ask(
    node: SimulatedNode,
    what: string,
    task: (services: NonNullable<SimulatedNode['services']>) => Promise<void>,
  ): void {
    const { services, life } = node;
    if (services === null || !life.isAlive) return;
    this.#world.after(
      0,
      () => {
        task(services).then(
          () => this.#world.note(`${what} at ${node.name}: done`),
          (error) => this.#world.note(`${what} at ${node.name}: ${(error as Error).message}`),
        );
      },
      life,
    );
  }

  /** What keeps the stores from being in step, in words; nothing if they are. */
  disagreements(master: SimulatedNode, workers: readonly SimulatedNode[]): string[] {
    const truth = rowsOf(master);
    const others = workers.map((worker) => ({ name: worker.name, rows: rowsOf(worker) }));
    const found = [{ name: master.name, rows: truth }, ...others].flatMap(({ name, rows }) =>
      [...rows.values()].flatMap(({ id, isSynced, areGroupsSynced }) =>
        isSynced && areGroupsSynced ? [] : [`${name}: agent ${id} is not synced`],
      ),
    );
    for (const { name, rows } of others) {
      for (const id of new Set([...truth.keys(), ...rows.keys()])) {
        const [here, there] = [rows.get(id), truth.get(id)];
        if (here === undefined || there === undefined) found.push(`${name}: agent ${id} is not everywhere`);
        else if (here.groups !== there.groups)
          found.push(`${name}: agent ${id} is in ${here.groups}, on the master in ${there.groups}`);
      }
    }
    for (const [id, agent] of truth) {
      const missed = others
        .flatMap(({ rows }) => rows.get(id) ?? [])
        .find((row) => this.#isMissed(row, agent));
      if (missed !== undefined)
        found.push(
          `agent ${id}: the master has ${agent.version}, a worker has heard ${missed.version} since`,
        );
    }
    return found;
  }
}

const SQL = `SELECT id, version, last_keepalive, sync_status, group_sync_status,
  (SELECT group_concat(name) FROM (SELECT name FROM belongs JOIN \`group\` ON \`group\`.id = id_group
    WHERE id_agent = agent.id ORDER BY priority)) AS names
  FROM agent WHERE id > 0 ORDER BY id`;
const prepared = new WeakMap<DatabaseSync, StatementSync>();

function rowsOf(node: SimulatedNode): Map<number, AgentRow> {
  const database = openedAt(node);
  const rows = new Map<number, AgentRow>();
  if (database === null) return rows;
  const statement = prepared.get(database) ?? database.prepare(SQL);
  prepared.set(database, statement);
  for (const row of statement.all()) {
    rows.set(Number(row.id), {
      id: Number(row.id),
      version: row.version as string | null,
      heardMs: Number(row.last_keepalive) * 1_000,
      isSynced: row.sync_status === 'synced',
      areGroupsSynced: row.group_sync_status === 'synced',
      groups: String(row.names ?? ''),
    });
  }
  return rows;
}

/** When, by the time of the world, a store has written this report, which may be long before a node that is frozen hears that it has; null if it is gone. */
function heardMs(node: SimulatedNode, id: number, version: string): number | null {
  const row = openedAt(node)
    ?.prepare('SELECT last_keepalive AS seconds FROM agent WHERE id = ? AND version = ?')
    .get(id, version);
  return row === undefined ? null : Number(row.seconds) * 1_000 - node.clockAheadMs;
}

function openedAt(node: SimulatedNode): DatabaseSync | null {
  const file = files.findOrNull(`${node.home}/${DATABASE}`);
  return file === null ? null : (databaseOf(file) ?? null);
}
