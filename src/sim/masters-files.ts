const NEVER_MS = Number.NEGATIVE_INFINITY;
/** A round compares a moment before the master says so; another scan may end in between. */
const TOLD_WITHIN_MS = 100;

/**
 * When the files of the master changed, to know which of them it may leave out of a round: those that are not what the scan
 * has found whose set the round brings.
 */
export class MastersFiles {
  readonly #changedMs = new Map<string, number>();
  /** Any file may have changed then. */
  #lostPowerMs = NEVER_MS;
  /** Ends of the last scans; the files of a set were looked for since the end of the scan before. */
  #scansMs: readonly number[] = [];
  /** By worker: since when the files were looked for that its round compares with. */
  readonly #roundsMs = new Map<string, number>();

  changed(path: string, nowMs: number): void {
    this.#changedMs.set(path, nowMs);
  }

  lostPower(nowMs: number): void {
    this.#lostPowerMs = nowMs;
  }

  scanned(nowMs: number): void {
    const last = this.#lastBefore(nowMs - TOLD_WITHIN_MS);
    this.#scansMs = [...this.#scansMs.slice(Math.max(0, last - 1)), nowMs];
  }

  compared(worker: string, nowMs: number): void {
    const last = this.#lastBefore(nowMs - TOLD_WITHIN_MS);
    this.#roundsMs.set(worker, this.#scansMs[last - 1] ?? NEVER_MS);
  }

  mayBeLeftOut(worker: string, path: string): boolean {
    const changedMs = Math.max(this.#changedMs.get(path) ?? NEVER_MS, this.#lostPowerMs);
    return changedMs >= (this.#roundsMs.get(worker) ?? NEVER_MS);
  }

  /** Which scan had ended by then. */
  #lastBefore(atMs: number): number {
    return this.#scansMs.findLastIndex((endMs) => endMs <= atMs);
  }
}
