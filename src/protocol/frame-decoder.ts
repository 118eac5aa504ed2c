import { MusterError } from './errors.ts';
import { type Encoding, type Header, readHeader } from './header.ts';
import { type DecoderLimits, HEADER_BYTES, limitsAfterHello, MAX_COUNTER } from './limits.ts';
import { isReply, type OnMessage } from './message.ts';
import { OWN_ROOM, type RoomShare } from './shared-room.ts';

/** What the frames of one dialect have that those of another have otherwise. */
export interface FrameFormat {
  readonly headerBytes: number;
  /** Reads the header at `offset`; every field is checked but the length. Throws 3100. */
  readHeader(source: Buffer, offset: number): Header;
  /** Looks at the size of a part that is not the last one, of which so many came before. Throws 3100 and 3113. */
  checkPart(payloadBytes: number, partsBefore: number, limits: Readonly<DecoderLimits>): void;
}

/** The frames of Muster's own dialect: every part but the last is full. */
export const musterFormat: FrameFormat = {
  headerBytes: HEADER_BYTES,
  readHeader,
  checkPart(payloadBytes, _partsBefore, { maxPayloadBytes }) {
    if (payloadBytes !== maxPayloadBytes)
      throw new MusterError(3100, `a part of ${payloadBytes} bytes that is not the last of its message`);
  },
};

/** A divided message that is not complete yet. */
interface Incomplete {
  readonly command: string;
  readonly encoding: Encoding;
  readonly parts: Uint8Array[];
  bytes: number;
  /** Looks that have found it incomplete. */
  looks: number;
}

/**
 * Turns a stream of bytes into messages, the same ones whatever the splits of the stream. Every length is checked
 * before memory is taken for it, and what is held is never more than `maxPendingBytes`.
 * After an error, or after `close`, it holds nothing and yields nothing more.
 */
export class FrameDecoder {
  readonly #format: FrameFormat;
  #limits: DecoderLimits;
  /** Bytes of a header that came in pieces. */
  readonly #headerBuffer: Buffer;
  #headerFilled = 0;
  /** The frame whose payload is arriving. */
  #header: Header | null = null;
  #payload: Buffer | null = null;
  #payloadFilled = 0;
  /** Looks that have found the frame that arrives incomplete. */
  #frameLooks = 0;
  readonly #incomplete = new Map<number, Incomplete>();
  #incompleteBytes = 0;
  readonly #room: RoomShare;
  #turnedAway: number | null = null;
  #failure: MusterError | null = null;
  #closed = false;

  /** `room`: what it has to share with others. */
  constructor(
    limits: Partial<DecoderLimits> = {},
    format: FrameFormat = musterFormat,
    room: RoomShare = OWN_ROOM,
  ) {
    this.#limits = { ...limitsAfterHello, ...limits };
    this.#format = format;
    this.#room = room;
    this.#headerBuffer = Buffer.allocUnsafe(format.headerBytes);
  }

  /** Holds from the next header on: raised when the peer has introduced itself, from within `onMessage` too. */
  setLimits(limits: Partial<DecoderLimits>): void {
    this.#limits = { ...this.#limits, ...limits };
  }

  /** Memory held for what is not complete, in bytes. */
  get pendingBytes(): number {
    return this.#headerFilled + (this.#payload?.length ?? 0) + this.#incompleteBytes;
  }

  /** The counter of the request that had no room beside what others hold (3110): it can be answered; null if there was none. */
  get turnedAway(): number | null {
    return this.#turnedAway;
  }

  /**
   * Looks whether something is not complete: how many looks in a row have found the same message, or frame, incomplete;
   * 0 if there is none. Whoever looks in regular intervals knows how old it is.
   */
  look(): number {
    this.#frameLooks = this.#isInFrame ? this.#frameLooks + 1 : 0;
    let oldest = this.#frameLooks;
    for (const partial of this.#incomplete.values()) {
      partial.looks += 1;
      oldest = Math.max(oldest, partial.looks);
    }
    return oldest;
  }

  /** Whether a frame, or a divided message, has begun and not ended. */
  get isIncomplete(): boolean {
    return this.#isInFrame || this.#incomplete.size > 0;
  }

