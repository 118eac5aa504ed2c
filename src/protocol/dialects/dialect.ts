import type { ArgsOf, CommandName, ReplyOf } from '../commands.ts';
import type { MusterError } from '../errors.ts';
import type { Message } from '../frame.ts';
import type { FrameFormat } from '../frame-decoder.ts';
import type { DecoderLimits } from '../limits.ts';
import type { PeerTraits } from './peer-traits.ts';

export type DialectName = 'muster' | 'wazuh4';

/** The commands whose arguments are raw bytes. */
export type BulkCommand = 'file_upd' | 'str_upd';

export interface BulkData {
  readonly handle: number;
  /** Where the data belongs, in bytes from the beginning. */
  readonly offset: number;
  /** A view of the message's payload, or of what was decrypted. */
  readonly data: Uint8Array;
}

/** A request whose arguments have the shape that its schema demands. */
export interface Request {
  readonly command: CommandName;
  readonly args: unknown;
}

/**
 * How requests and replies are written. The encoders trust their caller and throw 3018 or 3113 for what cannot be sent;
 * the decoders trust nobody: 3100 for bytes that are no value at all, 3109 for a command that is not in the table,
 * 3108 for a value of the wrong shape, 3113 for one beyond a limit.
 */
export interface Dialect {
  readonly name: DialectName;
  readonly traits: PeerTraits;
  readonly framing: {
    readonly format: FrameFormat;
    readonly limitsBeforeHello: Readonly<DecoderLimits>;
    readonly limitsAfterHello: Readonly<DecoderLimits>;
  };
  /** Whether bytes that were decoded are the receiver's own, and no view of what came. */
  readonly decrypts: boolean;
  /** Whether a message with this command is a reply. */
  isReply(command: string): boolean;
  encodeRequest<C extends CommandName>(counter: number, command: C, args: ArgsOf<C>): Uint8Array[];
  encodeReply<C extends CommandName>(counter: number, command: C, reply: ReplyOf<C>): Uint8Array[];
  /** A reply whose value was packed before (msgpack.ts), so that many may be sent it; it is not copied. */
  encodePacked(counter: number, packed: Uint8Array): Uint8Array[];
  encodeFailure(counter: number, error: MusterError): Uint8Array[];
  /** One frame; `data` is not copied. */
  encodeBulk(
    counter: number,
    command: BulkCommand,
    handle: number,
    offset: number,
    data: Uint8Array,
  ): Uint8Array[];
  decodeRequest(message: Message): Request;
  /** Decodes what answers a request of this command, an `err` excepted. */
  decodeReply<C extends CommandName>(command: C, message: Message): ReplyOf<C>;
  /** Decodes an `err`. */
  decodeFailure(message: Message): MusterError;
  decodeBulk(message: Message): BulkData;
  /** A request of ours is over: its reply was decoded, or nobody waits for that any more. For dialects whose replies do not say what they are about. */
  endRequest?(counter: number): void;
  /** Gives a dialect that says more than it was asked to the counters of its connection. */
  drawCounters?(next: () => number): void;
  /** Takes back what `encodeBulk` gave, once it was confirmed and the system has it, and what `decodeBulk` gave, once it was used: memory that is written over. */
  recycle?(bytes: readonly Uint8Array[]): void;
}
