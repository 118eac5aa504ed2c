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
    this.#untold += agents;
    const nowMs = this.#clock.elapsedMs();
    if (nowMs - this.#toldMs < STALE_LOG_INTERVAL_MS) return;
    this.#toldMs = nowMs;
    this.#write(`Reports about agents that are older than what is known of them, left out: ${this.#untold}.`);
    this.#untold = 0;
  }
}
