import type { Failure } from '../../../machines/failure.ts';
import type { Clock } from '../clock.ts';
import { told } from './failures.ts';

/** Lines about strangers that are written out within one period for each error code; the others are counted. */
export const MAX_REJECTION_LINES = 5;
/** How long the count runs before it is told. */
export const REJECTION_PERIOD_MS = 10_000;

/** What is summed up, and how. */
const SUMS = {
  connections: (count: number) => `Rejected ${count} more connections`,
  requests: (count: number) => `Rejected ${count} more requests`,
  transfers: (count: number) => `${count} more transfers failed`,
};

/**
 * Tells of connections and requests that were turned away, or of transfers that failed, but lets nobody fill the log: past
 * a few lines a period they are summed up. Each code has lines of its own, so that many of one kind do not hide another kind.
 */
export class RejectionLog {
  readonly #clock: Clock;
  readonly #write: (line: string) => void;
  readonly #sum: (count: number) => string;
  #periodStartedMs = Number.NEGATIVE_INFINITY;
  /** The same for whoever reads it. */
  #since = '';
  /** Written lines by code. There are no more codes than the table has. */
  readonly #lines = new Map<number, number>();
  #unwritten = 0;

  /** `what` is rejected, for the line that sums up. */
  constructor(clock: Clock, write: (line: string) => void, what: keyof typeof SUMS = 'connections') {
    this.#clock = clock;
    this.#write = write;
    this.#sum = SUMS[what];
  }

  /** `what` is whom it happened to, as the beginning of a line. False if it was counted and not written. */
  note(what: string, failure: Failure): boolean {
    const { code } = failure;
    if (this.#clock.elapsedMs() - this.#periodStartedMs >= REJECTION_PERIOD_MS) this.#beginPeriod();
    const lines = this.#lines.get(code) ?? 0;
    if (lines >= MAX_REJECTION_LINES) {
      if (this.#unwritten === 0) this.#tellLater();
      this.#unwritten += 1;
      return false;
    }
    this.#lines.set(code, lines + 1);
    this.#write(`${what}: ${told(failure)}`);
    return true;
  }

  #beginPeriod(): void {
    this.#tell();
    this.#periodStartedMs = this.#clock.elapsedMs();
    this.#since = new Date(this.#clock.now()).toISOString();
    this.#lines.clear();
  }

  /** Also if nobody knocks again. */
  #tellLater(): void {
    const leftMs = this.#periodStartedMs + REJECTION_PERIOD_MS - this.#clock.elapsedMs();
    const timer = this.#clock.setTimeout(() => this.#tell(), leftMs);
    // Where it is a timer of Node's: it keeps no node from ending.
    timer?.unref?.();
  }

  #tell(): void {
    if (this.#unwritten === 0) return;
    this.#write(`${this.#sum(this.#unwritten)} since ${this.#since}.`);
    this.#unwritten = 0;
  }
}
