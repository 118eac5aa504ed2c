import { select, sqlNumbers } from '../../agents/sql.ts';
import type { NodeServices } from '../services.ts';
import { MAX_AGENTS_PER_LOOK } from './limits.ts';

interface Look {
  readonly ids: readonly number[];
  found(nodes: ReadonlyMap<number, string | null>): void;
  failed(error: unknown): void;
}

/**
 * Where agents report, as the master's store knows it. Whoever asks while a look is under way shares the next one.
 * Specification: Distributed API requests ("the one who has the most updated information about the agent").
 */
export class AgentNodes {
  readonly #store: NodeServices['store'];
  #waiting: Look[] = [];
  #isLooking = false;

  constructor(store: NodeServices['store']) {
    this.#store = store;
  }

  /** The node of each agent, null where none is known; agents that do not exist are left out. Rejects as the store does. */
  of(ids: readonly number[]): Promise<ReadonlyMap<number, string | null>> {
    return new Promise((found, failed) => {
      this.#waiting.push({ ids, found, failed });
      void this.#look();
    });
  }

  async #look(): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    while (this.#waiting.length > 0) {
      const looks = this.#waiting;
      this.#waiting = [];
      try {
        const nodes = await this.#read([...new Set(looks.flatMap(({ ids }) => ids))]);
        for (const { found } of looks) found(nodes);
      } catch (error) {
        for (const { failed } of looks) failed(error);
      }
    }
    this.#isLooking = false;
  }

  async #read(ids: readonly number[]): Promise<Map<number, string | null>> {
    const store = this.#store.current;
    const nodes = new Map<number, string | null>();
    for (let start = 0; start < ids.length; start += MAX_AGENTS_PER_LOOK) {
      const some = sqlNumbers(ids.slice(start, start + MAX_AGENTS_PER_LOOK));
      const rows = await select(
        (request) => store.query(request),
        `SELECT id, node_name FROM agent WHERE id IN (${some})`,
      );
      for (const { id, node_name } of rows) {
        nodes.set(Number(id), typeof node_name === 'string' && node_name !== '' ? node_name : null);
      }
    }
    return nodes;
  }
}
