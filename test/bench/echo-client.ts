import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { wazuh4Cluster } from '../../src/protocol/dialects/wazuh4/dialect.ts';
import { wazuh4Format } from '../../src/protocol/dialects/wazuh4/header.ts';
import { wazuh4ClusterLimits } from '../../src/protocol/dialects/wazuh4/limits.ts';
import { FrameDecoder } from '../../src/protocol/frame.ts';
import type { Message } from '../../src/protocol/message.ts';
import { Fernet } from '../../src/transport/fernet.ts';
import { KEY } from './bench-node.ts';

const HELLO = { name: 'echo', cluster: 'bench', type: 'worker', version: '4.7.5' };
/** Behind the counter of `hello`. */
const FIRST_COUNTER = 100;

/**
 * Asks a master of either kind for echoes, as fast as it answers: all requests are sealed beforehand, and of the answers
 * only the first of each counter is opened, so that the master alone limits the rate.
 */
export class EchoClient {
  readonly #socket: Socket;
  readonly #cipher = new Fernet(KEY);
  readonly #dialect = wazuh4Cluster('worker', this.#cipher);
  readonly #payload: Buffer;
  #take: (message: Message) => void = () => {};

  private constructor(socket: Socket, payloadBytes: number) {
    this.#socket = socket;
    this.#payload = Buffer.alloc(payloadBytes, 'x');
    const decoder = new FrameDecoder(wazuh4ClusterLimits, wazuh4Format);
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => decoder.push(chunk, (message) => this.#take(message)));
  }

  /** Resolves when the master has welcomed it. */
  static async connect(port: number, payloadBytes: number): Promise<EchoClient> {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    const client = new EchoClient(socket, payloadBytes);
    await client.#welcomed();
    return client;
  }

  /** Echoes a second, with so many under way all the time. */
  async load(inFlight: number, seconds: number): Promise<number> {
    const frames = new Map<number, Buffer>();
    for (let counter = FIRST_COUNTER; counter < FIRST_COUNTER + inFlight; counter += 1) {
      const [frame] = this.#dialect.encodeRequest(counter, 'echo', { data: this.#payload });
      if (frame !== undefined) frames.set(counter, frame);
    }
    const unchecked = new Set(frames.keys());
    let answers = 0;
    let waiting = frames.size;
    const startedMs = performance.now();
    const endMs = startedMs + seconds * 1000;
    await new Promise<void>((resolve, reject) => {
      this.#socket.once('error', reject).once('close', () => reject(new Error('the master hung up')));
      this.#take = (message) => {
        const frame = frames.get(message.counter);
        if (frame === undefined) return; // the master asks something of its own
        if (unchecked.delete(message.counter) && !this.#isRight(message)) {
          reject(new Error(`an echo was answered with ${message.command}`));
          return;
        }
        answers += 1;
        if (performance.now() < endMs) this.#socket.write(frame);
        else {
          waiting -= 1;
          if (waiting === 0) resolve();
        }
      };
      for (const frame of frames.values()) this.#socket.write(frame);
    }).finally(() => this.#socket.removeAllListeners('error').removeAllListeners('close'));
    return answers / ((performance.now() - startedMs) / 1000);
  }

  close(): void {
    this.#socket.destroy();
  }

  #isRight({ command, payload }: Message): boolean {
    return command === 'ok' && this.#cipher.open(payload).equals(this.#payload);
  }

  async #welcomed(): Promise<void> {
    const answer = new Promise<Message>((resolve) => {
      this.#take = (message) => resolve({ ...message, payload: Buffer.from(message.payload) });
    });
    this.#socket.write(this.#dialect.encodeRequest(1, 'hello', HELLO)[0] as Buffer);
    const message = await answer;
    if (message.command !== 'ok') throw this.#dialect.decodeFailure(message);
  }
}
