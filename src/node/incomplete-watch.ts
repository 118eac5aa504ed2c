import { MusterError } from '../protocol/errors.ts';
import type { FrameDecoder } from '../protocol/frame.ts';
import { INCOMPLETE_LOOK_MS, MAX_INCOMPLETE_LOOKS } from '../protocol/limits.ts';
import type { Clock } from './clock.ts';

/** Sees to it that what a peer has begun to send comes to its end: it would hold its memory for ever otherwise. */
export class IncompleteWatch {
  readonly #clock: Clock;
  readonly #decoder: FrameDecoder;
  readonly #onOverdue: (error: MusterError) => void;
  /** Runs while something is not complete. */
  #timer: unknown = null;
  /** While we do not read, nothing that is missing is the peer's fault. */
  isReading = true;

  /** `onOverdue` is called with 3127, once. */
  constructor(clock: Clock, decoder: FrameDecoder, onOverdue: (error: MusterError) => void) {
    this.#clock = clock;
    this.#decoder = decoder;
    this.#onOverdue = onOverdue;
  }

  /** To be called when bytes have come. */
  heed(): void {
    if (this.#timer !== null || !this.#decoder.isIncomplete) return;
    this.#timer = this.#clock.setTimeout(() => this.#look(), INCOMPLETE_LOOK_MS);
  }

  stop(): void {
    this.#clock.clearTimeout(this.#timer);
  }

  #look(): void {
    this.#timer = null;
    const looks = this.isReading ? this.#decoder.look() : 0;
    if (looks > MAX_INCOMPLETE_LOOKS) this.#onOverdue(new MusterError(3127, 'it was begun, and no end came'));
    else this.heed();
  }
}