  get #isInFrame(): boolean {
    return this.#headerFilled > 0 || this.#header !== null;
  }

  /**
   * Takes the next bytes of the stream; `chunk` is not kept. Throws 3100 for what is no frame, 3113 for what exceeds a
   * limit, 3110 where others hold the room, and the same again on every further call: the stream cannot be picked up again.
   */
  push(chunk: Uint8Array, onMessage: OnMessage): void {
    if (this.#failure !== null) throw this.#failure;
    const source = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    try {
      let offset = 0;
      while (offset < source.length && !this.#closed) offset = this.#step(source, offset, onMessage);
    } catch (error) {
      this.#release();
      this.#failure = MusterError.from(error);
      throw error;
    }
  }

  /** Drops everything, also the rest of the chunk that is being pushed. */
  close(): void {
    this.#closed = true;
    this.#release();
  }

  #release(): void {
    this.#headerFilled = 0;
    this.#header = null;
    this.#payload = null;
    this.#incomplete.clear();
    this.#incompleteBytes = 0;
    this.#room.hold(0);
  }

  /** Before memory is taken beyond what is held for divided messages. */
  #claim({ counter, command }: Header, bytes: number): void {
    if (this.#room.hold(this.#incompleteBytes + bytes)) return;
    if (!isReply(command)) this.#turnedAway = counter;
    throw new MusterError(3110, 'there is no room for this message beside those that others have begun');
  }

  /** Consumes a part of the chunk, at least a byte; answers where it stopped. */
  #step(source: Buffer, start: number, onMessage: OnMessage): number {
    let offset = start;
    if (this.#header === null) {
      const { headerBytes } = this.#format;
      if (this.#headerFilled === 0 && source.length - offset >= headerBytes) {
        this.#header = this.#accept(this.#format.readHeader(source, offset));
        offset += headerBytes;
      } else {
        offset += this.#fillHeader(source, offset);
        if (this.#header === null) return offset;
      }
    }
    const header: Header = this.#header;
    if (this.#payload === null) {
      const end = offset + header.payloadBytes;
      if (end <= source.length) {
        this.#header = null;
        this.#complete(header, source.subarray(offset, end), false, onMessage);
        return end;
      }
      if (offset === source.length) return offset;
      this.#claim(header, header.payloadBytes);
      this.#payload = Buffer.allocUnsafeSlow(header.payloadBytes);
      this.#payloadFilled = 0;
    }
    return offset + this.#fillPayload(header, this.#payload, source, offset, onMessage);
  }

  #fillHeader(source: Buffer, offset: number): number {
    const taken = source.copy(this.#headerBuffer, this.#headerFilled, offset);
    this.#headerFilled += taken;
    if (this.#headerFilled === this.#headerBuffer.length) {
      this.#headerFilled = 0;
      this.#header = this.#accept(this.#format.readHeader(this.#headerBuffer, 0));
    }
    return taken;
  }

  #fillPayload(
    header: Header,
    payload: Buffer,
    source: Buffer,
    offset: number,
    onMessage: OnMessage,
  ): number {
    const taken = source.copy(payload, this.#payloadFilled, offset);
    this.#payloadFilled += taken;
    if (this.#payloadFilled === payload.length) {
      this.#header = null;
      this.#payload = null;
      this.#complete(header, payload, true, onMessage);
    }
    return taken;
  }

  /** Checks what a header promises against every limit, before a byte of it is stored. */
  #accept(header: Header): Header {
    const { payloadBytes, divided } = header;
    const limits = this.#limits;
    const partial = this.#incomplete.get(keyOf(header));
    if (payloadBytes > limits.maxPayloadBytes) {
      throw new MusterError(
        3113,
        `a payload of ${payloadBytes} bytes, at most ${limits.maxPayloadBytes} are allowed`,
      );
    }
    if (divided && limits.maxDividedMessages > 0)
      this.#format.checkPart(payloadBytes, partial?.parts.length ?? 0, limits);
    if (divided && partial === undefined && this.#incomplete.size >= limits.maxDividedMessages) {
      throw new MusterError(3113, tooManyDivided(limits.maxDividedMessages));
    }
    if (partial !== undefined) this.#acceptNextPart(header, partial);
    if (this.#incompleteBytes + payloadBytes + this.#format.headerBytes > limits.maxPendingBytes) {
      throw new MusterError(3113, `incomplete messages of more than ${limits.maxPendingBytes} bytes`);
    }
    return header;
  }

  #acceptNextPart(header: Header, partial: Incomplete): void {
    if (header.command !== partial.command || header.encoding !== partial.encoding) {
      throw new MusterError(3100, `the parts of message ${header.counter} do not belong together`);
    }
    if (header.payloadBytes === 0) throw new MusterError(3100, 'the last part of a divided message is empty');
    if (partial.bytes + header.payloadBytes > this.#limits.maxMessageBytes) {
      throw new MusterError(3113, `a message of more than ${this.#limits.maxMessageBytes} bytes`);
    }
  }

  #complete(header: Header, payload: Buffer, owned: boolean, onMessage: OnMessage): void {
    this.#frameLooks = 0;
    const { counter, command, encoding } = header;
    const partial = this.#incomplete.get(keyOf(header));
    if (!header.divided && partial === undefined) {
      this.#room.hold(this.#incompleteBytes);
      onMessage({ counter, command, encoding, payload }, owned);
      return;
    }
    if (header.divided) this.#claim(header, payload.length);
    const part = owned ? payload : Buffer.from(payload);
    if (header.divided) {
      this.#hold(header, partial, part);
    } else if (partial !== undefined) {
      this.#incomplete.delete(keyOf(header));
      this.#incompleteBytes -= partial.bytes;
      this.#room.hold(this.#incompleteBytes);
      onMessage({ counter, command, encoding, payload: Buffer.concat([...partial.parts, part]) }, true);
    }
  }

  #hold(header: Header, partial: Incomplete | undefined, part: Uint8Array): void {
    this.#incompleteBytes += part.length;
    if (partial === undefined) {
      const { command, encoding } = header;
      this.#incomplete.set(keyOf(header), { command, encoding, parts: [part], bytes: part.length, looks: 0 });
    } else {
      partial.parts.push(part);
      partial.bytes += part.length;
    }
  }
}

/** The two sides' counters may coincide, so requests and replies are told apart. */
function keyOf({ counter, command }: Header): number {
  return isReply(command) ? counter + MAX_COUNTER + 1 : counter;
}

const tooManyDivided = (atMost: number) =>
  atMost === 0
    ? 'a divided message, where none may be divided'
    : `more than ${atMost} divided messages at once`;
