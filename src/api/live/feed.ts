import { MusterError } from '../../protocol/errors.ts';
import { MAX_LIVE_READERS, MAX_USER_LIVE_READERS } from '../limits.ts';
import type { LiveSnapshot } from './snapshot.ts';

/** While somebody looks on. */
const WATCHED_EVERY_MS = 1_000;
/** While nobody does: only so that no node and no sync is missed. Nodes remember their last 20 syncs. */
const IDLE_EVERY_MS = 15_000;

export type Reader = (snapshot: LiveSnapshot) => void;

/** Looks at the cluster at intervals, once for all who follow. */
export class LiveFeed {
  readonly #look: () => Promise<LiveSnapshot>;
  /** With the user of each. */
  readonly #readers = new Map<Reader, string>();
  #timer: NodeJS.Timeout | null = null;
  /** What was seen last, and when. */
  #latest: { snapshot: LiveSnapshot; atMs: number } | null = null;
  #looking: Promise<LiveSnapshot> | null = null;
  #isTicking = false;
  #isClosed = false;

  constructor(look: () => Promise<LiveSnapshot>) {
    this.#look = look;
  }

  start(): void {
    this.#tick();
  }

  /** Whoever closes the feed waits for no look. */
  close(): void {
    this.#isClosed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#readers.clear();
  }

  /** A look of now, shared by all who ask while it is under way. */
  look(): Promise<LiveSnapshot> {
    this.#looking ??= this.#look()
      .then((snapshot) => {
        this.#latest = { snapshot, atMs: performance.now() };
        return snapshot;
      })
      .finally(() => {
        this.#looking = null;
      });
    return this.#looking;
  }

  /**
   * Follows the cluster until the returned function is called, beginning with what was seen last if that is not long ago:
   * whoever comes and goes in a loop does not have the cluster asked without a pause. Throws 3408 if too many follow.
   */
  follow(user: string, reader: Reader): () => void {
    if (this.#readers.size >= MAX_LIVE_READERS) {
      throw new MusterError(3408, `${MAX_LIVE_READERS} pages are followed live`);
    }
    if ([...this.#readers.values()].filter((name) => name === user).length >= MAX_USER_LIVE_READERS) {
      throw new MusterError(3408, `${MAX_USER_LIVE_READERS} pages are followed live by ${user}`);
    }
    this.#readers.set(reader, user);
    const { snapshot, atMs } = this.#latest ?? { snapshot: null, atMs: Number.NEGATIVE_INFINITY };
    const waitMs = Math.max(0, atMs + WATCHED_EVERY_MS - performance.now());
    if (snapshot !== null && waitMs > 0) queueMicrotask(() => this.#tell(reader, snapshot));
    this.#tickAfter(waitMs);
    return () => this.#readers.delete(reader);
  }

  #tick(): void {
    if (this.#isTicking) return;
    this.#isTicking = true;
    void this.look().then((snapshot) => {
      this.#isTicking = false;
      if (this.#isClosed) return;
      for (const reader of this.#readers.keys()) this.#tell(reader, snapshot);
      this.#tickAfter(this.#readers.size > 0 ? WATCHED_EVERY_MS : IDLE_EVERY_MS);
    });
  }

  #tell(reader: Reader, snapshot: LiveSnapshot): void {
    if (this.#readers.has(reader)) reader(snapshot);
  }

  #tickAfter(ms: number): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#tick(), ms).unref();
  }
}
