const NEVER_MS = Number.NEGATIVE_INFINITY;

/**
 * When the files of the master changed, to know which of them it may leave out of a round: those that are not what the scan
 * has found whose set the round brings.
 */
export class MastersFiles {
  readonly #changedMs = new Map<string, number>();
  /** Any file may have changed then. */
  #lostPowerMs = NEVER_MS;
  /** Ends of the last two scans: the set of the last one was looked for since the first. */
  #scansMs: readonly [before: number, last: number] = [NEVER_MS, NEVER_MS];
  /** By worker: since when the files were looked for that its round compares with. */
  readonly #roundsMs = new Map<string, number>();

  changed(path: string, nowMs: number): void {
    this.#changedMs.set(path, nowMs);
  }

  lostPower(nowMs: number): void {
    this.#lostPowerMs = nowMs;
  }

  scanned(nowMs: number): void {
    this.#scansMs = [this.#scansMs[1], nowMs];
  }

  compared(worker: string): void {
    this.#roundsMs.set(worker, this.#scansMs[0]);
  }

  mayBeLeftOut(worker: string, path: string): boolean {
    const changedMs = Math.max(this.#changedMs.get(path) ?? NEVER_MS, this.#lostPowerMs);
    return changedMs >= (this.#roundsMs.get(worker) ?? NEVER_MS);
  }
}
