import assert from 'node:assert/strict';
import { type CommandName, isCommandName } from '../../../src/protocol/commands.ts';
import { musterDialect } from '../../../src/protocol/dialects/muster.ts';
import { MusterError } from '../../../src/protocol/errors.ts';
import { FrameDecoder, type Message } from '../../../src/protocol/frame.ts';
import type { Connection } from '../../../src/transport/transport.ts';

/** A request of the node that waits for the answer of this peer. */
interface Asked {
  readonly counter: number;
  readonly command: CommandName;
}

/**
 * The other end of a connection, in the hands of a test: it speaks the protocol and does nothing by itself. It minds
 * that every request it makes is answered at most once, by a reply that fits.
 */
export class WirePeer {
  readonly #connection: Connection;
  readonly #decoder = new FrameDecoder();
  readonly #asked: Asked[] = [];
  /** Requests of this peer that are not answered yet. */
  readonly #waiting = new Map<number, CommandName>();
  readonly #faults: string[] = [];
  isClosed = false;
  /** Answers of the node so far. */
  answers = 0;

  constructor(connection: Connection) {
    this.#connection = connection;
    connection.start({
      data: (chunk) => this.#decoder.push(chunk, (message) => this.#take(message)),
      drain: () => {},
      // When this side ends is for the test to say.
      end: () => {},
      close: () => {
        this.isClosed = true;
      },
    });
  }

  /** Whether this counter belongs to a request that is not answered yet. */
  isWaitingFor(counter: number): boolean {
    return this.#waiting.has(counter);
  }

  ask(counter: number, command: CommandName, args: object): void {
    this.#waiting.set(counter, command);
    this.#connection.write(musterDialect.encodeRequest(counter, command, args as never));
  }

  hasBeenAsked(command: CommandName): boolean {
    return this.#asked.some((asked) => asked.command === command);
  }

  /** Answers the last request of this command. */
  answer(command: CommandName, reply: object): void {
    const { counter } = this.#takeAsked(command);
    this.#connection.write(musterDialect.encodeReply(counter, command, reply as never));
  }

  refuse(command: CommandName, code: number): void {
    const { counter } = this.#takeAsked(command);
    this.#connection.write(musterDialect.encodeFailure(counter, new MusterError(code, 'of the model')));
  }

  /** Ends the connection in order. */
  end(): void {
    this.#connection.end();
  }

  /** Drops the connection. */
  cut(): void {
    this.#connection.destroy(null);
  }

  /** Throws if the node has done what the protocol does not allow. */
  check(): void {
    assert.deepEqual(this.#faults, []);
  }

  #takeAsked(command: CommandName): Asked {
    const at = this.#asked.findLastIndex((asked) => asked.command === command);
    const asked = this.#asked[at];
    if (asked === undefined) throw new Error(`the node has not asked ${command}`);
    this.#asked.splice(at, 1);
    return asked;
  }

  #take(message: Message): void {
    if (message.command === 'ok' || message.command === 'err') {
      this.#takeAnswer(message);
    } else if (isCommandName(message.command)) {
      const { command } = musterDialect.decodeRequest(message);
      this.#asked.push({ counter: message.counter, command });
    } else {
      this.#faults.push(`unknown command ${message.command}`);
    }
  }

  #takeAnswer(message: Message): void {
    this.answers += 1;
    const command = this.#waiting.get(message.counter);
    this.#waiting.delete(message.counter);
    try {
      if (command === undefined) throw new Error(`nobody asked for the answer to ${message.counter}`);
      if (message.command === 'ok') musterDialect.decodeReply(command, message);
      else musterDialect.decodeFailure(message);
    } catch (error) {
      this.#faults.push(MusterError.from(error).message);
    }
  }
}
