import { randomInt } from 'node:crypto';
import type { ArgsOf, CommandName, ReplyOf } from '../protocol/commands.ts';
import type { BulkCommand, Dialect } from '../protocol/dialects/dialect.ts';
import { MusterError } from '../protocol/errors.ts';
import { FrameDecoder, isReply, type Message } from '../protocol/frame.ts';
import { limitsAfterHello, limitsBeforeHello, MAX_COUNTER } from '../protocol/limits.ts';
import type { Connection, PeerIdentity } from '../transport/transport.ts';
import type { Clock } from './clock.ts';
import { Outbox } from './outbox.ts';
import { Requests } from './requests.ts';

/** Time for a reply where the caller names none. */
export const DEFAULT_REQUEST_TIMEOUT_MS = 20_000;
/** Requests of the peer that may wait for our reply at the same time. A peer that sends more is not read from. */
export const MAX_UNANSWERED_REQUESTS = 256;
/** Bulk of the peer that we have taken and not confirmed. A peer that sends more ignores the window, and is dropped. */
export const MAX_UNCONFIRMED_BULK_BYTES = 67_108_864;

export interface RequestOptions {
  timeoutMs?: number;
  signal?: AbortSignal;
}

/** Takes the bytes of a file or string; the promise's end is the confirmation. `data` is the sink's own. */
export type BulkSink = (offset: number, data: Uint8Array) => Promise<void>;

export interface ChannelOptions {
  readonly id: number;
  readonly connection: Connection;
  readonly dialect: Dialect;
  readonly clock: Clock;
  /** True on the side that waits for `hello`: nothing else is taken before `authorize`. */
  readonly awaitsHello: boolean;
  /** A request of the peer, decoded and checked; to be answered by `reply` or `fail`. */
  onRequest(counter: number, command: CommandName, args: unknown): void;
  /** The connection is gone; called once. `error` is null after an orderly end. */
  onClose(error: MusterError | null): void;
}

/** Counts of what passed, for metrics. */
export interface ChannelStatistics {
  messagesIn: number;
  messagesOut: number;
  bytesIn: number;
  bytesOut: number;
  /** Replies that nobody waited for. */
  strayReplies: number;
}

/**
 * One connection as requests and replies, in both directions at once. Replies are matched by the counters of our own
 * requests only. Bytes of files and strings go past `onRequest`, straight to their sink.
 */
export class Channel {
  readonly id: number;
  readonly peer: PeerIdentity;
  readonly statistics: ChannelStatistics = {
    messagesIn: 0,
    messagesOut: 0,
    bytesIn: 0,
    bytesOut: 0,
    strayReplies: 0,
  };
  readonly #options: ChannelOptions;
  readonly #decoder: FrameDecoder;
  readonly #requests: Requests<Message>;
  readonly #outbox: Outbox;
  readonly #sinks = new Map<string, BulkSink>();
  /** Requests of the peer that wait for our reply; null where the command is not known. */
  readonly #unanswered = new Map<number, CommandName | null>();
  #unconfirmedBulkBytes = 0;
  #isAuthorized: boolean;
  #isPaused = false;
  #isClosed = false;

  constructor(options: ChannelOptions) {
    this.id = options.id;
    this.peer = options.connection.peer;
    this.#options = options;
    this.#isAuthorized = !options.awaitsHello;
    this.#decoder = new FrameDecoder(options.awaitsHello ? limitsBeforeHello : limitsAfterHello);
    this.#requests = new Requests(options.clock, randomInt(MAX_COUNTER));
    this.#outbox = new Outbox(options.connection);
    options.connection.start({
      data: (chunk) => this.#receive(chunk),
      drain: () => this.#outbox.flush(),
      end: () => options.connection.end(),
      close: (error) => this.#closed(error),
    });
  }

  /** The peer may now send everything: it has been admitted. */
  authorize(): void {
    this.#isAuthorized = true;
    this.#decoder.setLimits(limitsAfterHello);
  }

