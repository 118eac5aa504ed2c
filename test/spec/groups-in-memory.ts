import {
  type Actor,
  type AnyActorLogic,
  type AnyActorRef,
  type AnyStateMachine,
  createActor,
  fromCallback,
  fromPromise,
  fromTransition,
  SimulatedClock,
} from 'xstate';
import { groupsBroadcastMachine } from '../../machines/agent-groups/broadcast.ts';
import { groupsCollectMachine } from '../../machines/agent-groups/collect.ts';
import { groupsFollowMachine } from '../../machines/agent-groups/follow.ts';
import { mismatchCounterMachine } from '../../machines/agent-groups/mismatch-counter.ts';
import { groupsOverwriteMachine } from '../../machines/agent-groups/overwrite.ts';
import { groupsReceiveMachine } from '../../machines/agent-groups/receive.ts';
import type { GroupsStored } from '../../machines/agent-groups/report.ts';
import {
  type GroupsKind,
  type GroupsSendInput,
  groupsSendMachine,
} from '../../machines/agent-groups/send.ts';

/** Groups by the id of their agent. */
type Groups = Map<number, string>;

type StringAddress = { connectionId: number; handle: number };

interface Letter {
  readonly agents: readonly (readonly [id: number, groups: string])[];
  readonly hash: string | null;
}

/** What travelled, in order. */
export interface Travelled {
  readonly worker: string;
  readonly command: string;
  /** Agents in the string that it brought. */
  readonly agents: number;
}

export const INTERVAL_MS = 10_000;
export const START_DELAY_MS = 30_000;
const ANSWER_TIMEOUT_MS = 60_000;
/** Steps in which simulated time passes: what one second causes happens before the next. */
const STEP_MS = 1_000;
/** Turns of the event loop in which all promises of these effects have settled. */
const TURNS = 40;

const hashOf = (groups: Groups): string | null =>
  groups.size === 0 ? null : JSON.stringify([...groups].sort(([a], [b]) => a - b));

/** The machine with all its actions doing nothing, but for those of XState. */
function quiet<Machine extends AnyStateMachine>(machine: Machine): Machine {
  const own = Object.entries(machine.implementations.actions).filter(
    ([, action]) => typeof action === 'function' && !('resolve' in action),
  );
  return machine.provide({ actions: Object.fromEntries(own.map(([name]) => [name, () => {}])) }) as Machine;
}

export class InMemoryWorker {
  readonly name: string;
  readonly groups: Groups = new Map();
  /** Agents that this worker does not have yet. */
  readonly unknown = new Set<number>();
  /** True for a worker that takes a string and never says so. */
  isMute = false;
  /** Whether it tells its master how the checksums compare; nodes of Wazuh 4.x do not. */
  tells = true;
  connection: {
    id: number;
    parent: Actor<AnyActorLogic>;
    broadcast: AnyActorRef;
    follow: AnyActorRef;
  } | null = null;

  constructor(name: string) {
    this.name = name;
  }

  /** Writes a string, and names the agents that it could not write. */
  write({ agents }: Letter): string[] {
    for (const [id, groups] of agents) if (!this.unknown.has(id)) this.groups.set(id, groups);
    return agents.filter(([id]) => this.unknown.has(id)).map(([id]) => `agent ${id} is unknown`);
  }
}

/** The machines of agent-groups of a master and its workers, all of them, with effects that are kept in memory. */
export class GroupsInMemory {
  readonly clock = new SimulatedClock();
  readonly groups: Groups = new Map();
  readonly unsynced = new Set<number>();
  readonly travelled: Travelled[] = [];
  readings = 0;
  readonly #workers = new Map<number, InMemoryWorker>();
  readonly #acknowledged = new Map<string, number>();
  readonly #journal = new Map<number, Letter>();
  readonly #letters = new Map<number, Letter>();
  readonly #collect: AnyActorRef;
  #aside: Letter = { agents: [], hash: null };
  #version = 0;
  #last = 0;

