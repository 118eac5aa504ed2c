/** Work that must not overlap, by key: one after the other, in the order in which it was asked for. */
export class Turns {
  readonly #last = new Map<string, Promise<void>>();

  /** Runs the work when all earlier ones of this key have ended, however they ended. */
  take<Result>(key: string, work: () => Promise<Result>): Promise<Result> {
    const result = (this.#last.get(key) ?? Promise.resolve()).then(work);
    // Whoever asked for the work hears of its failure; the next one in turn must not.
    const ended = () => {
      if (this.#last.get(key) === over) this.#last.delete(key);
    };
    const over = result.then(ended, ended);
    this.#last.set(key, over);
    return result;
  }

  /** Whether any work of this key runs or waits. */
  isTaken(key: string): boolean {
    return this.#last.has(key);
  }
}
