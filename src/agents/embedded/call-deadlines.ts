import { MAX_CARE_MS } from '../limits.ts';

/** How long what has arrived may wait to be read: it may be this side that was not awake. */
const SECOND_LOOK_MS = 1_000;

/**
 * The deadlines of calls to a thread, with one timer for all. Calls are answered in their order, so the thread is at the
 * oldest: its time begins when the one before it is answered. A queue may be long and slow without anybody being overdue.
 */
export class CallDeadlines {
  readonly #timeoutMs: number;
  readonly #onOverdue: () => void;
  /** How long each may take, by its number. */
  readonly #timeoutsMs = new Map<number, number>();
  /** When the oldest was begun. */
  #begunMs = 0;
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
    this.#timeoutsMs.set(id, timeoutMs);
    if (this.#timeoutsMs.size === 1) this.#oldestBegins(timeoutMs);
  }

  end(id: number): void {
    const wasOldest = this.#timeoutsMs.keys().next().value === id;
    this.#timeoutsMs.delete(id);
    const [next] = this.#timeoutsMs.values();
    if (wasOldest && next !== undefined) this.#oldestBegins(next);
  }

  /** The thread does something that may take long; afterwards everybody has waited for it, and has their time anew. */
  takeCare(isUnderWay: boolean): void {
    this.#patientUntilMs = performance.now() + (isUnderWay ? MAX_CARE_MS : this.#timeoutMs);
    if (!isUnderWay && this.#timeoutsMs.size > 0) this.#wait(this.#timeoutMs);
  }

  stop(): void {
    clearTimeout(this.#timer ?? undefined);
    this.#timer = null;
    this.#timeoutsMs.clear();
  }

  /** A look that is due before is early, and looks again. */
  #oldestBegins(timeoutMs: number): void {
    this.#begunMs = performance.now();
    if (this.#timer === null || this.#begunMs + timeoutMs < this.#lookMs) this.#wait(timeoutMs);
  }

  #wait(timeMs: number): void {
    clearTimeout(this.#timer ?? undefined);
    this.#lookMs = performance.now() + timeMs;
    // Who waits for an answer keeps the process alive by the thread.
    this.#timer = setTimeout(() => this.#look(), Math.max(1, timeMs)).unref();
  }

  #look(): void {
    this.#timer = null;
    const [oldest] = this.#timeoutsMs;
    if (oldest === undefined) return;
    const [id, timeoutMs] = oldest;
    const leftMs = Math.max(this.#begunMs + timeoutMs, this.#patientUntilMs) - performance.now();
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
