import type { ArgsOf, CommandName, ReplyOf } from '../protocol/commands.ts';
import type { BulkCommand, DialectName } from '../protocol/dialects/dialect.ts';
import type { PeerTraits } from '../protocol/dialects/peer-traits.ts';
import { MusterError } from '../protocol/errors.ts';
import type { Message } from '../protocol/frame.ts';
import type { PeerIdentity } from '../transport/transport.ts';
import { Asking } from './asking.ts';
import { type Arrived, BulkRoutes, type BulkSink } from './bulk-routes.ts';
import type { ChannelOptions, ChannelStatistics, RequestOptions } from './channel-options.ts';
import { isDistrusted } from './distrust.ts';
import { Inbox } from './inbox.ts';
import { NOTHING_QUEUED, Outbox, type QueuedBulk } from './outbox.ts';
import { type OutgoingReply, outgoing, outgoingPacked } from './outgoing-reply.ts';
import { Traffic } from './traffic.ts';
import { Unanswered } from './unanswered.ts';

export { type BulkSink, MAX_UNCONFIRMED_BULK_BYTES } from './bulk-routes.ts';
export type { ChannelOptions, ChannelStatistics, PassingFrame, RequestOptions } from './channel-options.ts';

/** The counter of a request that was refused before it got one. */
const NOT_ASKED = -1;

/**
 * One connection as requests and replies, in both directions at once. Replies are matched by the counters of our own
 * requests only. Bytes of files and strings go past `onRequest`, straight to their sink.
 */
export class Channel {
  readonly id: number;
  readonly peer: PeerIdentity;
  readonly statistics: ChannelStatistics;
  /** As `hello` says: what the peer can do beyond the common protocol, and the `AgentStore.storeId` of a master that tells. */
  features: readonly string[] = [];
  agentStoreId: string | null = null;
  readonly #options: ChannelOptions;
  readonly #inbox: Inbox;
  readonly #asking: Asking;
  readonly #outbox: Outbox;
  readonly #routes: BulkRoutes;
  readonly #traffic: Traffic;
  readonly #unanswered = new Unanswered((isReading) => this.#read(isReading));
  #isAuthorized: boolean;
  #hasHeardHello = false;
  #hasPeerEnded = false;
  #isClosed = false;

  constructor(options: ChannelOptions) {
    this.id = options.id;
    this.peer = options.connection.peer;
    this.#options = options;
    this.#routes = new BulkRoutes(options.dialect);
    this.#traffic = new Traffic(options.onFrame);
    this.statistics = this.#traffic.statistics;
    this.#isAuthorized = !options.awaitsHello;
    this.#inbox = new Inbox(
      options,
      (counter, chunks) => this.#write(counter, 'err', chunks),
      (error) => this.destroy(error),
    );
    this.#asking = new Asking(options, (error) => this.destroy(error));
    options.dialect.drawCounters?.(() => this.#asking.nextCounter());
    this.#outbox = new Outbox(options.connection, (error) => this.destroy(error), options.unreadRoom);
    options.connection.start({
      data: (chunk) => this.#receive(chunk),
      drain: () => this.#outbox.drained(),
      end: () => this.#peerEnded(),
      close: (error) => this.#closed(error),
    });
  }

  /** What the peer speaks, and what follows from that. */
  get speaks(): DialectName {
    return this.#options.dialect.name;
  }

  get traits(): PeerTraits {
    return this.#options.dialect.traits;
  }

  /** Whether the peer has begun something and not ended it. */
  get isIncomplete(): boolean {
    return this.#inbox.isIncomplete;
  }

  /** The peer may now send everything: it has been admitted. */
  authorize(): void {
    this.#isAuthorized = true;
    this.#options.connection.admit();
    this.#inbox.admit();
  }

