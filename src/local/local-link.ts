import type { ArgsOf, CommandName, ReplyOf } from '../protocol/commands.ts';
import { musterDialect } from '../protocol/dialects/muster.ts';
import { MusterError } from '../protocol/errors.ts';
import { FrameDecoder, isReply, type Message } from '../protocol/frame.ts';
import { MAX_COUNTER } from '../protocol/limits.ts';
import type { Connection } from '../transport/transport.ts';
import { ArrivingStrings } from './arriving-strings.ts';

/** What the daemon says about the requests of its client. */
export interface LinkEvents {
  answered(id: string, text: string): void;
  failed(id: string, error: MusterError): void;
  closed(error: MusterError): void;
}

interface Waiting {
  settle(message: Message): void;
  fail(error: MusterError): void;
}

/**
 * One connection to a daemon, as its client: requests with their replies, and the daemon's own requests, all of which are
 * answered. Specification: Local protocol.
 */
export class LocalLink {
  readonly #connection: Connection;
  readonly #events: LinkEvents;
  readonly #decoder = new FrameDecoder();
  readonly #strings = new ArrivingStrings();
  readonly #waiting = new Map<number, Waiting>();
  #counter = 0;
  #isClosed = false;

  constructor(connection: Connection, events: LinkEvents) {
    this.#connection = connection;
    this.#events = events;
    connection.start({
      data: (chunk) => {
        try {
          this.#decoder.push(chunk, (message) => this.#take(message));
        } catch (error) {
          this.destroy(MusterError.from(error));
        }
      },
      drain: () => {},
      end: () => this.#closed(new MusterError(3103, 'the daemon ended the connection')),
      close: (error) => this.#closed(error ?? new MusterError(3103, 'the daemon ended the connection')),
    });
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Sends a request. One of the two is called, once, before the next message of the daemon is looked at. Returns what gives the request up. */
  send<C extends CommandName>(
    command: C,
    args: ArgsOf<C>,
    replied: (reply: ReplyOf<C>) => void,
    failed: (error: MusterError) => void,
  ): () => void {
    if (this.#isClosed) {
      failed(new MusterError(3103, command));
      return () => {};
    }
    do this.#counter = this.#counter === MAX_COUNTER ? 1 : this.#counter + 1;
    while (this.#waiting.has(this.#counter));
    const counter = this.#counter;
    try {
      const chunks = musterDialect.encodeRequest(counter, command, args);
      this.#waiting.set(counter, {
        settle: (message) => {
          try {
            if (message.command === 'err') failed(musterDialect.decodeFailure(message));
            else replied(musterDialect.decodeReply(command, message));
          } catch (error) {
            failed(MusterError.from(error));
          }
        },
        fail: failed,
      });
      this.#connection.write(chunks);
    } catch (error) {
      this.#waiting.delete(counter);
      failed(MusterError.from(error, 3018));
    }
    return () => this.#waiting.delete(counter);
  }

  /** Ends the connection: whatever waits fails with this error. */
  destroy(error: MusterError): void {
    this.#connection.destroy(null);
    this.#closed(error);
  }

  #take(message: Message): void {
    const { counter, command } = message;
    if (isReply(command)) {
      const waiting = this.#waiting.get(counter);
      this.#waiting.delete(counter);
      waiting?.settle(message);
      return;
    }
    try {
      this.#connection.write(musterDialect.encodeReply(counter, 'echo', this.#answer(message) as never));
    } catch (error) {
      this.#connection.write(musterDialect.encodeFailure(counter, MusterError.from(error)));
    }
  }

  /** The reply to a request of the daemon, after what it says has been done. */
  #answer(message: Message): object {
    if (message.command === 'str_upd') {
      this.#strings.add(musterDialect.decodeBulk(message));
      return {};
    }
    const { command, args } = musterDialect.decodeRequest(message);
    switch (command) {
      case 'dapi_res': {
        const { id, handle, text } = args as ArgsOf<'dapi_res'>;
        this.#events.answered(id, text ?? this.#stringFor(id, handle ?? 0));
        return {};
      }
      case 'dapi_err': {
        const { id, error } = args as ArgsOf<'dapi_err'>;
        this.#events.failed(id, MusterError.fromWire(error));
        return {};
      }
      case 'new_str': {
        const { size, digest } = args as ArgsOf<'new_str'>;
        return { handle: this.#strings.announce(size, digest) };
      }
      case 'err_str':
        return { handle: this.#strings.withdraw((args as ArgsOf<'err_str'>).size) };
      case 'cancel_task':
        this.#strings.forget(Number((args as ArgsOf<'cancel_task'>).task?.replace(/^transfer-/, '')));
        return {};
      case 'echo':
      case 'echo-m':
        return { data: (args as ArgsOf<'echo'>).data };
      default:
        throw new MusterError(3109, command);
    }
  }

  /** The string that is the answer to a request; without it the request has failed, and waits for nothing. */
  #stringFor(id: string, handle: number): string {
    try {
      return this.#strings.take(handle);
    } catch (error) {
      this.#events.failed(id, MusterError.from(error));
      throw error;
    }
  }

  #closed(error: MusterError): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#decoder.close();
    this.#connection.destroy(null);
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { fail } of waiting) fail(error);
    this.#events.closed(error);
  }
}
