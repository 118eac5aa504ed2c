import { catalog } from '../../machines/catalog.ts';
import { SUPERVISOR } from './charts.ts';
import type { InspectionRecord } from './records.ts';
import { type ChartTransition, transitionKey, transitionsOf, underId } from './transitions.ts';

export const isMachine = (id: string) => catalog.some((entry) => entry.id === id);

/** How often recordings have taken a transition. */
export interface TransitionCount {
  readonly transition: ChartTransition;
  readonly count: number;
}

/** Which transitions of the machines of the catalogue recordings have taken. */
export class RecordedCoverage {
  /** By the id of the machine while it runs, then by the key of the transition. */
  readonly #counts = new Map(catalog.map(({ machine }) => [machine.id, new Map<string, number>()]));
  readonly #machines = new Map<string, string>();

  take(record: InspectionRecord): void {
    if (record.kind === 'actor' && record.machine !== null) this.#machines.set(record.actor, record.machine);
    if (record.kind !== 'step') return;
    const machine = this.#machines.get(record.actor);
    if (machine === undefined) return;
    const id = this.#counts.has(machine) ? machine : SUPERVISOR;
    const counts = this.#counts.get(id);
    for (const taken of record.taken) {
      const key = transitionKey(underId(id, taken));
      counts?.set(key, (counts.get(key) ?? 0) + 1);
    }
  }

  /** Of every machine that runs in nodes, by its id in the catalogue. */
  get all(): [string, TransitionCount[]][] {
    return catalog.filter(({ side }) => side !== 'peer').map(({ id }) => [id, this.of(id)]);
  }

  /** Of a machine by its id in the catalogue, in the order of its chart; empty if there is none. */
  of(id: string): TransitionCount[] {
    const { machine } = catalog.find((entry) => entry.id === id) ?? {};
    if (machine === undefined) return [];
    const counts = this.#counts.get(machine.id);
    return transitionsOf(machine).map((transition) => ({
      transition,
      count: counts?.get(transitionKey(transition)) ?? 0,
    }));
  }
}
