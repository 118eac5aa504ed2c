import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { wazuh4ClusterCommands } from '../../src/protocol/dialects/wazuh4/commands/cluster.ts';
import {
  type Wazuh4Args,
  type Wazuh4Reply,
  wazuh4Cluster,
} from '../../src/protocol/dialects/wazuh4/dialect.ts';
import { encodeWazuh4Message } from '../../src/protocol/dialects/wazuh4/frames.ts';
import { wazuh4Format } from '../../src/protocol/dialects/wazuh4/header.ts';
import { wazuh4ClusterLimits } from '../../src/protocol/dialects/wazuh4/limits.ts';
import { MusterError } from '../../src/protocol/errors.ts';
import { FrameDecoder, type Message } from '../../src/protocol/frame.ts';
import { Fernet } from '../../src/transport/fernet.ts';
import { KEY } from '../config/temporary-home.ts';
import { waitFor } from '../harness/wait-for.ts';

type Table = typeof wazuh4ClusterCommands;
type Command = keyof Table;
type Args<C extends Command> = Wazuh4Args<Table, C>;
type Reply<C extends Command> = Wazuh4Reply<Table, C>;
/** What the other side said, as it was before anybody understood it. */
export interface Said {
  readonly command: string;
  readonly text: string;
}
/** How this one answers; what it throws is answered as an error. */
type Answers = { [C in Command]?: (args: Args<C>) => Reply<C> };

/**
 * A node of Wazuh 4.x that does what its script says, over a real connection: as the originals it takes any message with
 * the counter of a request of its own for the reply, answers in the order in which it was asked, waits for each piece of a
 * file before the next, and looks at no error unless the test does.
 */
export class Original {
  readonly side: 'master' | 'worker';
  readonly cipher: Fernet;
  /** What it was asked, in order. */
  readonly heard: Said[] = [];
  /** Replies that nobody had asked for. */
  readonly strays: Said[] = [];
  readonly answers: Answers = {};
  /** Files that came, by path. */
  readonly files = new Map<string, Buffer>();
  readonly strings = new Map<number, Buffer>();
  isClosed = false;
  readonly #socket: Socket;
  readonly #asks;
  readonly #understands;
  readonly #decoder = new FrameDecoder(wazuh4ClusterLimits, wazuh4Format);
  readonly #waiting = new Map<number, (message: Message) => void>();
  #counter: number;
  #lastId = 40;

  readonly #closed: Promise<void>;

