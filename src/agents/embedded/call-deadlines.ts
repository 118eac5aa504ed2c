import { MAX_CARE_MS } from '../limits.ts';

/** How long what has arrived may wait to be read: it may be this side that was not awake. */
const SECOND_LOOK_MS = 1_000;

/**
 * The deadlines of calls to a thread, with one timer for all: calls are answered in their order, so the oldest is due
 * first.
 */
export class CallDeadlines {
  readonly #timeoutMs: number;
  readonly #onOverdue: () => void;
  /** When each is due, by the number of its call. */
  readonly #dueMs = new Map<number, number>();
  /** Nobody is overdue before. */
  #patientUntilMs = 0;
  #timer: NodeJS.Timeout | null = null;
  #lookMs = 0;
  /** The call that was overdue at the last look. */
  #suspect: number | null = null;

  constructor(timeoutMs: number, onOverdue: () => void) {
    this.#timeoutMs = timeoutMs;
    this.#onOverdue = onOverdue;
  }

  begin(id: number, timeoutMs = this.#timeoutMs): void {
    const dueMs = performance.now() + timeoutMs;
    this.#dueMs.set(id, dueMs);
    if (this.#timer === null || dueMs < this.#lookMs) this.#wait(timeoutMs);
  }

  end(id: number): void {
    this.#dueMs.delete(id);
  }

  /** The thread does something that may take long; afterwards everybody has waited for it, and has their time anew. */
  takeCare(isUnderWay: boolean): void {
    this.#patientUntilMs = performance.now() + (isUnderWay ? MAX_CARE_MS : this.#timeoutMs);
    if (!isUnderWay && this.#dueMs.size > 0) this.#wait(this.#timeoutMs);
  }

  stop(): void {
    clearTimeout(this.#timer ?? undefined);
    this.#timer = null;
    this.#dueMs.clear();
  }

  #wait(timeMs: number): void {
    clearTimeout(this.#timer ?? undefined);
    this.#lookMs = performance.now() + timeMs;
    // Who waits for an answer keeps the process alive by the thread.
    this.#timer = setTimeout(() => this.#look(), Math.max(1, timeMs)).unref();
  }

  #look(): void {
    this.#timer = null;
    const [oldest] = this.#dueMs;
    if (oldest === undefined) return;
    const [id, dueMs] = oldest;
    const leftMs = Math.max(dueMs, this.#patientUntilMs) - performance.now();
    if (leftMs > 0) {
      this.#wait(leftMs);
    } else if (this.#suspect !== id) {
      this.#suspect = id;
      this.#wait(Math.min(SECOND_LOOK_MS, this.#timeoutMs));
    } else {
      this.#onOverdue();
    }
  }
}
