import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { ArgsOf, CommandName, ReplyOf } from '../../src/protocol/commands.ts';
import { musterDialect } from '../../src/protocol/dialects/muster.ts';
import { FrameDecoder, isReply, type Message } from '../../src/protocol/frame.ts';

/** A peer that has been admitted, and from then on sends what it likes. */
export class RawPeer {
  readonly socket: Socket;
  readonly #replies = new Map<number, (message: Message) => void>();
  #counter = 0;
  /** Requests of the master. */
  readonly heard: string[] = [];
  isClosed = false;

  private constructor(socket: Socket) {
    this.socket = socket;
    const decoder = new FrameDecoder();
    socket.on('data', (chunk: Buffer) =>
      decoder.push(chunk, (message) => {
        const kept = { ...message, payload: Buffer.from(message.payload) };
        if (isReply(message.command)) this.#replies.get(message.counter)?.(kept);
        else this.heard.push(message.command);
      }),
    );
    socket.on('error', () => {
      // To be dropped is what it has to expect.
    });
    socket.on('close', () => {
      this.isClosed = true;
    });
  }

  static async connect(port: number, name: string): Promise<RawPeer> {
    const socket = connect(port, '127.0.0.1');
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
    this.#counter += 1;
    const counter = this.#counter;
    const reply = new Promise<Message>((resolve) => this.#replies.set(counter, resolve));
    this.write(...musterDialect.encodeRequest(counter, command, args));
    const message = await reply;
    this.#replies.delete(counter);
    if (message.command === 'err') throw musterDialect.decodeFailure(message);
    return musterDialect.decodeReply(command, message);
  }

  close(): void {
    this.socket.destroy();
  }
}
