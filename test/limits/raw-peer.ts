import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { ArgsOf, CommandName, ReplyOf } from '../../src/protocol/commands.ts';
import { musterDialect } from '../../src/protocol/dialects/muster.ts';
import { FrameDecoder, isReply, type Message } from '../../src/protocol/frame.ts';

import { waitFor } from '../harness/wait-for.ts';

/** A peer that has been admitted, and from then on sends what it likes. */
export class RawPeer {
  readonly socket: Socket;
  readonly #replies = new Map<number, (message: Message) => void>();
  #counter = 0;
  /** Requests of the master that nobody has asked `next` for. */
  readonly heard: Message[] = [];
  isClosed = false;

  private constructor(socket: Socket) {
    this.socket = socket;
    const decoder = new FrameDecoder();
    socket.on('data', (chunk: Buffer) =>
      decoder.push(chunk, (message) => {
        const kept = { ...message, payload: Buffer.from(message.payload) };
        if (isReply(message.command)) this.#replies.get(message.counter)?.(kept);
        else this.heard.push(kept);
      }),
    );
    socket.on('error', () => {
      // To be dropped is what it has to expect.
    });
    socket.on('close', () => {
      this.isClosed = true;
    });
  }

  static async connect(port: number, name: string, localAddress = '127.0.0.1'): Promise<RawPeer> {
    const socket = connect({ port, host: '127.0.0.1', localAddress });
    await once(socket, 'connect');
    const peer = new RawPeer(socket);
    await peer.ask('hello', {
      name,
      cluster: 'wazuh',
      type: 'worker',
      version: 'test',
      protocol: { min: 1, max: 1 },
      features: [],
      node: 'a'.repeat(32),
      session: Date.now(),
    });
    return peer;
  }

  write(...chunks: readonly Uint8Array[]): void {
    for (const chunk of chunks) this.socket.write(chunk);
  }

  /** Rejects with the error of the master. */
  async ask<C extends CommandName>(command: C, args: ArgsOf<C>): Promise<ReplyOf<C>> {
    const message = await this.say((counter) => musterDialect.encodeRequest(counter, command, args));
    return musterDialect.decodeReply(command, message);
  }

  /** Sends a request of whatever kind, with a counter of its own; the reply is the one with the same. Rejects as `ask`. */
  async say(encode: (counter: number) => readonly Uint8Array[]): Promise<Message> {
    this.#counter += 1;
    const counter = this.#counter;
    const reply = new Promise<Message>((resolve) => this.#replies.set(counter, resolve));
    this.write(...encode(counter));
    const message = await reply;
    this.#replies.delete(counter);
    if (message.command === 'err') throw musterDialect.decodeFailure(message);
    return message;
  }

  /** The next request of this kind; takes it out of `heard`. */
  async next(command: CommandName): Promise<Message> {
    const request = await waitFor(`the master to send ${command}`, () =>
      this.heard.find((message) => message.command === command),
    );
    this.heard.splice(this.heard.indexOf(request), 1);
    return request;
  }

  reply<C extends CommandName>({ counter }: Message, command: C, reply: ReplyOf<C>): void {
    this.write(...musterDialect.encodeReply(counter, command, reply));
  }

  close(): void {
    this.socket.destroy();
  }
}