  /** Asks the peer. Rejects with the peer's error, 3020 (no reply in time), 3103 (connection lost), 3110, 3120. */
  async request<C extends CommandName>(
    command: C,
    args: ArgsOf<C>,
    options: RequestOptions = {},
  ): Promise<ReplyOf<C>> {
    const { dialect } = this.#options;
    let asked = NOT_ASKED;
    try {
      const message = await this.#ask(command, options, (counter) => {
        asked = counter;
        this.#write(counter, command, dialect.encodeRequest(counter, command, args));
        this.#options.onContent?.('out', counter, args);
      });
      return this.#asking.understand(command, message);
    } finally {
      dialect.endRequest?.(asked);
    }
  }

  /**
   * Sends bytes of a file or string behind all control frames. Resolves when the peer has confirmed them: to whether the
   * system has them too, so that they may be written over. Errors as `request`.
   */
  async sendBulk(
    command: BulkCommand,
    handle: number,
    offset: number,
    data: Uint8Array,
    options: RequestOptions = {},
  ): Promise<boolean> {
    let queued: QueuedBulk = NOTHING_QUEUED;
    let chunks: Uint8Array[] = [];
    try {
      await this.#ask(command, options, (counter) => {
        chunks = this.#options.dialect.encodeBulk(counter, command, handle, offset, data);
        queued = this.#outbox.writeBulk(chunks, () => this.#traffic.went(counter, command, chunks));
      });
    } finally {
      queued.withdraw();
    }
    const isFree = queued.isHandedOver();
    if (isFree) this.#options.dialect.recycle?.(chunks);
    return isFree;
  }

  /** Answers a request of the peer; with an error instead if the reply cannot be written. Nothing happens if it was answered before, or the connection is gone. */
  reply<C extends CommandName>(counter: number, reply: ReplyOf<C>): void {
    this.#reply(counter, outgoing(this.#options.dialect, counter, reply));
  }

  /** The same with a reply that was packed before, because others are sent it too. */
  replyPacked(counter: number, packed: Uint8Array): void {
    this.#reply(counter, outgoingPacked(this.#options.dialect, counter, packed));
  }

  /** Answers a request of the peer with an error; as `reply` if it was answered before. `said` is how the peer called it. */
  fail(counter: number, error: MusterError, said = 'a message'): void {
    const command = this.#unanswered.commandOf(counter);
    if (command === undefined) return;
    this.noteRefused(command ?? said, error);
    this.#answer(counter, 'err', this.#options.dialect.encodeFailure(counter, error), () => error);
  }

  /** Tells whoever watches that a request was refused, however the peer hears of it. */
  noteRefused(command: string, error: MusterError): void {
    this.#options.onRefused?.(command, error);
  }

  /** Sends the bytes for this handle to a sink, past every machine. Returns what closes the way again. */
  openBulk(command: BulkCommand, handle: number, sink: BulkSink): () => void {
    return this.#routes.open(command, handle, sink);
  }

  /** Sends what is queued, then ends the connection; a peer that was admitted is told why. */
  close(reason: MusterError | null = null): void {
    if (this.#isClosed) return;
    // Whether it is answered makes no difference any more.
    if (reason !== null && this.#isAuthorized && this.traits.understandsBye)
      this.request('bye', { error: reason.toWire() }).catch(() => {});
    this.#options.connection.end();
  }

  /** Drops the connection now; what has come and was not looked at is forgotten. */
  destroy(error: MusterError | null): void {
    if (this.#isClosed) return;
    this.#inbox.close();
    this.#options.connection.destroy(error);
  }

  /** No step of its own: a refusal has to be heard before the end of the connection that follows it. */
  #ask(command: CommandName, options: RequestOptions, write: (counter: number) => void): Promise<Message> {
    if (this.#isClosed || this.#hasPeerEnded) return Promise.reject(new MusterError(3103, command));
    return this.#asking.ask(command, options, write);
  }

  #write(counter: number, command: string, chunks: readonly Uint8Array[]): void {
    this.#traffic.went(counter, command, chunks);
    this.#outbox.writeControl(chunks);
  }

  #receive(chunk: Uint8Array): void {
    this.statistics.bytesIn += chunk.length;
    this.#inbox.receive(chunk, (message, owned) => this.#take(message, owned));
  }

  #take(message: Message, owned: boolean): void {
    this.#traffic.came(message);
    const { command } = message;
    if (!this.#isAuthorized) this.#takeHello(message);
    else if (this.#options.dialect.isReply(command)) {
      if (!this.#asking.settle(message, owned)) this.statistics.strayReplies += 1;
    } else if (command === 'file_upd' || command === 'str_upd') this.#takeBulk(message, command, owned);
    else this.#takeRequest(message);
  }

  /** A stranger may say one thing, once, and say it right: every error ends the connection. */
  #takeHello(message: Message): void {
    if (message.command !== 'hello') throw new MusterError(3107, message.command);
    if (this.#hasHeardHello) throw new MusterError(3107, 'a second hello');
    this.#hasHeardHello = true;
    const { command, args } = this.#options.dialect.decodeRequest(message);
    this.#unanswered.expect(message.counter, command);
    this.#options.onContent?.('in', message.counter, args);
    this.#options.onRequest(message.counter, command, args);
  }

  #takeRequest(message: Message): void {
    const { counter } = message;
    this.#unanswered.expect(counter, null);
    try {
      const { command, args } = this.#options.dialect.decodeRequest(message);
      this.#unanswered.know(counter, command);
      this.#options.onContent?.('in', counter, args);
      this.#options.onRequest(counter, command, args);
    } catch (error) {
      this.#refuse(counter, error, message.command);
    }
  }

  #takeBulk(message: Message, command: BulkCommand, owned: boolean): void {
    const { counter } = message;
    this.#unanswered.expect(counter, command);
    let arrived: Arrived;
    try {
      arrived = this.#routes.find(command, message);
    } catch (error) {
      this.#refuse(counter, error);
      return;
    }
    this.#routes.take(arrived, owned).then(
      () => this.reply<BulkCommand>(counter, {}),
      (error) => this.fail(counter, MusterError.from(error)),
    );
  }

  #reply(counter: number, reply: OutgoingReply): void {
    const command = this.#unanswered.commandOf(counter);
    if (command === undefined || command === null) return;
    try {
      this.#answer(counter, 'ok', reply.encode(command), () => reply.content(command));
    } catch (error) {
      this.#refuse(counter, error);
    }
  }

  #refuse(counter: number, error: unknown, said?: string): void {
    const failure = MusterError.from(error);
    // Who does not know the key hears nothing, and is heard no more.
    if (isDistrusted(failure)) throw failure;
    this.statistics.refusedRequests += 1;
    this.fail(counter, failure, said);
  }

  #answer(counter: number, command: 'ok' | 'err', chunks: readonly Uint8Array[], said: () => unknown): void {
    if (this.#isClosed || !this.#unanswered.settle(counter)) return;
    this.#write(counter, command, chunks);
    if (this.#options.isWatched?.() !== false) this.#options.onContent?.('out', counter, said());
    this.#unanswered.regulate();
  }

  #read(isReading: boolean): void {
    this.#inbox.isReading = isReading;
    this.#options.connection[isReading ? 'resume' : 'pause']();
  }

  /** Nothing that we asked will be answered any more; what we were asked still can be. */
  #peerEnded(): void {
    this.#hasPeerEnded = true;
    this.#asking.failAll(new MusterError(3103, `${this.peer.address} ended the connection`));
    this.#options.connection.end();
  }

  #closed(cause: MusterError | null): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    const error = this.#inbox.reason ?? cause;
    this.#inbox.close();
    this.#routes.clear();
    this.#outbox.clear();
    this.#unanswered.clear();
    const lost =
      error?.code === 3103 ? error : new MusterError(3103, error?.message ?? null, { cause: error });
    this.#asking.failAll(lost);
    this.#options.onClose(error);
  }
}
