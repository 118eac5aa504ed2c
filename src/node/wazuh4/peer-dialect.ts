import type { ArgsOf, CommandName, ReplyOf } from '../../protocol/commands.ts';
import type { BulkCommand, BulkData } from '../../protocol/dialects/dialect.ts';
import type { PeerTraits } from '../../protocol/dialects/peer-traits.ts';
import type { Wazuh4Cipher } from '../../protocol/dialects/wazuh4/cipher.ts';
import type { wazuh4ClusterCommands } from '../../protocol/dialects/wazuh4/commands/cluster.ts';
import { type Wazuh4Request, wazuh4Cluster } from '../../protocol/dialects/wazuh4/dialect.ts';
import { wazuh4Format } from '../../protocol/dialects/wazuh4/header.ts';
import { wazuh4ClusterLimits, wazuh4LimitsBeforeHello } from '../../protocol/dialects/wazuh4/limits.ts';
import { MusterError } from '../../protocol/errors.ts';
import type { Message } from '../../protocol/frame.ts';
import { BulkMemory } from './bulk-memory.ts';
import { Conversation, type ConversationOptions } from './conversation.ts';
import { listener, open } from './hearing.ts';
import { refused } from './refused.ts';
import { said, sayings } from './sayings.ts';
import { Wazuh4Speaker } from './speaker.ts';
import type { Heard, Phrase, Sayings } from './terms.ts';

type Table = typeof wazuh4ClusterCommands;

/** Refusals of which the originals say no more than the code. */
const BARE: ReadonlySet<number> = new Set([3029, 3030, 3031]);

/**
 * One connection with a node of Wazuh 4.x, as if that were a node of ours: what machines and effects say to it is put into
 * its commands, and what it says into theirs. It remembers what the two have said as far as later messages refer to it, so
 * each connection has one of its own.
 */
export class Wazuh4Peer extends Wazuh4Speaker<Table, Heard> {
  readonly framing = {
    format: wazuh4Format,
    limitsBeforeHello: wazuh4LimitsBeforeHello,
    limitsAfterHello: wazuh4ClusterLimits,
  };
  readonly decrypts = true;
  readonly #cipher: Wazuh4Cipher;
  readonly #memory: BulkMemory;
  readonly #talk: Conversation;
  readonly #sayings: Sayings;
  /** What was asked, by counter: saying it changes what the next saying is, and a reply does not tell. */
  readonly #phrases = new Map<number, Phrase>();
  protected readonly hear: (request: Wazuh4Request<Table>) => Heard;

  constructor(options: ConversationOptions, cipher: Wazuh4Cipher, memory: BulkMemory = new BulkMemory()) {
    super(wazuh4Cluster(options.role, cipher));
    this.#cipher = cipher;
    this.#memory = memory;
    this.#talk = new Conversation(options);
    this.#sayings = sayings(this.#talk);
    this.hear = listener(this.#talk);
  }

  override get traits(): PeerTraits {
    return this.#cipher.isOfKin === true ? { ...super.traits, wantsOurs: true } : super.traits;
  }

  protected override refuse({ command, payload }: Message, error: MusterError): Heard | null {
    if (command !== 'dapi' && (command !== 'sendsync' || this.#talk.options.role !== 'master')) return null;
    const id = this.wire.identifierIn(payload);
    return id === null ? null : refused(command, id, error);
  }

  encodeRequest<C extends CommandName>(counter: number, command: C, args: ArgsOf<C>): Uint8Array[] {
    const phrase = said(this.#sayings, command, args);
    this.#phrases.set(counter, phrase);
    return this.wire.encodeRequest(counter, phrase.command, phrase.args as never);
  }

  endRequest(counter: number): void {
    this.#phrases.delete(counter);
  }

  override encodeBulk(
    counter: number,
    command: BulkCommand,
    handle: number,
    offset: number,
    data: Uint8Array,
  ): Uint8Array[] {
    const piece = { handle, offset, data: data as Uint8Array<ArrayBuffer> };
    const { command: word, args: words } = said(this.#sayings, command, piece);
    return this.wire.encodeRequest(counter, word, words as never, this.#memory.takeFrame);
  }

  decodeReply<C extends CommandName>(command: C, message: Message): ReplyOf<C> {
    const phrase = this.#phrases.get(message.counter) as Phrase<C> | undefined;
    if (phrase === undefined) throw new MusterError(3018, `${command} was not asked as ${message.counter}`);
    return phrase.understand(this.wire.decodeReply(phrase.command, message));
  }

  /** Pieces come in order, and without saying where they belong. */
  decodeBulk(message: Message): BulkData {
    const request = this.wire.decodeRequest(message);
    const arriving = this.#arriving(request);
    const { data } = request.args as { data: Uint8Array };
    const offset = arriving.position;
    arriving.position += data.length;
    return { handle: arriving.handle, offset, data: this.#memory.keep(data) };
  }

  recycle(bytes: readonly Uint8Array[]): void {
    this.#memory.give(bytes);
  }

  #arriving(request: Wazuh4Request<Table>) {
    if (request.command === 'file_upd')
      return open(this.#talk.arrivingFiles, request.args.path, `/${request.args.path}`);
    if (request.command === 'str_upd')
      return open(this.#talk.arrivingStrings, request.args.id, String(request.args.id));
    throw new MusterError(3109, request.command);
  }

  encodeReply<C extends CommandName>(counter: number, command: C, reply: ReplyOf<C>): Uint8Array[] {
    if (command === 'file_upd' || command === 'str_upd') return this.wire.encodeReply(counter, command, {});
    const heard = this.taken(counter);
    return this.wire.encodeReply(counter, heard.as, heard.answer(reply) as never);
  }

  encodeFailure(counter: number, error: MusterError): Uint8Array[] {
    const isHello = this.forget(counter)?.command === 'hello';
    const told = isHello && BARE.has(error.code) ? new MusterError(error.code) : error;
    return this.wire.encodeFailure(counter, told);
  }
}
