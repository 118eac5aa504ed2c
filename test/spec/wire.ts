import type { CommandName } from '../../src/protocol/commands.ts';
import { musterDialect } from '../../src/protocol/dialects/muster.ts';
import { MusterError } from '../../src/protocol/errors.ts';
import { FrameDecoder, isReply, type Message } from '../../src/protocol/frame.ts';
import { type Faults, type MemoryConnection, memoryPair } from '../../src/transport/memory.ts';
import type { ListenOptions, Transport } from '../../src/transport/transport.ts';

export type Side = 'worker' | 'master';

/** One message as it was sent. */
export interface Sent {
  readonly from: Side;
  /** The command of the request; of a reply, that of the request it answers. */
  readonly command: string;
  readonly kind: 'request' | 'ok' | 'err';
  readonly counter: number;
  // biome-ignore lint/suspicious/noExplicitAny: what a message carries differs by command; tests know which they look at
  readonly body: any;
}

/** The network of one cluster in one process: a master that listens, and a wire for each peer. */
export class Network {
  #listening: ListenOptions | null = null;

  /** The master's end. */
  readonly transport: Transport = {
    name: 'wire',
    listen: async (options) => {
      this.#listening = options;
      return {
        address: 'wire',
        close: async () => {
          if (this.#listening === options) this.#listening = null;
        },
      };
    },
    connect: () => Promise.reject(new MusterError(3102, 'a master does not connect')),
  };

  /** A way to the master that records what passes, and can lose it. */
  wire(): Wire {
    return new Wire(() => this.#listening);
  }
}

/** What one worker and its master send each other, over all connections of that worker. */
export class Wire {
  /** Every message, in order of sending; those that were lost too. */
  readonly sent: Sent[] = [];
  /** Messages for which this is true never arrive. */
  loses: (message: Sent) => boolean = () => false;
  /** Called for each message before it passes. */
  onMessage: (message: Sent) => void = () => {};
  /** While false every attempt to connect fails. */
  isUp = true;
  /** Ends of the latest connection. */
  ends: { worker: MemoryConnection; master: MemoryConnection } | null = null;
  /** Connections that were made. */
  connections = 0;
  readonly #listening: () => ListenOptions | null;
  #faults: Faults = {};

  constructor(listening: () => ListenOptions | null) {
    this.#listening = listening;
  }

  readonly transport: Transport = {
    name: 'wire',
    listen: () => Promise.reject(new MusterError(3101, 'a worker does not listen')),
    connect: async () => {
      const master = this.#listening();
      if (master === null || !this.isUp) throw new MusterError(3102, 'wire: nobody listens');
      this.connections += 1;
      this.#faults = {};
      const [client, server] = memoryPair({
        clientToServer: this.#faults,
        serverToClient: this.#faults,
        identity: { address: `wire:${this.connections}` },
      });
      this.#tap(client, server);
      this.ends = { worker: client, master: server };
      master.onConnection(server);
      return client;
    },
  };

  /** From now on nothing passes on this connection, and nobody is told: a network that is gone. */
  freeze(): void {
    this.#faults.freezeAtByte = 0;
  }

  get isFrozen(): boolean {
    return this.#faults.freezeAtByte === 0;
  }

  /** The connection breaks, for both ends. */
  cut(): void {
    this.ends?.worker.destroy(new MusterError(3103, 'the wire was cut'));
  }

  /** The connection breaks for the worker alone: the master believes that it is still there. */
  abandon(): void {
    const [stranger] = memoryPair();
    this.ends?.worker.join(stranger);
    this.cut();
  }

  /** Requests of one side, the bytes of files among them. */
  requests(from: Side, command?: CommandName): Sent[] {
    return this.sent.filter(
      (sent) =>
        sent.from === from && sent.kind === 'request' && (command === undefined || sent.command === command),
    );
  }

  /** Answers that one side gave to the requests of one command. */
  answers(from: Side, command: CommandName): Sent[] {
    return this.sent.filter(
      (sent) => sent.from === from && sent.kind !== 'request' && sent.command === command,
    );
  }

  #tap(client: MemoryConnection, server: MemoryConnection): void {
    const asked: Record<Side, Map<number, string>> = { worker: new Map(), master: new Map() };
    for (const [from, end] of [
      ['worker', client],
      ['master', server],
    ] as const) {
      const decoder = new FrameDecoder();
      const write = end.write.bind(end);
      end.write = (chunks) => {
        let isLost = false;
        for (const chunk of chunks) {
          decoder.push(chunk, (message) => {
            const seen = see(from, message, asked);
            this.sent.push(seen);
            this.onMessage(seen);
            isLost ||= this.loses(seen);
          });
        }
        return isLost || write(chunks);
      };
    }
  }
}

function see(from: Side, message: Message, asked: Record<Side, Map<number, string>>): Sent {
  const { counter, command } = message;
  if (!isReply(command)) {
    asked[from].set(counter, command);
    const { args } = musterDialect.decodeRequest(message);
    return { from, command, kind: 'request', counter, body: args };
  }
  const question = asked[from === 'worker' ? 'master' : 'worker'].get(counter) ?? '';
  const body =
    command === 'ok'
      ? musterDialect.decodeReply(question as CommandName, message)
      : musterDialect.decodeFailure(message);
  return { from, command: question, kind: command as 'ok' | 'err', counter, body };
}
