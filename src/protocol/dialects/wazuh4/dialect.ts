import type { Receiver } from '../../commands.ts';
import { MusterError } from '../../errors.ts';
import type { Message } from '../../message.ts';
import { noCipher, type Wazuh4Cipher } from './cipher.ts';
import { type Codec, identifier, type ValueOf } from './codec.ts';
import { wazuh4ClusterCommands } from './commands/cluster.ts';
import { wazuh4LocalCommands } from './commands/local.ts';
import type { Wazuh4Row } from './commands/row.ts';
import { decodeFailure, encodeFailure } from './failures.ts';
import { type Allocate, encodeWazuh4Message } from './frames.ts';
import { WAZUH4_MAX_ID_BYTES } from './limits.ts';
import type { WazuhException } from './objects.ts';

const NO_JSON = 3036;
const waiting = identifier('id');

type Table = Readonly<Record<string, unknown>>;
/** The arguments of a command of a table, and what answers it. */
export type Wazuh4Args<T extends Table, C extends keyof T> = T[C] extends { args: infer A }
  ? ValueOf<A>
  : never;
export type Wazuh4Reply<T extends Table, C extends keyof T> = T[C] extends { reply: infer R }
  ? ValueOf<R>
  : never;

/** A request of the peer, by its command. */
export type Wazuh4Request<T extends Table> = {
  [C in keyof T & string]: { readonly command: C; readonly args: Wazuh4Args<T, C> };
}[keyof T & string];

/** What Wazuh 4.x nodes say to each other. */
export type Wazuh4Cluster = Wazuh4Dialect<typeof wazuh4ClusterCommands>;
/** What they say on their local sockets. */
export type Wazuh4Local = Wazuh4Dialect<typeof wazuh4LocalCommands>;

/** For a connection between nodes, on which this side is a master or a worker. */
export const wazuh4Cluster = (receiver: 'master' | 'worker', cipher: Wazuh4Cipher): Wazuh4Cluster =>
  new Wazuh4Dialect(wazuh4ClusterCommands, receiver, cipher);

/** For a connection of a local socket, with either end. */
export const wazuh4Local = (receiver: 'local-master' | 'local-worker' | 'local-client'): Wazuh4Local =>
  new Wazuh4Dialect(wazuh4LocalCommands, receiver, noCipher);

/**
 * How Wazuh 4.x nodes write requests and replies: arguments as text, numbers and JSON, sealed by the cipher of the
 * connection. Every frame is one buffer, and has to be written at once. It holds no state: what belongs together (the
 * pieces of a file, a string and its id) is known by whoever asks.
 *
 * The encoders throw 3018, 3024 or 3113 for what cannot be sent. The decoders throw 3025 for what cannot be opened: then
 * the connection is to be closed without an answer. Anything else is to be answered with `encodeFailure`: 3109 for a
 * command that this side does not know, and 3108, 3113 and 3114 for its arguments.
 */
export class Wazuh4Dialect<T extends Table> {
  readonly name = 'wazuh4';
  readonly #rows: Readonly<Record<string, Wazuh4Row>>;
  readonly #receiver: Receiver;
  readonly #cipher: Wazuh4Cipher;

  constructor(rows: T, receiver: Receiver, cipher: Wazuh4Cipher) {
    this.#rows = rows as Readonly<Record<string, Wazuh4Row>>;
    this.#receiver = receiver;
    this.#cipher = cipher;
  }

  encodeRequest<C extends keyof T & string>(
    counter: number,
    command: C,
    args: Wazuh4Args<T, C>,
    allocate?: Allocate,
  ): Buffer[] {
    return this.#encode(counter, command, this.#row(command).args, args, allocate);
  }

  encodeReply<C extends keyof T & string>(counter: number, command: C, reply: Wazuh4Reply<T, C>): Buffer[] {
    const { reply: codec, success } = this.#row(command);
    return this.#encode(counter, success, codec, reply);
  }

  /** An error of ours, or an exception as it is to be told. */
  encodeFailure(counter: number, failure: MusterError | WazuhException): Buffer[] {
    return encodeWazuh4Message({ counter, command: 'err', plain: [encodeFailure(failure)] }, this.#cipher);
  }

  /** A request; bytes among its arguments are views of what was opened. */
  decodeRequest({ command, payload }: Message): Wazuh4Request<T> {
    // Opened first: who does not know the key learns nothing of commands.
    const plain = this.#cipher.open(payload);
    const row = Object.hasOwn(this.#rows, command) ? this.#rows[command] : undefined;
    if (row === undefined || !row.receivers.includes(this.#receiver)) throw new MusterError(3109, command);
    return {
      command,
      args: inCommand(command, () => asked(() => row.args.decode(plain))),
    } as Wazuh4Request<T>;
  }

  /** Who waits for the answer to a request of which nothing else is understood; null if that is not either. */
  identifierIn(payload: Uint8Array): string | null {
    const plain = Buffer.from(this.#cipher.open(payload).subarray(0, WAZUH4_MAX_ID_BYTES + 1));
    const end = plain.indexOf(' ');
    try {
      return end < 0 ? null : waiting.decode(plain.subarray(0, end));
    } catch {
      return null;
    }
  }

  /** What answers a request of this command, an `err` excepted. Throws 3100 for what is no reply. */
  decodeReply<C extends keyof T & string>(
    command: C,
    { command: success, payload }: Message,
  ): Wazuh4Reply<T, C> {
    const plain = this.#cipher.open(payload);
    if (!isWazuh4Reply(success) || success === 'err')
      throw new MusterError(3100, `${command} was answered with ${success}`);
    const { reply } = this.#row(command);
    return inCommand(`reply to ${command}`, () => reply.decode(plain)) as Wazuh4Reply<T, C>;
  }

  /** An `err`, as an error of ours. */
  decodeFailure({ payload }: Message): MusterError {
    return decodeFailure(this.#cipher.open(payload));
  }

  #encode<Value>(
    counter: number,
    command: string,
    codec: Codec<Value>,
    value: Value,
    allocate?: Allocate,
  ): Buffer[] {
    const message = { counter, command, plain: codec.encode(value) };
    return encodeWazuh4Message(message, this.#cipher, undefined, allocate);
  }

  #row(command: string): Wazuh4Row {
    const row = this.#rows[command];
    if (row === undefined) throw new MusterError(3018, `${command} is no command of this dialect`);
    return row;
  }
}

/** The originals have a code for JSON that cannot be read, and do not tell it to whoever asks: to them it is any failure. */
function asked<Value>(decode: () => Value): Value {
  try {
    return decode();
  } catch (error) {
    if (!(error instanceof MusterError) || error.code !== NO_JSON) throw error;
    throw new MusterError(3108, error.detail, { cause: error });
  }
}

/** The details of what is wrong with arguments begin with the command. */
function inCommand<Value>(what: string, decode: () => Value): Value {
  try {
    return decode();
  } catch (error) {
    const { code, detail } = MusterError.from(error, 3108);
    throw new MusterError(code, `${what}: ${detail}`, { cause: error });
  }
}

const REPLIES = new Set(['ok', 'err', 'ok-m', 'ok-c']);

/**
 * Whether this can be a reply. Between nodes nothing else is; the originals take whatever has the counter of a request
 * of theirs for its reply. On the local socket `ok` and `err` may be requests, and only the counter tells.
 */
export function isWazuh4Reply(command: string): boolean {
  return REPLIES.has(command);
}
