/** A share in something that is made once for all who need it at the same time. */
export interface Share<Result> {
  readonly result: Promise<Result>;
  /** To be called once. The work is given up, and what it made dropped, when the last share is released. */
  release(): void;
}

interface Entry<Result> {
  readonly result: Promise<Result>;
  readonly end: AbortController;
  shares: number;
}

/** Work that several need at the same time, by what it is about: it is done once, and kept as long as somebody has use for it. */
export class SharedWork<Result> {
  readonly #entries = new Map<string, Entry<Result>>();

  share(key: string, work: (signal: AbortSignal) => Promise<Result>): Share<Result> {
    const entry = this.#entries.get(key) ?? this.#begin(key, work);
    entry.shares += 1;
    return {
      result: entry.result,
      release: () => {
        entry.shares -= 1;
        if (entry.shares > 0) return;
        entry.end.abort();
        this.#forget(key, entry);
      },
    };
  }

  #begin(key: string, work: (signal: AbortSignal) => Promise<Result>): Entry<Result> {
    const end = new AbortController();
    const entry: Entry<Result> = { result: work(end.signal), end, shares: 0 };
    this.#entries.set(key, entry);
    // Who comes later tries again; those who wait hear of it.
    entry.result.catch(() => this.#forget(key, entry));
    return entry;
  }

  #forget(key: string, entry: Entry<Result>): void {
    if (this.#entries.get(key) === entry) this.#entries.delete(key);
  }
}
