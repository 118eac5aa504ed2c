import type { Deflate, Inflate } from 'node:zlib';

/**
 * A stream of zlib that is fed piece by piece, so that whoever feeds it never runs ahead of who takes what comes out.
 * What either of the two throws ends it: every later call rejects with that.
 */
export class Pump {
  readonly #stream: Deflate | Inflate;
  /** Resolves at the end of what comes out; rejects if the stream is closed before. */
  readonly #ended: Promise<void>;
  #hasEnded = false;
  #failure: { error: unknown } | null = null;

  constructor(stream: Deflate | Inflate, onPiece: (piece: Buffer) => void) {
    this.#stream = stream;
    this.#ended = new Promise((resolve, reject) => {
      stream.once('end', () => {
        this.#hasEnded = true;
        resolve();
      });
      stream.once('close', () => reject(new Error('the stream was closed')));
    });
    // Heard by whoever waits for it; the others have ended before.
    this.#ended.catch(() => {});
    stream.on('error', (error) => {
      this.#failure ??= { error };
    });
    stream.on('data', (piece: Buffer) => {
      try {
        onPiece(piece);
      } catch (error) {
        this.#failure ??= { error };
        stream.destroy();
      }
    });
  }

  /** Whether the end of a stream that is inflated has been met. */
  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** Of what was fed, so many bytes were used. */
  get usedBytes(): number {
    return this.#stream.bytesWritten;
  }

  /** Resolves when the piece has been used, or the end was met in it. It must not change before. */
  async feed(piece: Uint8Array): Promise<void> {
    const used = new Promise<void>((resolve) => {
      // One that failed is told of by its end.
      this.#stream.write(piece, (error) => {
        if (!error) resolve();
      });
    });
    await this.#settled(Promise.race([used, this.#ended]));
  }

  /** Nothing more comes. Resolves when everything has come out. */
  async finish(): Promise<void> {
    this.#stream.end();
    await this.#settled(this.#ended);
  }

  close(): void {
    this.#stream.destroy();
  }

  /** The stream’s own words for having been closed say nothing of why. */
  async #settled(work: Promise<void>): Promise<void> {
    try {
      await work;
    } catch (error) {
      throw this.#failure === null ? error : this.#failure.error;
    }
    if (this.#failure !== null) throw this.#failure.error;
  }
}
