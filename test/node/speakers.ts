import { Channel, type ChannelOptions, type PassingFrame } from '../../src/node/channel.ts';
import type { ArgsOf, CommandName } from '../../src/protocol/commands.ts';
import { musterDialect } from '../../src/protocol/dialects/muster.ts';
import type { MusterError } from '../../src/protocol/errors.ts';
import { encodeMessage, FrameDecoder, type Message } from '../../src/protocol/frame.ts';
import { type MemoryOptions, memoryPair } from '../../src/transport/memory.ts';
import type { Connection } from '../../src/transport/transport.ts';
import { ManualClock } from '../harness/manual-clock.ts';
import { End } from '../transport/ends.ts';

export interface Heard {
  readonly counter: number;
  readonly command: CommandName;
  readonly args: unknown;
}

/** A channel with all that it told its owner. It answers `echo`; the rest is the test's. */
export class Speaker {
  readonly channel: Channel;
  readonly heard: Heard[] = [];
  readonly refused: { command: string; code: number }[] = [];
  readonly frames: PassingFrame[] = [];
  readonly contents: [direction: PassingFrame['direction'], content: unknown][] = [];
  readonly closes: (MusterError | null)[] = [];

  constructor(connection: Connection, clock: ManualClock, options: Partial<ChannelOptions> = {}) {
    this.channel = new Channel({
      id: 1,
      connection,
      dialect: musterDialect,
      clock,
      awaitsHello: false,
      onRequest: (counter, command, args) => {
        this.heard.push({ counter, command, args });
        if (command === 'echo') this.channel.reply<'echo'>(counter, args as ArgsOf<'echo'>);
      },
      onClose: (error) => this.closes.push(error),
      onRefused: (command, { code }) => this.refused.push({ command, code }),
      onFrame: (frame) => this.frames.push(frame),
      onContent: (direction, _, content) => this.contents.push([direction, content]),
      ...options,
    });
  }
}

/** Two channels on one connection. */
export function conversation(faults: MemoryOptions = {}): {
  clock: ManualClock;
  client: Speaker;
  server: Speaker;
} {
  const clock = new ManualClock();
  const [a, b] = memoryPair({ clock, ...faults });
  return { clock, client: new Speaker(a, clock), server: new Speaker(b, clock) };
}

/** A channel, and the bare other end of its connection: it sees every message, and may send anything. */
export class BareTalk {
  readonly clock = new ManualClock();
  readonly speaker: Speaker;
  readonly end: End;
  readonly messages: Message[] = [];

  constructor(options: Partial<ChannelOptions> = {}, faults: MemoryOptions = {}) {
    const [mine, theirs] = memoryPair({ clock: this.clock, ...faults });
    this.speaker = new Speaker(theirs, this.clock, options);
    this.end = new End(mine);
    const decoder = new FrameDecoder();
    mine.start({
      data: (chunk) =>
        decoder.push(chunk, (message) =>
          this.messages.push({ ...message, payload: Buffer.from(message.payload) }),
        ),
      drain: () => {},
      end: () => mine.end(),
      close: (error) => this.end.closes.push(error),
    });
  }

  /** What was written on the wire, in order. */
  get commands(): string[] {
    return this.messages.map(({ command }) => command);
  }

  write(...chunks: Uint8Array[]): void {
    this.end.connection.write(chunks);
  }

  ask<C extends CommandName>(counter: number, command: C, args: ArgsOf<C>): void {
    this.write(...musterDialect.encodeRequest(counter, command, args));
  }

  /** A message of this name whose payload is no good. */
  say(
    counter: number,
    command: string,
    payload: Uint8Array = Buffer.from([0xc1]),
    encoding: 0 | 1 = 1,
  ): void {
    this.write(...encodeMessage({ counter, command, encoding, payload }));
  }

  /** Codes of the errors that were answered, by counter. */
  get errors(): [counter: number, code: number][] {
    return this.messages
      .filter(({ command }) => command === 'err')
      .map((message) => [message.counter, musterDialect.decodeFailure(message).code]);
  }
}

/** Lets everything happen that needs no clock. */
export async function settle(turns = 3): Promise<void> {
  for (let turn = 0; turn < turns; turn += 1) await new Promise(setImmediate);
}

export const hello: ArgsOf<'hello'> = {
  name: 'worker1',
  cluster: 'wazuh',
  type: 'worker',
  version: 'test',
  protocol: { min: 1, max: 1 },
  features: [],
  node: '0'.repeat(32),
  session: 1,
};
