/** While a file cannot be written, this is told no more often. */
export const TROUBLE_PERIOD_MS = 60_000;

/** Tells that a file cannot be written: at once, then with a count now and then, and when it can be again. */
export class WriteTrouble {
  /** When it was told last; null while all is well. */
  #toldMs: number | null = null;
  /** Failures since then. */
  #count = 0;

  /**
   * To be called after each line: `failure` is why it was not written, null if it was or only waits; `isCaughtUp` is
   * whether nothing waits. Returns what is to be told, or null.
   */
  note(failure: string | null, isCaughtUp: boolean, nowMs: number): string | null {
    if (failure !== null) return this.#failed(failure, nowMs);
    if (this.#toldMs === null || !isCaughtUp) return null;
    this.#toldMs = null;
    return 'it is written again';
  }

  #failed(failure: string, nowMs: number): string | null {
    const isFirst = this.#toldMs === null;
    if (!isFirst) this.#count += 1;
    // A clock that was set back makes nobody wait for longer than a period.
    const sinceMs = nowMs - Math.min(this.#toldMs ?? nowMs, nowMs);
    if (!isFirst && sinceMs < TROUBLE_PERIOD_MS) {
      this.#toldMs = nowMs - sinceMs;
      return null;
    }
    const more = isFirst ? '' : `; so it was for ${this.#count} lines since this was told`;
    this.#toldMs = nowMs;
    this.#count = 0;
    return `${failure}${more}`;
  }
}
