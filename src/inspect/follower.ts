import { MAX_UNREAD_BYTES, MAX_UNREAD_MS, PIECE_BYTES } from './limits.ts';

/** Something that is told: made when the first page has come so far, and the same for all of them. */
export interface Part {
  readonly bytes: Buffer;
}

export interface FollowerOptions {
  /** Sends to the page; `taken` is called when that has left this process. */
  readonly write: (bytes: Uint8Array, taken: () => void) => void;
  /** Closes the connection of a page that does not read. */
  readonly drop: () => void;
  /** Time that it has to take one piece. */
  readonly maxUnreadMs?: number | undefined;
}

/**
 * One page: what waits for it leaves piece by piece, as fast as it reads, and no more than one in a turn of the event loop.
 * How much it is told in one go and how slowly it may read is no matter, as long as it reads.
 */
export class Follower {
  readonly #options: FollowerOptions;
  /** The actors that live, which are told before all else. */
  #actors: Part[] = [];
  /** What has happened since. */
  #news: Buffer[] = [];
  #newsBytes = 0;
  /** The rest of what is being sent. */
  #unsent: Buffer = Buffer.alloc(0);
  #unread: NodeJS.Timeout | null = null;
  #isSending = false;
  #isClosed = false;
  /** Hears that everything has been read. */
  onRead: () => void = () => {};

  constructor(options: FollowerOptions) {
    this.#options = options;
  }

  get hasRead(): boolean {
    return !this.#isSending && this.#actors.length + this.#news.length + this.#unsent.length === 0;
  }

  /** Whether more has happened than is kept for who reads slowly. */
  get isBehind(): boolean {
    return this.#newsBytes > MAX_UNREAD_BYTES;
  }

  tellActors(parts: readonly Part[]): void {
    this.#actors.push(...parts);
    this.#send();
  }

  tellNews(bytes: Buffer): void {
    this.#news.push(bytes);
    this.#newsBytes += bytes.length;
    this.#send();
  }

  /** What has happened and has not been sent is not told any more. */
  forgetNews(): void {
    this.#news = [];
    this.#newsBytes = 0;
  }

  close(): void {
    this.#isClosed = true;
    if (this.#unread !== null) clearTimeout(this.#unread);
    this.#actors = [];
    this.forgetNews();
  }

  #send(): void {
    if (this.#isSending || this.#isClosed) return;
    if (this.#unsent.length === 0) this.#unsent = this.#next();
    if (this.#unsent.length === 0) {
      this.onRead();
      return;
    }
    const piece = this.#unsent.subarray(0, PIECE_BYTES);
    this.#unsent = this.#unsent.subarray(piece.length);
    this.#isSending = true;
    this.#unread = setTimeout(this.#options.drop, this.#options.maxUnreadMs ?? MAX_UNREAD_MS).unref();
    this.#options.write(piece, () => this.#taken());
  }

  #taken(): void {
    if (this.#unread !== null) clearTimeout(this.#unread);
    // Whatever else waits in this process comes first.
    setImmediate(() => {
      this.#isSending = false;
      this.#send();
    });
  }

  #next(): Buffer {
    const part = this.#actors.shift();
    if (part !== undefined) return part.bytes;
    const news = this.#news.shift() ?? Buffer.alloc(0);
    this.#newsBytes -= news.length;
    return news;
  }
}
