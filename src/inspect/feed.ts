import { BUDGET_PERIOD_MS, FLUSH_MS, MAX_RECORDS_PER_PERIOD, MIN_RESUME_MS } from './limits.ts';
import type { InspectionRecord } from './records.ts';
import type { Tap, Watch } from './tap.ts';

/**
 * What a page is told: batches of records, and no more than it may cost the node. Past its budget the feed stops to
 * listen, which costs nothing, says that there is a gap, and begins anew with the actors that live then.
 */
export class Feed {
  readonly #tap: Tap;
  readonly #send: (batch: readonly InspectionRecord[]) => void;
  readonly #watch: Watch;
  #batch: InspectionRecord[] = [];
  /** Records of this period. */
  #spent = 0;
  #periodEndsMs = 0;
  #resumedMs: number;
  #flushing: NodeJS.Timeout | null = null;
  #resuming: NodeJS.Timeout | null = null;

  constructor(tap: Tap, send: (batch: readonly InspectionRecord[]) => void) {
    this.#tap = tap;
    this.#send = send;
    this.#resumedMs = performance.now();
    this.#watch = tap.watch((record) => this.#take(record));
  }

  close(): void {
    this.#watch.close();
    for (const timer of [this.#flushing, this.#resuming]) if (timer !== null) clearTimeout(timer);
    this.#batch = [];
  }

  #take(record: InspectionRecord): void {
    this.#batch.push(record);
    this.#flushing ??= setTimeout(() => this.#flush(), FLUSH_MS).unref();
    // The actors that live are told whole, however many they are; one that is started is a record like any other.
    if (record.kind !== 'actor' || !record.wasThere) this.#spend();
  }

  #spend(): void {
    const nowMs = performance.now();
    if (nowMs >= this.#periodEndsMs) {
      this.#periodEndsMs = nowMs + BUDGET_PERIOD_MS;
      this.#spent = 0;
    }
    this.#spent += 1;
    if (this.#spent <= MAX_RECORDS_PER_PERIOD || this.#resuming !== null) return;
    const forMs = Math.max(this.#periodEndsMs, this.#resumedMs + MIN_RESUME_MS) - nowMs;
    this.#watch.pause();
    this.#batch.push(this.#tap.gap(forMs));
    this.#resuming = setTimeout(() => this.#resume(), forMs).unref();
  }

  #resume(): void {
    this.#resuming = null;
    this.#resumedMs = performance.now();
    this.#periodEndsMs = 0;
    this.#watch.resume();
  }

  #flush(): void {
    this.#flushing = null;
    const batch = this.#batch;
    this.#batch = [];
    this.#send(batch);
  }
}
