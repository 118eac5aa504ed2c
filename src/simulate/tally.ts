import type { MusterError } from '../protocol/errors.ts';
import { DEEDS, type Deed } from './plan.ts';

/** What has been done at one home. */
export interface HomeTally {
  readonly done: Record<Deed, number>;
  /** By code. */
  readonly errors: Record<number, number>;
}

export interface Trouble {
  readonly nodeName: string;
  readonly error: MusterError;
}

/** Counts what was done and what went wrong. Who listens hears of the first error of each code at each home. */
export class Tally {
  readonly homes: readonly HomeTally[];
  readonly #names: readonly string[];
  readonly #onTrouble: (trouble: Trouble) => void;
  /** Agents that are connected, and where. */
  readonly #places = new Map<number, number>();

  constructor(nodeNames: readonly string[], onTrouble: (trouble: Trouble) => void) {
    this.#names = nodeNames;
    this.#onTrouble = onTrouble;
    this.homes = nodeNames.map(() => ({
      done: Object.fromEntries(DEEDS.map((deed) => [deed, 0])) as Record<Deed, number>,
      errors: {},
    }));
  }

  did(home: number, deed: Deed, agentId: number): void {
    const tally = this.homes[home];
    if (tally) tally.done[deed] += 1;
    if (deed === 'leave') this.#places.delete(agentId);
    else if (deed !== 'regroup') this.#places.set(agentId, home);
  }

  failed(home: number, error: MusterError): void {
    const errors = this.homes[home]?.errors ?? {};
    const before = errors[error.code] ?? 0;
    errors[error.code] = before + 1;
    if (before === 0) this.#onTrouble({ nodeName: this.#names[home] ?? '', error });
  }

  connectedTo(home: number): number {
    let agents = 0;
    for (const place of this.#places.values()) agents += Number(place === home);
    return agents;
  }
}