  /** Asks the peer. Rejects with the peer's error, 3020 (no reply in time), 3103 (connection lost), 3110, 3120. */
  async request<C extends CommandName>(
    command: C,
    args: ArgsOf<C>,
    options: RequestOptions = {},
  ): Promise<ReplyOf<C>> {
    const { dialect } = this.#options;
    const message = await this.#ask(command, options, (counter) =>
      this.#write(dialect.encodeRequest(counter, command, args)),
    );
    return dialect.decodeReply(command, message);
  }

  /** Sends bytes of a file or string behind all control frames. Resolves when the peer has confirmed them; errors as `request`. */
  async sendBulk(
    command: BulkCommand,
    handle: number,
    offset: number,
    data: Uint8Array,
    options: RequestOptions = {},
  ): Promise<void> {
    let withdraw = () => {};
    try {
      await this.#ask(command, options, (counter) => {
        const chunks = this.#options.dialect.encodeBulk(counter, command, handle, offset, data);
        withdraw = this.#outbox.writeBulk(chunks, () => this.#count(chunks));
      });
    } catch (error) {
      withdraw();
      throw error;
    }
  }

  /** Answers a request of the peer. Nothing happens if it was answered before, or the connection is gone. */
  reply<C extends CommandName>(counter: number, reply: ReplyOf<C>): void {
    const command = this.#unanswered.get(counter);
    if (command === undefined || command === null) return;
    this.#answer(counter, () => this.#options.dialect.encodeReply(counter, command as C, reply));
  }

  /** Answers a request of the peer with an error. */
  fail(counter: number, error: MusterError): void {
    this.#answer(counter, () => this.#options.dialect.encodeFailure(counter, error));
  }

  /** Sends the bytes for this handle to a sink, past every machine. Returns what closes the way again. */
  openBulk(command: BulkCommand, handle: number, sink: BulkSink): () => void {
    const key = `${command}/${handle}`;
    this.#sinks.set(key, sink);
    return () => {
      if (this.#sinks.get(key) === sink) this.#sinks.delete(key);
    };
  }

  /** Sends what is queued, then ends the connection. */
  close(): void {
    if (!this.#isClosed) this.#options.connection.end();
  }

  /** Drops the connection now. */
  destroy(error: MusterError | null): void {
    if (!this.#isClosed) this.#options.connection.destroy(error);
  }

  async #ask(
    command: CommandName,
    options: RequestOptions,
    write: (counter: number) => void,
  ): Promise<Message> {
    if (this.#isClosed) throw new MusterError(3103, command);
    const timeoutMs = options.timeoutMs ?? DEFAULT_REQUEST_TIMEOUT_MS;
    const message = await this.#requests.send(command, timeoutMs, options.signal, write);
    if (message.command === 'err') throw this.#options.dialect.decodeFailure(message);
    return message;
  }

  #write(chunks: readonly Uint8Array[]): void {
    this.#count(chunks);
    this.#outbox.writeControl(chunks);
  }

  #count(chunks: readonly Uint8Array[]): void {
    this.statistics.messagesOut += 1;
    for (const chunk of chunks) this.statistics.bytesOut += chunk.length;
  }

  #receive(chunk: Uint8Array): void {
    this.statistics.bytesIn += chunk.length;
    try {
      this.#decoder.push(chunk, (message, owned) => {
        if (!this.#isClosed) this.#take(message, owned);
      });
    } catch (error) {
      this.destroy(MusterError.from(error, 3100));
    }
  }

  #take(message: Message, owned: boolean): void {
    this.statistics.messagesIn += 1;
    if (!this.#isAuthorized && message.command !== 'hello') throw new MusterError(3107, message.command);
    if (isReply(message.command)) {
      // Whoever waits decodes it later, when a view of the chunk would no longer be valid.
      const kept = owned ? message : { ...message, payload: Buffer.from(message.payload) };
      if (!this.#requests.settle(message.counter, kept)) this.statistics.strayReplies += 1;
    } else if (message.command === 'file_upd' || message.command === 'str_upd') {
      this.#takeBulk(message, message.command, owned);
    } else {
      this.#takeRequest(message);
    }
  }

  #takeRequest(message: Message): void {
    if (!this.#isAuthorized && this.#unanswered.size > 0) throw new MusterError(3107, 'a second hello');
    this.#expect(message.counter, null);
    try {
      const { command, args } = this.#options.dialect.decodeRequest(message);
      this.#unanswered.set(message.counter, command);
      this.#options.onRequest(message.counter, command, args);
    } catch (error) {
      if (!this.#isAuthorized) throw error;
      this.fail(message.counter, MusterError.from(error));
    }
  }

  #takeBulk(message: Message, command: BulkCommand, owned: boolean): void {
    const { handle, offset, data } = this.#options.dialect.decodeBulk(message);
    const sink = this.#sinks.get(`${command}/${handle}`);
    const { counter } = message;
    this.#expect(counter, command);
    if (sink === undefined) {
      this.fail(counter, new MusterError(3027, `${command} ${handle}`));
      return;
    }
    const sizeBytes = data.length;
    this.#unconfirmedBulkBytes += sizeBytes;
    if (this.#unconfirmedBulkBytes > MAX_UNCONFIRMED_BULK_BYTES) {
      throw new MusterError(3113, 'more bulk data than the window allows');
    }
    sink(offset, owned ? data : Buffer.from(data))
      .then(
        () => this.reply<BulkCommand>(counter, {}),
        (error) => this.fail(counter, MusterError.from(error)),
      )
      .finally(() => {
        this.#unconfirmedBulkBytes -= sizeBytes;
      });
  }

  /** From now on the peer waits for our reply to this counter. */
  #expect(counter: number, command: CommandName | null): void {
    if (this.#unanswered.has(counter)) throw new MusterError(3100, `the counter ${counter} is still in use`);
    this.#unanswered.set(counter, command);
    this.#regulate();
  }

  #answer(counter: number, encode: () => Uint8Array[]): void {
    if (this.#isClosed || !this.#unanswered.has(counter)) return;
    const chunks = encode();
    this.#unanswered.delete(counter);
    this.#write(chunks);
    this.#regulate();
  }

  /** Reads on only while we keep up with answering. */
  #regulate(): void {
    const mustPause = this.#unanswered.size > MAX_UNANSWERED_REQUESTS;
    if (mustPause === this.#isPaused) return;
    this.#isPaused = mustPause;
    if (mustPause) this.#options.connection.pause();
    else this.#options.connection.resume();
  }

  #closed(error: MusterError | null): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#sinks.clear();
    this.#outbox.clear();
    this.#requests.failAll(new MusterError(3103, error?.message ?? null));
    this.#options.onClose(error);
  }
}
