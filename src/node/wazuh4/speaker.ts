import type { ArgsOf, CommandName, ReplyOf } from '../../protocol/commands.ts';
import type { BulkCommand, BulkData, Dialect, Request } from '../../protocol/dialects/dialect.ts';
import { type PeerTraits, wazuh4Traits } from '../../protocol/dialects/peer-traits.ts';
import {
  isWazuh4Reply,
  type Wazuh4Dialect,
  type Wazuh4Request,
} from '../../protocol/dialects/wazuh4/dialect.ts';
import { MusterError } from '../../protocol/errors.ts';
import type { Message } from '../../protocol/frame.ts';

type Table = Readonly<Record<string, unknown>>;

/**
 * One connection with somebody that speaks `wazuh4`, as if it were one of ours. Requests of the peer are kept in our
 * terms until they are answered: replies there are not like ours.
 */
export abstract class Wazuh4Speaker<Commands extends Table, Heard extends Request> implements Dialect {
  readonly name = 'wazuh4';
  abstract readonly framing: Dialect['framing'];
  abstract readonly decrypts: boolean;
  protected readonly wire: Wazuh4Dialect<Commands>;
  /** By counter. The channel bounds how many. */
  readonly #heard = new Map<number, Heard>();

  constructor(wire: Wazuh4Dialect<Commands>) {
    this.wire = wire;
  }

  get traits(): PeerTraits {
    return wazuh4Traits;
  }

  abstract encodeRequest<C extends CommandName>(counter: number, command: C, args: ArgsOf<C>): Uint8Array[];
  abstract encodeReply<C extends CommandName>(counter: number, command: C, reply: ReplyOf<C>): Uint8Array[];
  abstract encodeFailure(counter: number, error: MusterError): Uint8Array[];
  abstract decodeReply<C extends CommandName>(command: C, message: Message): ReplyOf<C>;
  abstract decodeBulk(message: Message): BulkData;
  /** What a request means. Throws what the peer is to be told. */
  protected abstract hear(request: Wazuh4Request<Commands>): Heard;

  isReply(command: string): boolean {
    return isWazuh4Reply(command);
  }

  decodeRequest(message: Message): Request {
    const heard = this.#understand(message);
    this.#heard.set(message.counter, heard);
    return heard;
  }

  #understand(message: Message): Heard {
    try {
      return this.hear(this.wire.decodeRequest(message));
    } catch (error) {
      const refused = this.refuse(message, MusterError.from(error));
      if (refused === null) throw error;
      return refused;
    }
  }

  /** What a request that is not understood is taken for, where an error that answers it would be heard by nobody. */
  protected refuse(_message: Message, _error: MusterError): Heard | null {
    return null;
  }

  decodeFailure(message: Message): MusterError {
    return this.wire.decodeFailure(message);
  }

  encodeBulk(
    counter: number,
    command: BulkCommand,
    handle: number,
    offset: number,
    data: Uint8Array,
  ): Uint8Array[] {
    return this.encodeRequest(counter, command, { handle, offset, data: data as Uint8Array<ArrayBuffer> });
  }

  encodePacked(): Uint8Array[] {
    throw new MusterError(3018, 'who speaks as Wazuh 4.x is told nothing that was packed for others');
  }

  /** A request that is being answered; undefined if its arguments were not even understood. */
  protected forget(counter: number): Heard | undefined {
    const heard = this.#heard.get(counter);
    this.#heard.delete(counter);
    return heard;
  }

  /** Throws 3018 if there is none. */
  protected taken(counter: number): Heard {
    const heard = this.forget(counter);
    if (heard === undefined) throw new MusterError(3018, `nobody has asked ${counter}`);
    return heard;
  }
}