  constructor(socket: Socket, side: 'master' | 'worker', { key = KEY, counter = 0xffff_fff0 } = {}) {
    this.side = side;
    this.cipher = new Fernet(key);
    // Of two masters and two workers each would know its own requests: the other end's are asked.
    this.#asks = wazuh4Cluster(side === 'master' ? 'worker' : 'master', this.cipher);
    this.#understands = wazuh4Cluster(side, this.cipher);
    this.#socket = socket;
    this.#counter = counter;
    socket.on('data', (chunk) => this.#receive(chunk));
    socket.on('error', () => {});
    this.#closed = new Promise((resolve) => {
      socket.on('close', () => {
        this.isClosed = true;
        resolve();
      });
    });
    this.#takeFilesAndStrings();
  }

  static async worker(address: string, options: { key?: string } = {}): Promise<Original> {
    const [host = '', port = ''] = address.split(':');
    const socket = connect({ host, port: Number(port) });
    await once(socket, 'connect');
    return new Original(socket, 'worker', options);
  }

  /** Asks, and resolves to the answer. Rejects when the connection ends. */
  async ask<C extends Command>(command: C, args: Args<C>): Promise<Reply<C>> {
    const message = await this.send((counter) => this.#asks.encodeRequest(counter, command, args));
    return this.#asks.decodeReply(command, message);
  }

  /** The same with a payload as it is. Resolves to the command and the payload of the answer. */
  async askPlain(command: string, text: string | Uint8Array): Promise<Said> {
    const plain = [Buffer.from(text as string)];
    const message = await this.send((counter) =>
      encodeWazuh4Message({ counter, command, plain }, this.cipher),
    );
    return { command: message.command, text: this.cipher.open(message.payload).toString() };
  }

  /** What refuses this. */
  async refusal(command: string, text: string | Uint8Array): Promise<string> {
    const { command: answer, text: told } = await this.askPlain(command, text);
    if (answer !== 'err') throw new Error(`${command} was answered with ${answer} ${told}`);
    return told;
  }

  async send(encode: (counter: number) => readonly Uint8Array[]): Promise<Message> {
    this.#counter = (this.#counter + 1) % 2 ** 32;
    const counter = this.#counter;
    const reply = new Promise<Message>((resolve) => this.#waiting.set(counter, resolve));
    this.write(...encode(counter));
    return await Promise.race([reply, this.#closed.then(closedEarly)]);
  }

  /** What is said next, and what this says after it, go out as one packet. */
  inOneBreath(say: () => Promise<unknown>): void {
    this.#socket.cork();
    queueMicrotask(() => {
      say().catch(() => {});
      this.#socket.uncork();
    });
  }

  write(...chunks: readonly Uint8Array[]): void {
    this.#socket.write(Buffer.concat(chunks));
  }

  /** A message that answers nothing, as a reply that comes too late. */
  stray(command: string, text: string): void {
    this.write(...encodeWazuh4Message({ counter: 7, command, plain: [Buffer.from(text)] }, this.cipher));
  }

  /** Sends a file as the originals do: whatever is answered, it goes on. */
  async sendFile(path: string, content: Uint8Array, { pieceBytes = 1000, digest = sha256(content) } = {}) {
    const answers = [await this.askPlain('new_file', `/${path}`)];
    for (let at = 0; at < content.length; at += pieceBytes) {
      const piece = content.subarray(at, at + pieceBytes);
      answers.push(await this.askPlain('file_upd', Buffer.concat([Buffer.from(`/${path} `), piece])));
    }
    answers.push(await this.askPlain('file_end', Buffer.concat([Buffer.from(`/${path} `), digest])));
    return answers.map(({ command }) => command);
  }

  /** Sends a string, and resolves to its id. */
  async sendString(text: string, pieceBytes = 1000): Promise<string> {
    const bytes = Buffer.from(text);
    const { text: id } = await this.askPlain('new_str', String(bytes.length));
    for (let at = 0; at < bytes.length; at += pieceBytes)
      await this.askPlain(
        'str_upd',
        Buffer.concat([Buffer.from(`${id} `), bytes.subarray(at, at + pieceBytes)]),
      );
    return id;
  }

  /** What it names in place of a string that it could not begin to send, as nobody answered. */
  unsentString(): string {
    return 'Error 3020 - Timeout sending request: new_str';
  }

  /** Waits until it was asked this so many times; resolves to what was said the last time. */
  async hears(command: string, times = 1, explain?: () => string): Promise<string> {
    const said = () => this.heard.filter((one) => one.command === command);
    await waitFor(
      `${command}, ${times} times`,
      () => said().length >= times,
      10_000,
      () =>
        [
          this.heard
            .slice(-12)
            .map((one) => `${one.command} ${one.text.slice(0, 200)}`)
            .join('\n'),
          explain?.(),
        ].join('\n'),
    );
    return said()[times - 1]?.text ?? '';
  }

  /** Waits for the first of these commands behind what was heard before. */
  async hearsOneOf(commands: readonly string[], from: number, explain?: () => string): Promise<Said> {
    const found = () => this.heard.slice(from).find(({ command }) => commands.includes(command));
    return await waitFor(`one of ${commands.join(', ')}`, found, 10_000, explain);
  }

  close(): void {
    this.#socket.destroy();
  }

  /** What cannot be decrypted ends the connection; what is no frame at all is waited for the end of, and nothing is said. */
  #receive(chunk: Buffer): void {
    try {
      this.#decoder.push(chunk, (message) => this.#take(message));
    } catch (error) {
      if ((error as MusterError).code === 3025) this.#socket.destroy();
    }
  }

  #take(message: Message): void {
    const waiting = this.#waiting.get(message.counter);
    this.#waiting.delete(message.counter);
    if (waiting !== undefined) {
      waiting(message);
      return;
    }
    const text = this.cipher.open(message.payload).toString();
    if (['ok', 'err', 'ok-m', 'ok-c'].includes(message.command)) {
      this.strays.push({ command: message.command, text });
      return;
    }
    this.heard.push({ command: message.command, text });
    this.#answer(message);
  }

  #answer(message: Message): void {
    const { counter } = message;
    try {
      const { command, args } = this.#understands.decodeRequest(message);
      const answer = this.answers[command] as ((args: unknown) => unknown) | undefined;
      if (answer === undefined) throw new MusterError(3109, command);
      this.write(...this.#understands.encodeReply(counter, command, answer(args) as never));
    } catch (error) {
      this.write(...this.#understands.encodeFailure(counter, MusterError.from(error)));
    }
  }

  #takeFilesAndStrings(): void {
    const { answers, files, strings } = this;
    answers.echo = (args) => args;
    answers['echo-m'] = (args) => args;
    answers['echo-c'] = (args) => args;
    answers.new_file = ({ path }) => {
      files.set(path, Buffer.alloc(0));
      return {};
    };
    answers.file_upd = ({ path, data }) => {
      files.set(path, Buffer.concat([files.get(path) ?? failed(`b'/${path}'`), data]));
      return {};
    };
    answers.file_end = ({ path, digest }) => {
      const content = files.get(path) ?? failed(`b'/${path}'`);
      if (!sha256(content).equals(digest)) throw new MusterError(3112);
      return {};
    };
    answers.new_str = () => {
      this.#lastId += 1;
      strings.set(this.#lastId, Buffer.alloc(0));
      return { id: this.#lastId };
    };
    answers.str_upd = ({ id, data }) => {
      strings.set(id, Buffer.concat([strings.get(id) ?? failed(`b'${id}'`), data]));
      return {};
    };
  }
}

const closedEarly = (): never => {
  throw new Error('the connection was closed');
};

const failed = (key: string): never => {
  throw new MusterError(1000, key);
};

export const sha256 = (content: Uint8Array): Buffer => createHash('sha256').update(content).digest();
