import { MusterError } from '../protocol/errors.ts';
import { encodeFrame, LengthFrameReader } from '../transport/length-frame.ts';
import type { Connection } from '../transport/transport.ts';
import { MAX_ANSWER_BYTES, MAX_REQUEST_BYTES } from './limits.ts';
import type { StoreAnswer } from './store.ts';
import { parseAnswer } from './wdb-grammar.ts';

/** A request that waits for its answer. */
export interface Exchange {
  readonly request: string;
  resolve(answer: StoreAnswer): void;
  reject(error: MusterError): void;
}

/**
 * One connection to a wazuh-db: one request at a time, as the original serves them. After anything but a whole answer it is
 * of no use any more, because what comes next would be taken for the answer to something else.
 */
export class WdbConnection {
  readonly #connection: Connection;
  readonly #reader = new LengthFrameReader({ maxBytes: MAX_ANSWER_BYTES, code: 2009 });
  readonly #onFree: (connection: WdbConnection) => void;
  readonly #onGone: (connection: WdbConnection) => void;
  #exchange: Exchange | null = null;
  #isGone = false;

  constructor(
    connection: Connection,
    events: { onFree: (connection: WdbConnection) => void; onGone: (connection: WdbConnection) => void },
  ) {
    this.#connection = connection;
    this.#onFree = events.onFree;
    this.#onGone = events.onGone;
    connection.start({
      data: (chunk) => this.#read(chunk),
      drain: () => {},
      end: () => this.fail(new MusterError(2010)),
      close: (error) => this.fail(new MusterError(2010, null, { cause: error })),
    });
  }

  /** The request that it is busy with. */
  get exchange(): Exchange | null {
    return this.#exchange;
  }

  /** Only when it is free. */
  start(exchange: Exchange): void {
    this.#exchange = exchange;
    this.#connection.write([encodeFrame(exchange.request, MAX_REQUEST_BYTES)]);
  }

  /** Drops the connection; what is under way fails with this. */
  fail(error: MusterError): void {
    if (this.#isGone) return;
    this.#isGone = true;
    const exchange = this.#exchange;
    this.#exchange = null;
    this.#connection.destroy(null);
    exchange?.reject(error);
    this.#onGone(this);
  }

  #read(chunk: Uint8Array): void {
    try {
      this.#reader.push(chunk, (text, sizeBytes) => this.#answered(text, sizeBytes));
      const isAnswered = this.#exchange === null;
      if (isAnswered && this.#reader.isWithin) throw unasked();
      // Only now: a second answer in the same bytes must not be taken for that of the next request.
      if (isAnswered && !this.#isGone) this.#onFree(this);
    } catch (error) {
      this.fail(MusterError.from(error));
    }
  }

  /** Throws what makes the connection useless. */
  #answered(text: string, sizeBytes: number): void {
    const exchange = this.#exchange;
    if (exchange === null) throw unasked();
    this.#exchange = null;
    try {
      exchange.resolve(parseAnswer(text, sizeBytes));
    } catch (error) {
      const failure = MusterError.from(error);
      exchange.reject(failure);
      // A long answer is one; whatever is none may be followed by anything.
      if (failure.code !== 2009) throw failure;
    }
  }
}

const unasked = () => new MusterError(2007, 'an answer came that nobody asked for');
