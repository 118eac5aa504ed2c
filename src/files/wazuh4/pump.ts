import type { Deflate, Inflate } from 'node:zlib';

/**
 * A stream of zlib that is fed piece by piece, so that whoever feeds it never runs ahead of who takes what comes out.
 * What either of the two throws ends it.
 */
export class Pump {
  readonly #stream: Deflate | Inflate;
  readonly #ended: Promise<void>;
  #hasEnded = false;
  #refusal: { error: unknown } | null = null;

  constructor(stream: Deflate | Inflate, onPiece: (piece: Buffer) => void) {
    this.#stream = stream;
    this.#ended = new Promise((resolve, reject) => {
      stream.on('end', () => {
        this.#hasEnded = true;
        resolve();
      });
      stream.on('error', reject);
    });
    // Heard by whoever waits for it; the others have ended before.
    this.#ended.catch(() => {});
    stream.on('data', (piece: Buffer) => {
      try {
        onPiece(piece);
      } catch (error) {
        this.#refusal ??= { error };
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
    const used = new Promise<void>((resolve, reject) => {
      this.#stream.write(piece, (error) => (error ? reject(error) : resolve()));
    });
    await this.#unlessRefused(Promise.race([used, this.#ended]));
  }

  /** Nothing more comes. Resolves when everything has come out. */
  async finish(): Promise<void> {
    this.#stream.end();
    await this.#unlessRefused(this.#ended);
  }

  close(): void {
    this.#stream.destroy();
  }

  async #unlessRefused(work: Promise<void>): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#stream.once('close', resolve));
    try {
      await Promise.race([work, closed]);
    } catch (error) {
      throw this.#refusal === null ? error : this.#refusal.error;
    }
    if (this.#refusal !== null) throw this.#refusal.error;
  }
}
