import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { noCipher } from '../../src/protocol/dialects/wazuh4/cipher.ts';
import { encodeWazuh4Message } from '../../src/protocol/dialects/wazuh4/frames.ts';
import { wazuh4Format } from '../../src/protocol/dialects/wazuh4/header.ts';
import { wazuh4LocalLimits } from '../../src/protocol/dialects/wazuh4/limits.ts';
import { FrameDecoder, type Message } from '../../src/protocol/frame.ts';
import { waitFor } from '../harness/wait-for.ts';
import type { InProcessNode } from '../spec/cluster-in-process.ts';

export interface Heard {
  readonly command: string;
  readonly text: string;
}

/** A program made for the original's socket: acknowledges whatever it is asked, and keeps strings. */
export class LocalProgram implements AsyncDisposable {
  readonly heard: Heard[] = [];
  readonly strings = new Map<string, string>();
  readonly #socket: Socket;
  readonly #decoder = new FrameDecoder(wazuh4LocalLimits, wazuh4Format);
  readonly #waiting = new Map<number, PromiseWithResolvers<Heard>>();
  #counter = 1000;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk) => this.#decoder.push(chunk, (message) => this.#take(message)));
    socket.on('error', () => {});
    socket.on('close', () => {
      for (const { reject } of this.#waiting.values()) reject(new Error('the node has hung up'));
    });
  }

  static async of(node: InProcessNode): Promise<LocalProgram> {
    const socket = connect(join(node.home, 'queue/cluster/c-internal.sock'));
    await once(socket, 'connect');
    return new LocalProgram(socket);
  }

  write(counter: number, command: string, text: string): void {
    this.#socket.write(
      Buffer.concat(encodeWazuh4Message({ counter, command, plain: [Buffer.from(text)] }, noCipher)),
    );
  }

  /** The frame byte by byte, as a slow program writes it. */
  trickle(command: string, text: string): Promise<Heard> {
    const [frame = Buffer.alloc(0)] = encodeWazuh4Message(
      { counter: 9, command, plain: [Buffer.from(text)] },
      noCipher,
    );
    const reply = this.#reply(9);
    for (const byte of frame) this.#socket.write(Buffer.of(byte));
    return reply;
  }

  ask(command: string, text = ''): Promise<Heard> {
    this.#counter += 1;
    const reply = this.#reply(this.#counter);
    this.write(this.#counter, command, text);
    return reply;
  }

  async hears(command: string): Promise<string> {
    const { text } = await waitFor(
      command,
      () => this.heard.find((one) => one.command === command),
      10_000,
      () => JSON.stringify(this.heard),
    );
    return text;
  }

  #reply(counter: number): Promise<Heard> {
    const waiting = Promise.withResolvers<Heard>();
    this.#waiting.set(counter, waiting);
    // Some tests ask what nobody waits for.
    waiting.promise.catch(() => {});
    return waiting.promise;
  }

  #take({ counter, command, payload }: Message): void {
    const heard = { command, text: Buffer.from(payload).toString() };
    const waiting = this.#waiting.get(counter);
    this.#waiting.delete(counter);
    if (waiting !== undefined) {
      waiting.resolve(heard);
      return;
    }
    this.heard.push(heard);
    if (command === 'new_str') {
      this.strings.set('77', '');
      this.write(counter, 'ok', '77');
    } else if (command === 'str_upd') {
      this.strings.set('77', `${this.strings.get('77')}${heard.text.slice(3)}`);
      this.write(counter, 'ok', 'String updated');
    } else this.write(counter, 'ok', 'Response received');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.destroy();
  }
}
