import { MAX_UNDER_WAY } from './limits.ts';

/** Work under way, for one who begins it: of one agent a piece at a time, of all together at most MAX_UNDER_WAY. */
export class UnderWay {
  readonly #agents = new Set<number>();
  #onEnd: () => void = () => {};

  /** Resolves when the work has begun; it must not reject. */
  async begin(agentId: number, work: () => Promise<void>): Promise<void> {
    while (this.#agents.has(agentId) || this.#agents.size >= MAX_UNDER_WAY) await this.#oneEnds();
    this.#agents.add(agentId);
    void work().finally(() => {
      this.#agents.delete(agentId);
      this.#onEnd();
    });
  }

  /** Resolves when nothing is under way. */
  async end(): Promise<void> {
    while (this.#agents.size > 0) await this.#oneEnds();
  }

  #oneEnds(): Promise<void> {
    return new Promise((resolve) => {
      this.#onEnd = resolve;
    });
  }
}
