import { type Actor, type AnyActor, createActor, setup } from 'xstate';
import type { AgentInfoSendOutput } from '../../machines/agent-info/send.ts';
import type { AgentStore } from '../../src/agents/store.ts';
import { digestBytes } from '../../src/files/digest.ts';
import { Channel, type PassingFrame } from '../../src/node/channel.ts';
import { systemClock } from '../../src/node/clock.ts';
import { masterAgentInfo } from '../../src/node/effects/agent-info-master.ts';
import { agentInfoEvent, workerAgentInfo } from '../../src/node/effects/agent-info-worker.ts';
import type { NodeServices } from '../../src/node/services.ts';
import { provideTransfers, type Transfers } from '../../src/node/transfers/index.ts';
import { memoryPair } from '../../src/transport/memory.ts';
import type { Connection } from '../../src/transport/transport.ts';
import { wireServices } from '../harness/wire/services.ts';
import { LogCollector } from '../spec/log-collector.ts';

export const CONNECTION = 7;
const PROGRESS_TIMEOUT_MS = 10_000;
const RESULT_TIMEOUT_MS = 10_000;
const STORE_TIMEOUT_MS = 10_000;

/** What one node has, whatever its connection. */
export class End {
  readonly log = new LogCollector();
  readonly services: NodeServices = { ...wireServices(systemClock), log: this.log };
  readonly transfers: Transfers;

  constructor() {
    const unused = () => {
      throw new Error('files are not part of this test');
    };
    this.transfers = provideTransfers({
      channels: this.services.channels,
      clock: systemClock,
      digestFile: unused,
      digestBytes,
      spoolDirectory: unused,
      log: { ended: () => {}, trouble: () => {} },
    });
  }

  /** The receiving side of transfers, as a handler has it. */
  incoming(): AnyActor {
    const { transfers } = this.transfers;
    const input = { connectionId: CONNECTION, progressTimeoutMs: PROGRESS_TIMEOUT_MS };
    return createActor(
      setup({ actors: { transfers } }).createMachine({
        id: 'host',
        invoke: { id: 'transfers', src: 'transfers', input },
        on: { '*': {} },
      }),
    ).start();
  }
}

/** A worker and its master, with real stores, channels and transfers; only their handlers are the test's. */
export class AgentInfoPair {
  readonly worker = new End();
  readonly master = new End();

  constructor(stores: { worker: AgentStore; master: AgentStore }) {
    this.worker.services.store.set(stores.worker);
    this.master.services.store.set(stores.master);
    this.master.services.status.workers.set(CONNECTION, { name: 'worker1' } as never);
  }

  connect(watch: (frame: PassingFrame, line: Line) => void = () => {}): Line {
    const worker = workerAgentInfo(this.worker.services, this.worker.transfers);
    const master = masterAgentInfo(this.master.services, this.master.transfers);
    return new Line(this, { worker, master }, watch);
  }
}

type Round = ReturnType<typeof workerAgentInfo>;
type Lock = ReturnType<typeof masterAgentInfo>;

/** One connection of the pair, with what lives as long as it. */
export class Line {
  /** What the worker sent and received, in order. */
  readonly frames: string[] = [];
  /** The worker's end, for what no worker says. */
  readonly channel: Channel;
  readonly #round: Round;
  readonly #connection: Connection;
  readonly #masterEnd: AnyActor[];
  #running: Actor<Round> | null = null;
  #ended: (() => void) | null = null;

  constructor(
    pair: AgentInfoPair,
    machines: { worker: Round; master: Lock },
    watch: (frame: PassingFrame, line: Line) => void,
  ) {
    const [client, server] = memoryPair();
    this.#connection = client;
    this.#round = machines.worker;
    const incoming = pair.master.incoming();
    const input = { connectionId: CONNECTION, storeTimeoutMs: STORE_TIMEOUT_MS };
    const lock = createActor(machines.master, { input }).start();
    this.#masterEnd = [lock, incoming];
    openEnd(pair.master, server, {
      onRequest: (counter, command, args) => {
        const event = { type: `rx.${command}`, counter, ...(args as object) };
        if (command.startsWith('syn_a_')) lock.send(event as never);
        else incoming.getSnapshot().children.transfers.send(event);
      },
      onClose: () => {
        for (const actor of this.#masterEnd) actor.stop();
      },
    });
    this.channel = openEnd(pair.worker, client, {
      onRequest: (counter, command, args) => {
        const event = agentInfoEvent(counter, command as never, args as never);
        if (event === null || this.#running === null) pair.worker.services.refuseTask(CONNECTION, counter);
        else this.#running.send(event);
      },
      onClose: () => this.#closed(),
      onFrame: (frame) => {
        this.frames.push(`${frame.direction} ${frame.command}`);
        watch(frame, this);
      },
    });
  }

  /** One round of the worker; null if its connection ended before it did. */
  async round(maxChunks = 32, resultTimeoutMs = RESULT_TIMEOUT_MS): Promise<AgentInfoSendOutput | null> {
    const input = { connectionId: CONNECTION, maxChunks, resultTimeoutMs };
    const actor = createActor(this.#round, { input });
    this.#running = actor;
    const output = await new Promise<AgentInfoSendOutput | null>((resolve, reject) => {
      this.#ended = () => resolve(null);
      actor.subscribe({ error: reject, complete: () => resolve(actor.getSnapshot().output ?? null) });
      actor.start();
    });
    this.#running = null;
    return output;
  }

  /** The connection is lost, for both ends. */
  cut(): void {
    this.#connection.destroy(null);
  }

  #closed(): void {
    this.#running?.stop();
    this.#ended?.();
  }

  [Symbol.dispose](): void {
    this.cut();
  }
}

interface EndEvents {
  onRequest(counter: number, command: string, args: unknown): void;
  onClose(): void;
  onFrame?(frame: PassingFrame): void;
}

export function openEnd({ services }: End, connection: Connection, events: EndEvents): Channel {
  const { channels, clock } = services;
  const channel = new Channel({
    id: CONNECTION,
    connection,
    dialect: services.dialectOf(connection),
    clock,
    awaitsHello: false,
    ...events,
    onClose: () => {
      channels.remove(CONNECTION);
      events.onClose();
    },
  });
  channels.add(channel);
  return channel;
}
