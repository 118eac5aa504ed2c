/** Keepalives count seconds. */
const TICK_MS = 1_000;

/** How far the clock of the master was ahead of the world's, from then on. */
interface Period {
  readonly fromMs: number;
  readonly aheadMs: number;
}

/** What clocks that jump make impossible to tell of reports. */
export class Clocks {
  readonly #confused = new Set<string | null>();
  readonly #periods: Period[] = [{ fromMs: 0, aheadMs: 0 }];

  /** A clock jumped between the moment at which this was heard and the one at which the master is told. */
  confuse(version: string): void {
    this.#confused.add(version);
  }

  isConfused(version: string | null): boolean {
    return this.#confused.has(version);
  }

  masterJumps(atMs: number, byMs: number): void {
    const aheadMs = (this.#periods.at(-1)?.aheadMs ?? 0) + byMs;
    this.#periods.push({ fromMs: atMs, aheadMs });
  }

  /**
   * Whether what the master has, heard at `presentMs` by its clock, may have seemed newer to it than what a worker heard
   * later, at `heardAtMs` of the world: its clock was set back between the two, and was told of the second only when it
   * was where it had been, so that the first no longer lay in its future.
   */
  couldBeNewer(presentMs: number, heardAtMs: number, nowMs: number): boolean {
    return this.#periods.slice(1).some(({ aheadMs }, index) => {
      const endMs = this.#periods[index + 2]?.fromMs ?? nowMs;
      const seemsMs = presentMs - aheadMs;
      return seemsMs + TICK_MS >= heardAtMs && seemsMs - TICK_MS <= endMs;
    });
  }
}
