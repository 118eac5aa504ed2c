import { MAX_UNHEARD_BYTES, MESSAGE_COST_BYTES } from './limits.ts';
import type { Heard } from './peer.ts';

/**
 * What the other side did and nobody has looked at yet, in order: no more of it than there is room for, so that who sends
 * without being asked cannot fill the memory of who tests it.
 */
export class HeardQueue {
  readonly #maxBytes: number;
  readonly #waiting: Heard[] = [];
  readonly #costs = new WeakMap<Heard, number>();
  /** What was taken and is to be heard again: it counts meanwhile. */
  readonly #deferred = new Set<Heard>();
  #bytes = 0;

  constructor(maxBytes = MAX_UNHEARD_BYTES) {
    this.#maxBytes = maxBytes;
  }

  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  /** `payloadBytes`: how long it was on the wire. False if there is no room: then it is not kept. */
  push(heard: Heard, payloadBytes: number): boolean {
    const cost = payloadBytes + MESSAGE_COST_BYTES;
    if (this.#bytes + cost > this.#maxBytes) return false;
    this.#costs.set(heard, cost);
    this.#bytes += cost;
    this.#waiting.push(heard);
    return true;
  }

  /** The end of what is heard: there is always room for it. */
  end(heard: Heard): void {
    this.#waiting.push(heard);
  }

  take(): Heard | null {
    const heard = this.#waiting.shift() ?? null;
    if (heard !== null) this.#bytes -= this.#costOf(heard);
    return heard;
  }

  /** What was taken is not for whoever took it, and will be put back. */
  defer(heard: Heard): void {
    this.#deferred.add(heard);
    this.#bytes += this.#costOf(heard);
  }

  /** What was looked at too early is heard again, before everything else. */
  putBack(heard: readonly Heard[]): void {
    for (const one of heard) if (!this.#deferred.delete(one)) this.#bytes += this.#costOf(one);
    this.#waiting.unshift(...heard);
  }

  #costOf(heard: Heard): number {
    return this.#costs.get(heard) ?? 0;
  }
}
