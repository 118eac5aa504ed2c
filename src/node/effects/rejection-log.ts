import type { Failure } from '../../../machines/failure.ts';
import type { Clock } from '../clock.ts';
import { told } from './failures.ts';

/** Lines about strangers that are written out within one period for each error code; the others are counted. */
export const MAX_REJECTION_LINES = 5;
/** How long the count runs before it is told. */
export const REJECTION_PERIOD_MS = 10_000;

/**
 * Tells of connections that were turned away, or of requests, but lets nobody fill the log: past a few lines a period they are summed
 * up. Each code has lines of its own, so that many of one kind do not hide another kind.
 */
export class RejectionLog {
  readonly #clock: Clock;
  readonly #write: (line: string) => void;
  readonly #what: string;
  #periodStartedMs = Number.NEGATIVE_INFINITY;
  /** The same for whoever reads it. */
  #since = '';
  /** Written lines by code. There are no more codes than the table has. */
  readonly #lines = new Map<number, number>();
  #unwritten = 0;

  /** `what` is rejected, for the line that sums up. */
  constructor(clock: Clock, write: (line: string) => void, what: 'connections' | 'requests' = 'connections') {
    this.#clock = clock;
    this.#write = write;
    this.#what = what;
  }

  /** `what` is whom it happened to, as the beginning of a line. */
  note(what: string, failure: Failure): void {
    const { code } = failure;
    if (this.#clock.elapsedMs() - this.#periodStartedMs >= REJECTION_PERIOD_MS) this.#beginPeriod();
    const lines = this.#lines.get(code) ?? 0;
    if (lines >= MAX_REJECTION_LINES) {
      if (this.#unwritten === 0) this.#tellLater();
      this.#unwritten += 1;
      return;
    }
    this.#lines.set(code, lines + 1);
    this.#write(`${what}: ${told(failure)}`);
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
    this.#write(`Rejected ${this.#unwritten} more ${this.#what} since ${this.#since}.`);
    this.#unwritten = 0;
  }
}
