import type { Clock } from '../../src/node/clock.ts';

interface Timer {
  readonly dueMs: number;
  readonly task: () => void;
}

/** A clock whose timers strike one by one, so that what one of them causes can end before the next. */
export class SteppedClock implements Clock {
  #nowMs: number;
  #lastId = 0;
  /** In the order in which they were set. */
  readonly #timers = new Map<number, Timer>();

  constructor(nowMs: number) {
    this.#nowMs = nowMs;
  }

  now(): number {
    return this.#nowMs;
  }

  elapsedMs(): number {
    return this.#nowMs;
  }

  setTimeout(task: () => void, timeoutMs: number): number {
    this.#lastId += 1;
    this.#timers.set(this.#lastId, { dueMs: this.#nowMs + timeoutMs, task });
    return this.#lastId;
  }

  clearTimeout(id: number): void {
    this.#timers.delete(id);
  }

  /** Goes on to the next timer, or to this time if none is due before; of those for one moment the first set is the first. */
  step(untilMs: number): 'struck' | 'arrived' {
    let next: [number, Timer] | null = null;
    for (const entry of this.#timers) {
      if (entry[1].dueMs <= untilMs && (next === null || entry[1].dueMs < next[1].dueMs)) next = entry;
    }
    this.#nowMs = next === null ? untilMs : Math.max(this.#nowMs, next[1].dueMs);
    if (next === null) return 'arrived';
    this.#timers.delete(next[0]);
    next[1].task();
    return 'struck';
  }
}
