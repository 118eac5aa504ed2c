import { randomInt } from 'node:crypto';
import type { CommandName, ReplyOf } from '../protocol/commands.ts';
import type { MusterError } from '../protocol/errors.ts';
import type { Message } from '../protocol/frame.ts';
import { MAX_COUNTER } from '../protocol/limits.ts';
import { DEFAULT_REQUEST_TIMEOUT_MS } from './channel-limits.ts';
import type { ChannelOptions, RequestOptions } from './channel-options.ts';
import { isDistrusted } from './distrust.ts';
import { Requests } from './requests.ts';

/** What this side asks of its peer, and what it understands of the replies. */
export class Asking {
  readonly #options: ChannelOptions;
  readonly #requests: Requests<Message>;
  readonly #drop: (error: MusterError) => void;

  /** `drop` ends the connection, where a reply shows that its sender is not whom it should be. */
  constructor(options: ChannelOptions, drop: (error: MusterError) => void) {
    this.#options = options;
    this.#drop = drop;
    this.#requests = new Requests(options.clock, randomInt(MAX_COUNTER));
  }

  /** For a message that nobody waits for the reply to: no request that is waited for has it. */
  nextCounter(): number {
    return this.#requests.nextCounter();
  }

  /** Resolves to the reply as it came. Rejects with the peer's error, and as `Requests.send`. */
  async ask(
    command: CommandName,
    { timeoutMs = DEFAULT_REQUEST_TIMEOUT_MS, signal }: RequestOptions,
    write: (counter: number) => void,
  ): Promise<Message> {
    const message = await this.#requests.send(command, timeoutMs, signal, write);
    if (message.command !== 'err') return message;
    const failure = this.#understood(() => this.#options.dialect.decodeFailure(message));
    this.#options.onContent?.('in', message.counter, failure);
    throw failure;
  }

  /** What such a reply says. */
  understand<C extends CommandName>(command: C, message: Message): ReplyOf<C> {
    const reply = this.#understood(() => this.#options.dialect.decodeReply(command, message));
    this.#options.onContent?.('in', message.counter, reply);
    return reply;
  }

  /** A reply has come; its payload is a view where `owned` is false. False if nobody waits for it (any more). */
  settle(message: Message, owned: boolean): boolean {
    if (!this.#requests.has(message.counter)) return false;
    // Whoever waits decodes it later, when a view of the chunk would no longer be valid.
    const kept = owned ? message : { ...message, payload: Buffer.from(message.payload) };
    return this.#requests.settle(message.counter, kept);
  }

  /** Nothing will be answered any more. */
  failAll(error: MusterError): void {
    this.#requests.failAll(error);
  }

  #understood<Value>(decode: () => Value): Value {
    try {
      return decode();
    } catch (error) {
      if (isDistrusted(error)) this.#drop(error);
      throw error;
    }
  }
}
