import { randomInt } from 'node:crypto';
import type { ArgsOf, CommandName, ReplyOf } from '../protocol/commands.ts';
import type { Dialect } from '../protocol/dialects/dialect.ts';
import { MusterError } from '../protocol/errors.ts';
import { FrameDecoder, type Message } from '../protocol/frame.ts';
import { MAX_COUNTER } from '../protocol/limits.ts';
import { memoryPair } from '../transport/memory.ts';
import type { Connection } from '../transport/transport.ts';
import { Arrivals } from './arrivals.ts';
import { HeardQueue } from './heard-queue.ts';
import { MAX_UNHEARD_BYTES } from './limits.ts';

/** A request of this peer. */
export interface Asked {
  readonly counter: number;
  /** Null where it was none of the table, or was written wrongly. */
  readonly command: CommandName | null;
  readonly args: unknown;
  /** Whether it belongs to no path: its answer is nobody's business. */
  readonly isAside: boolean;
}

/** What the other side did. `trouble` is what the protocol does not allow. */
export type Heard =
  | { readonly kind: 'ok'; readonly to: Asked; readonly reply: unknown }
  | { readonly kind: 'err'; readonly to: Asked; readonly error: MusterError }
  | {
      readonly kind: 'request';
      readonly counter: number;
      readonly command: CommandName;
      readonly args: unknown;
    }
  | { readonly kind: 'trouble'; readonly what: string }
  | { readonly kind: 'closed'; readonly error: MusterError | null };

export type Request = Extract<Heard, { kind: 'request' }>;

/** How the names of manifests end, and those of lists; where a set is one package, that is what tells of it. */
const LIST_ENDS = ['.json', '.meta'];
const STRING = 'string ';
const BULK: ReadonlySet<string> = new Set(['file_upd', 'str_upd']);

const TOO_MUCH = `more than ${MAX_UNHEARD_BYTES} bytes that nobody had asked for`;

/** One end of a connection that says only what it is told to say, and notes in order what it hears. */
export class Peer {
  readonly dialect: Dialect;
  readonly arrivals: Arrivals;
  readonly #connection: Connection;
  readonly #decoder: FrameDecoder;
  readonly #asked = new Map<number, Asked>();
  readonly #heard = new HeardQueue();
  #wake: () => void = () => {};
  #counter = randomInt(MAX_COUNTER);
  #isClosed = false;
  /** Whether it said so much, or such, that nothing more is heard. */
  #isOver = false;

  constructor(connection: Connection, dialect: Dialect) {
    this.dialect = dialect;
    this.#connection = connection;
    const isWhole = dialect.traits.setForm === 'package';
    this.arrivals = new Arrivals(
      (name) => isWhole || name.startsWith(STRING) || LIST_ENDS.some((end) => name.endsWith(end)),
    );
    const { format, limitsAfterHello } = dialect.framing;
    this.#decoder = new FrameDecoder(limitsAfterHello, format);
    connection.start({
      data: (chunk) => this.#receive(chunk),
      drain: () => {},
      end: () => connection.end(),
      close: (error) => this.#close(error),
    });
  }

  /** One whose connection came to nothing: it hears of its end. */
  static closed(dialect: Dialect): Peer {
    const [connection] = memoryPair();
    const peer = new Peer(connection, dialect);
    peer.drop();
    return peer;
  }

  nextCounter(): number {
    this.#counter = this.#counter === MAX_COUNTER ? 0 : this.#counter + 1;
    return this.#counter;
  }

  ask<C extends CommandName>(command: C, args: ArgsOf<C>, isAside = false): Asked {
    const asked = this.#note({ counter: this.nextCounter(), command, args, isAside });
    this.write(this.dialect.encodeRequest(asked.counter, command, args));
    return asked;
  }

  /** The frames of a request, which whoever asks for them sends himself. */
  expect<C extends CommandName>(command: C, args: ArgsOf<C>): Uint8Array[] {
    const { counter } = this.#note({ counter: this.nextCounter(), command, args, isAside: false });
    return this.dialect.encodeRequest(counter, command, args);
  }

