import type { Measured } from '../metered-cluster.ts';
import type { LiveRequests } from './snapshot.ts';

/** What is looked back on. */
const WINDOW_MS = 60_000;
/** Requests that are remembered; at higher rates the window is shorter. */
const MAX_REMEMBERED = 4_096;

/** The requests of the last minute. */
export class Latencies {
  readonly #ended: { atMs: number; durationMs: number; hasFailed: boolean }[] = [];
  #next = 0;

  add({ durationMs, code }: Measured): void {
    this.#ended[this.#next] = { atMs: performance.now(), durationMs, hasFailed: code !== null };
    this.#next = (this.#next + 1) % MAX_REMEMBERED;
  }

  summary(inFlight: number): LiveRequests {
    const nowMs = performance.now();
    const recent = this.#ended.filter(({ atMs }) => nowMs - atMs <= WINDOW_MS);
    const sorted = recent.map(({ durationMs }) => durationMs).sort((a, b) => a - b);
    const oldestMs =
      recent.length < MAX_REMEMBERED ? WINDOW_MS : nowMs - Math.min(...recent.map((r) => r.atMs));
    return {
      inFlight,
      perSecond: (recent.length * 1_000) / Math.max(oldestMs, 1),
      medianMs: at(sorted, 0.5),
      p99Ms: at(sorted, 0.99),
      failed: recent.filter(({ hasFailed }) => hasFailed).length,
    };
  }
}

const at = (sorted: readonly number[], share: number): number | null =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? null;
