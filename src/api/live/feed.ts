import { MusterError } from '../../protocol/errors.ts';
import { MAX_LIVE_READERS } from '../limits.ts';
import type { LiveSnapshot } from './snapshot.ts';

/** While somebody looks on. */
const WATCHED_EVERY_MS = 1_000;
/** While nobody does: only so that no node and no sync is missed. Nodes remember their last 20 syncs. */
const IDLE_EVERY_MS = 15_000;

export type Reader = (snapshot: LiveSnapshot) => void;

/** Looks at the cluster at intervals, once for all who follow. */
export class LiveFeed {
  readonly #look: () => Promise<LiveSnapshot>;
  readonly #readers = new Set<Reader>();
  #timer: NodeJS.Timeout | null = null;
  #looking: Promise<LiveSnapshot> | null = null;
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
    this.#looking ??= this.#look().finally(() => {
      this.#looking = null;
    });
    return this.#looking;
  }

  /** Follows the cluster until the returned function is called. Throws 3408 if too many do. */
  follow(reader: Reader): () => void {
    if (this.#readers.size >= MAX_LIVE_READERS) {
      throw new MusterError(3408, `${MAX_LIVE_READERS} pages are followed live`);
    }
    this.#readers.add(reader);
    this.#tick();
    return () => this.#readers.delete(reader);
  }

  #tick(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    void this.look().then((snapshot) => {
      if (this.#isClosed) return;
      for (const reader of this.#readers) reader(snapshot);
      if (this.#timer !== null) clearTimeout(this.#timer);
      const everyMs = this.#readers.size > 0 ? WATCHED_EVERY_MS : IDLE_EVERY_MS;
      this.#timer = setTimeout(() => this.#tick(), everyMs).unref();
    });
  }
}
