import type { Failure } from '../../../machines/failure.ts';

/** Lines about strangers that are written out within one period for each error code; the others are counted. */
export const MAX_REJECTION_LINES = 5;
/** How long the count runs before it is told. */
export const REJECTION_PERIOD_MS = 10_000;

/**
 * Tells of connections that were turned away, but lets nobody fill the log: past a few lines a period they are summed
 * up. Each code has lines of its own, so that many of one kind do not hide another kind.
 */
export class RejectionLog {
  readonly #now: () => number;
  readonly #write: (line: string) => void;
  #periodStartedMs = Number.NEGATIVE_INFINITY;
  /** Written lines by code. There are no more codes than the table has. */
  readonly #lines = new Map<number, number>();
  #unwritten = 0;

  constructor(now: () => number, write: (line: string) => void) {
    this.#now = now;
    this.#write = write;
  }

  /** `what` is whom it happened to, as the beginning of a line. */
  note(what: string, { code, message }: Failure): void {
    if (this.#now() - this.#periodStartedMs >= REJECTION_PERIOD_MS) this.#beginPeriod();
    const lines = this.#lines.get(code) ?? 0;
    if (lines >= MAX_REJECTION_LINES) {
      this.#unwritten += 1;
      return;
    }
    this.#lines.set(code, lines + 1);
    this.#write(`${what}: Error ${code} - ${message}`);
  }

  #beginPeriod(): void {
    if (this.#unwritten > 0) this.#write(`Rejected ${this.#unwritten} more connections since then.`);
    this.#periodStartedMs = this.#now();
    this.#lines.clear();
    this.#unwritten = 0;
  }
}
