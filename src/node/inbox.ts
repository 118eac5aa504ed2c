import { MusterError } from '../protocol/errors.ts';
import { FrameDecoder, type OnMessage } from '../protocol/frame.ts';
import type { ChannelOptions } from './channel-options.ts';
import { Farewell } from './farewell.ts';
import { IncompleteWatch } from './incomplete-watch.ts';

/** What comes on a connection: bytes become messages, what is none ends it, and so does what never becomes one. */
export class Inbox {
  readonly #options: ChannelOptions;
  readonly #decoder: FrameDecoder;
  readonly #watch: IncompleteWatch;
  readonly #farewell: Farewell;

  /** `answer` sends an error to the peer, `drop` ends the connection. */
  constructor(
    options: ChannelOptions,
    answer: (counter: number, chunks: Uint8Array[]) => void,
    drop: (error: MusterError) => void,
  ) {
    this.#options = options;
    const { format, limitsBeforeHello, limitsAfterHello } = options.dialect.framing;
    const limits = options.awaitsHello ? limitsBeforeHello : limitsAfterHello;
    this.#decoder = new FrameDecoder(limits, format, options.room?.share());
    this.#watch = new IncompleteWatch(options.clock, this.#decoder, drop);
    this.#farewell = new Farewell(options, answer);
  }

  /** Whether the peer has begun something and not ended it. */
  get isIncomplete(): boolean {
    return this.#decoder.isIncomplete;
  }

  /** Why what came has ended the connection; null if it has not. */
  get reason(): MusterError | null {
    return this.#farewell.reason;
  }

  /** The peer has introduced itself, and may send everything. */
  admit(): void {
    this.#decoder.setLimits(this.#options.dialect.framing.limitsAfterHello);
  }

  receive(chunk: Uint8Array, onMessage: OnMessage): void {
    try {
      this.#decoder.push(chunk, onMessage);
    } catch (error) {
      this.#farewell.say(this.#decoder.turnedAway, MusterError.from(error, 3100));
    }
    this.#watch.heed();
  }

  /** While we do not read, nothing that is missing is the peer's fault. */
  set isReading(isReading: boolean) {
    this.#watch.isReading = isReading;
  }

  /** Forgets what has come and was not looked at. */
  close(): void {
    this.#watch.stop();
    this.#farewell.stop();
    this.#decoder.close();
  }
}