  /** Frames that were made elsewhere, as a request whose content nobody knows. */
  askRaw(frames: (counter: number) => readonly Uint8Array[]): Asked {
    const asked = this.#note({ counter: this.nextCounter(), command: null, args: null, isAside: false });
    this.write(frames(asked.counter));
    return asked;
  }

  reply<C extends CommandName>(counter: number, command: C, reply: ReplyOf<C>): void {
    this.write(this.dialect.encodeReply(counter, command, reply));
  }

  refuse(counter: number, error: MusterError): void {
    this.write(this.dialect.encodeFailure(counter, error));
  }

  write(chunks: readonly Uint8Array[]): void {
    if (!this.#isClosed) this.#connection.write(chunks);
  }

  /** What was heard next; null if that is nothing until then, in milliseconds of `performance.now()`. */
  async next(untilMs: number): Promise<Heard | null> {
    while (this.#heard.isEmpty) {
      const leftMs = untilMs - performance.now();
      if (leftMs <= 0) return null;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, leftMs);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    return this.#heard.take();
  }

  /** What was looked at too early is heard again, before everything else. */
  putBack(heard: readonly Heard[]): void {
    this.#heard.putBack(heard);
  }

  /** What was heard is for later: it is put back in the end, and counts as not looked at until then. */
  defer(heard: Heard): void {
    this.#heard.defer(heard);
  }

  /** Says no more, once everything was sent. */
  end(): void {
    this.#connection.end();
  }

  drop(): void {
    this.#connection.destroy(null);
  }

  #note(asked: Asked): Asked {
    this.#asked.set(asked.counter, asked);
    return asked;
  }

  #tell(heard: Heard, payloadBytes: number): void {
    if (this.#isOver) return;
    if (this.#heard.push(heard, payloadBytes)) this.#wake();
    else this.#tellEnd({ kind: 'trouble', what: TOO_MUCH });
  }

  /** The last that is heard but for the end of the connection. */
  #tellEnd(trouble: Extract<Heard, { kind: 'trouble' }>): void {
    this.#isOver = true;
    this.#heard.end(trouble);
    this.#wake();
    this.drop();
  }

  #close(error: MusterError | null): void {
    this.#isClosed = true;
    this.#decoder.close();
    this.#heard.end({ kind: 'closed', error });
    this.#wake();
  }

  #receive(chunk: Uint8Array): void {
    try {
      this.#decoder.push(chunk, (message) => this.#take(message));
    } catch (error) {
      this.#tellEnd({ kind: 'trouble', what: `frames that are none: ${MusterError.from(error).toLog()}` });
    }
  }

  #take(message: Message): void {
    const { length } = message.payload;
    try {
      const isReply = this.dialect.isReply(message.command);
      this.#tell(isReply ? this.#answer(message) : this.#request(message), length);
    } catch (error) {
      const { counter, command } = message;
      const what = MusterError.from(error).toLog();
      this.#tell({ kind: 'trouble', what: `${command} (${counter}) that cannot be read: ${what}` }, length);
    }
  }

  #answer(message: Message): Heard {
    const { counter, command } = message;
    const to = this.#asked.get(counter);
    if (to === undefined)
      return {
        kind: 'trouble',
        what: `${command} to ${counter}, which was not asked or was answered before`,
      };
    this.#asked.delete(counter);
    try {
      if (command === 'err') return { kind: 'err', to, error: this.dialect.decodeFailure(message) };
      if (to.command === null) return { kind: 'ok', to, reply: null };
      return { kind: 'ok', to, reply: this.dialect.decodeReply(to.command, message) };
    } finally {
      this.dialect.endRequest?.(counter);
    }
  }

  #request(message: Message): Heard {
    const { counter, command } = message;
    if (BULK.has(command)) {
      const bulk = this.dialect.decodeBulk(message);
      const args = { ...bulk, data: Buffer.from(bulk.data) };
      return { kind: 'request', counter, command: command as CommandName, args };
    }
    return { kind: 'request', counter, ...this.dialect.decodeRequest(message) };
  }
}
