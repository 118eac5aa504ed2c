import type { Clock } from '../clock.ts';

/** Shortest time between two lines about a worker whose agents are known newer from another node. */
export const STALE_LOG_INTERVAL_MS = 60_000;

/** Tells what one worker has said of agents and was not written, as it takes that for done; now and then, with a count. */
export class StaleLog {
  readonly #clock: Clock;
  readonly #write: (line: string) => void;
  #toldMs = Number.NEGATIVE_INFINITY;
  #untold = 0;

  constructor(clock: Clock, write: (line: string) => void) {
    this.#clock = clock;
    this.#write = write;
  }

  note(agents: number): void {
    const isWaiting = this.#untold > 0;
    this.#untold += agents;
    if (isWaiting) return;
    const leftMs = this.#toldMs + STALE_LOG_INTERVAL_MS - this.#clock.elapsedMs();
    if (leftMs <= 0) this.#tell();
    // Also if nothing more comes. Where it is a timer of Node's: it keeps no node from ending.
    else this.#clock.setTimeout(() => this.#tell(), leftMs)?.unref?.();
  }

  #tell(): void {
    this.#toldMs = this.#clock.elapsedMs();
    this.#write(`Reports about agents that are older than what is known of them, left out: ${this.#untold}.`);
    this.#untold = 0;
  }
}
