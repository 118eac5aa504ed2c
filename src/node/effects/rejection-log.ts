/** Lines about strangers that are written out within one period; the others are counted. */
export const MAX_REJECTION_LINES = 5;
/** How long the count runs before it is told. */
export const REJECTION_PERIOD_MS = 10_000;

/** Tells of connections that were turned away, but lets nobody fill the log: past a few lines a period they are summed up. */
export class RejectionLog {
  readonly #now: () => number;
  readonly #write: (line: string) => void;
  #periodStartedMs = Number.NEGATIVE_INFINITY;
  #lines = 0;
  #unwritten = 0;

  constructor(now: () => number, write: (line: string) => void) {
    this.#now = now;
    this.#write = write;
  }

  note(line: string): void {
    if (this.#now() - this.#periodStartedMs >= REJECTION_PERIOD_MS) this.#beginPeriod();
    if (this.#lines >= MAX_REJECTION_LINES) {
      this.#unwritten += 1;
      return;
    }
    this.#lines += 1;
    this.#write(line);
  }

  #beginPeriod(): void {
    if (this.#unwritten > 0) this.#write(`Rejected ${this.#unwritten} more connections since then.`);
    this.#periodStartedMs = this.#now();
    this.#lines = 0;
    this.#unwritten = 0;
  }
}