  constructor() {
    this.#collect = createActor(this.#collector(), {
      clock: this.clock,
      input: { startDelayMs: START_DELAY_MS, intervalMs: INTERVAL_MS },
    }).start();
  }

  /** Changes the groups of an agent on the master. */
  assign(id: number, groups: string): void {
    this.groups.set(id, groups);
    this.unsynced.add(id);
  }

  isEqual(worker: InMemoryWorker): boolean {
    return hashOf(worker.groups) === hashOf(this.groups);
  }

  /** What travelled of one kind. */
  sent(command: string): Travelled[] {
    return this.travelled.filter((message) => message.command === command);
  }

  connect(worker: InMemoryWorker): void {
    const id = ++this.#last;
    this.#workers.set(id, worker);
    const parent = createActor(
      fromTransition((state: object, event: { type: string; actor?: AnyActorRef }, scope) => {
        if (event.type === 'groups.sent') this.#collect.send(event);
        // Only a parent can stop its child.
        if (event.actor !== undefined) scope.stopChild(event.actor);
        return state;
      }, {}),
      { clock: this.clock },
    ).start();
    const start = (machine: AnyStateMachine, input: object) =>
      createActor(machine, { input, parent } as never) as unknown as AnyActorRef;
    const broadcast = start(this.#broadcaster(worker, id), {
      connectionId: id,
      acknowledged: this.#acknowledged.get(worker.name) ?? 0,
      published: this.#version,
      retryMs: INTERVAL_MS,
      answerTimeoutMs: ANSWER_TIMEOUT_MS,
    });
    const follow = start(this.#follower(worker), {
      connectionId: id,
      storeTimeoutMs: 40_000,
      mismatchLimit: 10,
    });
    worker.connection = { id, parent: parent as never, broadcast, follow };
    follow.start();
    broadcast.start();
    this.#collect.send({ type: 'worker.joined', connectionId: id });
  }

  /** The connection ends, and with it the processes on both sides. */
  disconnect(worker: InMemoryWorker): void {
    if (worker.connection === null) return;
    const { id, parent, broadcast, follow } = worker.connection;
    worker.connection = null;
    for (const actor of [broadcast, follow]) parent.send({ type: 'stop', actor });
    parent.stop();
    this.#collect.send({ type: 'worker.left', connectionId: id });
  }

  async pass(timeMs: number): Promise<void> {
    await this.settle();
    for (let leftMs = timeMs; leftMs > 0; leftMs -= STEP_MS) {
      this.clock.increment(Math.min(STEP_MS, leftMs));
      await this.settle();
    }
  }

  async settle(): Promise<void> {
    for (let turn = 0; turn < TURNS; turn += 1) await Promise.resolve();
  }

  stop(): void {
    for (const worker of this.#workers.values()) this.disconnect(worker);
    this.#collect.stop();
  }

  #collector() {
    return quiet(groupsCollectMachine).provide({
      actors: {
        read: fromPromise(async () => {
          this.readings += 1;
          const agents = [...this.unsynced].map((id) => [id, this.groups.get(id) ?? ''] as const);
          this.#aside = { agents, hash: hashOf(this.groups) };
          return {
            agents: agents.length,
            digest: JSON.stringify(agents),
            lastVersion: this.#version,
            hash: this.#aside.hash,
          };
        }),
        confirm: fromPromise(async () => {
          for (const [id, groups] of this.#aside.agents) {
            if (this.groups.get(id) === groups) this.unsynced.delete(id);
          }
          return { agents: this.#aside.agents.length };
        }),
      },
      actions: {
        publish: (_, { version }) => {
          this.#version = version;
          this.#journal.set(version, this.#aside);
          for (const worker of this.#workers.values()) {
            worker.connection?.broadcast.send({ type: 'groups.published', version });
          }
        },
      },
    });
  }

  #letterFor({
    kind,
    sinceVersion,
    version,
  }: Pick<GroupsSendInput, 'kind' | 'sinceVersion' | 'version'>): Letter {
    if (kind === 'full') return { agents: [...this.groups], hash: hashOf(this.groups) };
    const changed: Groups = new Map();
    for (const [at, { agents }] of this.#journal) {
      if (at > sinceVersion && at <= version) for (const [id, groups] of agents) changed.set(id, groups);
    }
    return { agents: [...changed], hash: this.#journal.get(version)?.hash ?? null };
  }

  #broadcaster(worker: InMemoryWorker, connectionId: number) {
    let letter: Letter = { agents: [], hash: null };
    const send = quiet(groupsSendMachine).provide({
      actors: {
        prepare: fromPromise<never, GroupsSendInput>(async ({ input }) => {
          letter = this.#letterFor(input);
          return { agents: letter.agents.length, chunks: 1, isComplete: true } as never;
        }) as never,
        stringSend: fromPromise(async () => {
          this.#last += 1;
          this.#letters.set(this.#last, letter);
          return { outcome: 'done', handle: this.#last, bytesSent: 1, failure: null };
        }) as never,
        announce: fromPromise<{ task: string }, { connectionId: number; kind: GroupsKind; handle: number }>(
          async ({ input: { kind, handle } }) => {
            const command = kind === 'full' ? 'syn_g_m_w_c' : 'syn_g_m_w';
            this.travelled.push({ worker: worker.name, command, agents: letter.agents.length });
            worker.connection?.follow.send({ type: `rx.${command}`, counter: handle, handle });
            return { task: `agent-groups-${connectionId}-${handle}` };
          },
        ),
      },
    });
    return quiet(groupsBroadcastMachine).provide({
      actors: { send },
      actions: {
        noteAcknowledged: (_, { version }) => {
          if (worker.connection?.id === connectionId) this.#acknowledged.set(worker.name, version);
        },
      },
    });
  }

  #follower(worker: InMemoryWorker) {
    const tell = (command: string, fields: object) => {
      if (worker.isMute) return;
      this.travelled.push({ worker: worker.name, command, agents: 0 });
      worker.connection?.broadcast.send({ type: `rx.${command}`, counter: ++this.#last, ...fields });
    };
    const answers = (command: string) => ({
      answer: (_: unknown, { matches, ...report }: { matches: boolean | null }) =>
        tell(command, { ...report, matches: worker.tells ? matches : null }),
    });
    const stored = (letter: Letter, errors: string[]) => ({
      receivedChunks: 1,
      updatedChunks: 1,
      errors,
      masterHash: letter.hash,
    });
    const taken = (handle: number): Letter => {
      const letter = this.#letters.get(handle);
      if (letter === undefined) throw Object.assign(new Error(`string ${handle}`), { code: 3035 });
      this.#letters.delete(handle);
      return letter;
    };
    const readHash = fromPromise<{ hash: string | null }, undefined>(async () => ({
      hash: hashOf(worker.groups),
    }));
    return quiet(groupsFollowMachine).provide({
      actors: {
        receive: quiet(groupsReceiveMachine).provide({
          actors: {
            readHash,
            store: fromPromise<GroupsStored, StringAddress>(async ({ input }) => {
              const letter = taken(input.handle);
              return stored(letter, worker.write(letter));
            }),
          },
          actions: answers('syn_w_g_e'),
        }),
        overwrite: quiet(groupsOverwriteMachine).provide({
          actors: {
            readHash,
            workspace: fromCallback(() => {}) as never,
            search: fromPromise(async () => ({ total: 0, ids: [] })) as never,
            recalculate: fromPromise<void, undefined>(async () => {}),
            overwrite: fromPromise<GroupsStored, StringAddress>(async ({ input }) => {
              const letter = taken(input.handle);
              worker.groups.clear();
              return stored(letter, worker.write(letter));
            }),
          },
          actions: answers('syn_wgc_e'),
        }),
        counter: quiet(mismatchCounterMachine).provide({
          actors: { ask: fromPromise(async () => tell('syn_w_g_c', {})) },
        }),
      },
    });
  }
}
