import {
  constants,
  createDeflate,
  createInflate,
  type Deflate,
  deflateSync,
  type Inflate,
  inflateSync,
} from 'node:zlib';

/*
 * zlib with one state for many short streams. `deflateSync` and `inflateSync` make a state of a quarter of a megabyte for
 * each call, which takes three times as long as the work on a file of a few kilobytes. Node has no public way to begin a
 * new stream with the state of the last; what its own classes do it with is used here where it is found to do what is
 * expected, and otherwise the public functions.
 */

/** What Node's zlib streams work with. */
interface Handle {
  reset(): void;
  writeSync(
    flush: number,
    input: Uint8Array,
    inputAt: number,
    inputBytes: number,
    output: Uint8Array,
    outputAt: number,
    outputBytes: number,
  ): void;
}

interface Internals {
  readonly _handle?: Handle | null;
  /** Room of the output that is left, and input that was not used. */
  readonly _writeState?: Uint32Array;
}

/** Most bytes that zlib makes of so many, whatever they are. */
export const deflateBound = (sizeBytes: number): number => sizeBytes + (sizeBytes >> 8) + 64;

/** One call with a state that begins anew; null if it failed, or the output was too small. */
class OneShot {
  readonly #stream: Deflate | Inflate;
  readonly #handle: Handle;
  readonly #state: Uint32Array;

  private constructor(stream: Deflate | Inflate, handle: Handle, state: Uint32Array) {
    this.#stream = stream;
    this.#handle = handle;
    this.#state = state;
    // Whoever calls finds out by the result.
    stream.on('error', () => {});
  }

  /** Null where Node has changed. */
  static of(stream: Deflate | Inflate): OneShot | null {
    const { _handle: handle, _writeState: state } = stream as unknown as Internals;
    const isAsExpected =
      typeof handle?.reset === 'function' &&
      typeof handle.writeSync === 'function' &&
      state instanceof Uint32Array;
    return isAsExpected ? new OneShot(stream, handle, state) : null;
  }

  get hasFailed(): boolean {
    return this.#stream.destroyed;
  }

  run(input: Uint8Array, output: Uint8Array, at: number): { written: number; unused: number } | null {
    const room = output.length - at;
    this.#handle.reset();
    this.#handle.writeSync(constants.Z_FINISH, input, 0, input.length, output, at, room);
    const [left = 0, unused = 0] = this.#state;
    return this.hasFailed || left === 0 ? null : { written: room - left, unused };
  }
}

/** Compresses short contents, each to a stream of its own. */
export class Deflater {
  readonly #level: number;
  readonly #oneShot: OneShot | null;

  /** zlib level. Throws what zlib throws. */
  constructor(level: number) {
    this.#level = level;
    this.#oneShot = checked(OneShot.of(createDeflate({ level })));
  }

  /** Writes the stream at `at`, and returns its length. There are `deflateBound` bytes of room. */
  deflate(content: Uint8Array, target: Buffer, at: number): number {
    const done = this.#oneShot?.run(content, target, at);
    if (done) return done.written;
    const stream = deflateSync(content, { level: this.#level });
    target.set(stream, at);
    return stream.length;
  }
}

/** Inflates streams that are there as a whole, and not long. */
export class Inflater {
  #oneShot = OneShot.of(createInflate());

  /** Writes the content to the beginning of the target; null if this is for others to look at: it is no such stream, or too long. */
  inflate(stream: Uint8Array, target: Buffer): number | null {
    const done = this.#oneShot?.run(stream, target, 0);
    if (this.#oneShot?.hasFailed) this.#oneShot = OneShot.of(createInflate());
    return done?.unused === 0 ? done.written : null;
  }
}

/** Null unless it does what it should, twice. */
function checked(oneShot: OneShot | null): OneShot | null {
  const [content, target] = [Buffer.from('what is compressed, and comes back'), Buffer.alloc(128)];
  for (const _time of [1, 2]) {
    const written = oneShot?.run(content, target, 0)?.written ?? 0;
    if (written === 0 || !inflateSync(target.subarray(0, written)).equals(content)) return null;
  }
  return oneShot;
}
