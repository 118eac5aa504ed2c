import type { AgentRow } from '../../src/cli/demo/agent-rows.ts';

type Rows = ReadonlyMap<number, AgentRow>;

/** What a store was told of a thing: what it has confirmed last, and what it may have done without saying so. */
interface Told {
  confirmed: string | null;
  /** By the number of the request. */
  readonly doubtful: Map<number, string>;
}

/** Things of an agent that a store is told. */
export type Topic = 'report' | 'connection' | 'groups';

/** How each stands in a row. */
const STANDS: Readonly<Record<Topic, (row: AgentRow) => string>> = {
  report: ({ columns }) => String(columns.config_sum),
  connection: ({ columns }) => String(columns.connection_status),
  groups: ({ groups }) => groups.join(),
};
const TOPICS = Object.keys(STANDS) as Topic[];

/**
 * What one store was told of its agents, and has to have kept: what it confirmed, whatever happened since. A request
 * that failed may have been carried out all the same, and may still be while others follow.
 */
export class Ledger {
  readonly #told = new Map<string, Told>();
  #asked = 0;
  /** When each agent was surely heard of, in seconds. */
  readonly #heardS = new Map<number, number>();

  /** Notes it before it is asked; what comes back notes that it is confirmed. */
  ask(id: number, topic: Topic, value: string): () => void {
    const told = this.#of(id, topic);
    this.#asked += 1;
    const number = this.#asked;
    told.doubtful.set(number, value);
    return () => {
      told.doubtful.delete(number);
      told.confirmed = value;
    };
  }

  /** A report of this moment was confirmed. */
  heard(id: number, atMs: number): void {
    this.#heardS.set(id, Math.floor(atMs / 1000));
  }

  /** Where rows are not what the store has confirmed; nothing if it has kept all. */
  contradictions(name: string, rows: Rows): string[] {
    const found: string[] = [];
    for (const [id, row] of rows) {
      for (const topic of TOPICS) {
        const { confirmed, doubtful } = this.#of(id, topic);
        const stands = STANDS[topic](row);
        if (confirmed === null || stands === confirmed || [...doubtful.values()].includes(stands)) continue;
        found.push(`${name} has confirmed the ${topic} ${confirmed} of agent ${id}, and has ${stands}`);
      }
      const heardS = this.#heardS.get(id) ?? 0;
      const hasS = Number(row.columns.last_keepalive ?? 0);
      if (hasS < heardS) found.push(`${name} has heard agent ${id} at ${heardS}, and says ${hasS}`);
    }
    return found;
  }

  /** Nothing is under way any more: what stands there is what was done. */
  settle(rows: Rows): void {
    for (const [id, row] of rows) {
      for (const topic of TOPICS) {
        const told = this.#of(id, topic);
        if (told.doubtful.size === 0) continue;
        told.confirmed = STANDS[topic](row);
        told.doubtful.clear();
      }
    }
  }

  #of(id: number, topic: Topic): Told {
    const key = `${id} ${topic}`;
    const told = this.#told.get(key) ?? { confirmed: null, doubtful: new Map() };
    this.#told.set(key, told);
    return told;
  }
}
