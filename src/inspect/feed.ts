import type { Follower, Part } from './follower.ts';
import {
  BUDGET_PERIOD_MS,
  FLUSH_MS,
  MAX_RECORDS_PER_PERIOD,
  MIN_RESUME_MS,
  SLICE_ACTORS,
  TELLING_PAUSES,
} from './limits.ts';
import type { PageRecord } from './records.ts';
import type { Tap, Watch } from './tap.ts';

/**
 * What pages are told, all of them the same and at the cost of one: the actors that live, in slices, then batches of what
 * happens, and no more than that may cost the node. Past its budget the feed stops to listen, which costs nothing, says that
 * there is a gap, and begins anew with the actors that live then. The more of them there are, the longer that takes to come.
 */
export class Feed {
  readonly #tap: Tap;
  readonly #followers = new Set<Follower>();
  /** Those that know the actors that live: they are told what happens. */
  readonly #upToDate = new Set<Follower>();
  #watch: Watch | null = null;
  #batch: PageRecord[] = [];
  /** Records of this period. */
  #spent = 0;
  #periodEndsMs = 0;
  /** The actors are not told before that. */
  #nextTellingMs = 0;
  #toldMs = Number.NEGATIVE_INFINITY;
  #flushing: NodeJS.Timeout | null = null;
  #telling: NodeJS.Timeout | null = null;

  constructor(tap: Tap) {
    this.#tap = tap;
  }

  add(follower: Follower): void {
    this.#followers.add(follower);
    follower.onRead = () => this.#tellActors();
    this.#tellActors();
  }

  remove(follower: Follower): void {
    follower.close();
    this.#followers.delete(follower);
    this.#leave(follower);
  }

  /** Tells the actors to all who wait for that and have read what they were told before; later, if it is too early. */
  #tellActors(): void {
    const waiting = [...this.#followers].filter((each) => !this.#upToDate.has(each) && each.hasRead);
    if (waiting.length === 0 || this.#telling !== null) return;
    const forMs = this.#nextTellingMs - performance.now();
    if (forMs > 0) {
      this.#telling = setTimeout(() => {
        this.#telling = null;
        this.#tellActors();
      }, forMs).unref();
      return;
    }
    // What is batched has happened before: those who wait have it in how the actors stand.
    this.#flush();
    this.#toldMs = performance.now();
    const parts = this.#charged(() => this.#actors());
    this.#watch ??= this.#tap.follow((record) => this.#take(record));
    for (const follower of waiting) {
      this.#upToDate.add(follower);
      follower.tellActors(parts);
    }
  }

  /** The actors as they stand now; a slice is made when the first page has come so far. */
  #actors(): Part[] {
    const present = this.#tap.present();
    return Array.from({ length: Math.ceil(present.length / SLICE_ACTORS) }, (_, index) => {
      const slice = present.slice(index * SLICE_ACTORS, (index + 1) * SLICE_ACTORS);
      return madeOnce(() => this.#charged(() => encoded(slice.map((tell) => tell()))));
    });
  }

  /** Does a part of a telling: the next one is put off by a multiple of the time that it took. */
  #charged<T>(deed: () => T): T {
    const fromMs = performance.now();
    const done = deed();
    const nowMs = performance.now();
    const tookMs = nowMs - fromMs;
    this.#nextTellingMs = Math.max(this.#nextTellingMs + tookMs, nowMs) + TELLING_PAUSES * tookMs;
    return done;
  }

  #take(record: PageRecord): void {
    this.#batch.push(record);
    this.#flushing ??= setTimeout(() => this.#flush(), FLUSH_MS).unref();
    const nowMs = performance.now();
    if (nowMs >= this.#periodEndsMs) {
      this.#periodEndsMs = nowMs + BUDGET_PERIOD_MS;
      this.#spent = 0;
    }
    this.#spent += 1;
    if (this.#spent > MAX_RECORDS_PER_PERIOD) this.#pause(nowMs);
  }

  #pause(nowMs: number): void {
    this.#nextTellingMs = Math.max(this.#nextTellingMs, this.#periodEndsMs, this.#toldMs + MIN_RESUME_MS);
    this.#periodEndsMs = 0;
    this.#batch.push(this.#tap.gap(this.#nextTellingMs - nowMs));
    this.#flush();
    for (const follower of this.#upToDate) this.#leave(follower);
  }

  #flush(): void {
    if (this.#flushing !== null) clearTimeout(this.#flushing);
    this.#flushing = null;
    const batch = this.#batch;
    this.#batch = [];
    if (batch.length === 0) return;
    const bytes = encoded(batch);
    for (const follower of this.#upToDate) {
      follower.tellNews(bytes);
      if (follower.isBehind) this.#skip(follower);
    }
  }

  /** Who reads too slowly for what happens goes on with the actors, when it has come so far. */
  #skip(follower: Follower): void {
    this.#leave(follower);
    follower.forgetNews();
    follower.tellNews(encoded([this.#tap.gap(Math.max(0, this.#nextTellingMs - performance.now()))]));
  }

  /** It is told nothing more until it has been told the actors. Where nobody is, nothing is looked at. */
  #leave(follower: Follower): void {
    this.#upToDate.delete(follower);
    if (this.#upToDate.size > 0) return;
    this.#watch?.close();
    this.#watch = null;
    if (this.#flushing !== null) clearTimeout(this.#flushing);
    this.#flushing = null;
    this.#batch = [];
  }
}

/** Server-sent events: each is a list of records. */
const encoded = (records: readonly PageRecord[]): Buffer =>
  Buffer.from(`data: ${JSON.stringify(records)}\n\n`);

function madeOnce(make: () => Buffer): Part {
  let toMake: (() => Buffer) | null = make;
  let bytes: Buffer = Buffer.alloc(0);
  return {
    get bytes() {
      if (toMake !== null) bytes = toMake();
      // What it was made of is held no longer.
      toMake = null;
      return bytes;
    },
  };
}
