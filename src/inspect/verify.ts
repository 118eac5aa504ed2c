import { catalog } from '../../machines/catalog.ts';
import { type Difference, differenceOf } from './compare-outcomes.ts';
import { isCut } from './plain.ts';
import type { ActorState, InspectionRecord, Plain, StepRecord } from './records.ts';
import { isBeginning, type Outcome, replayed, typeOf, untimed } from './replay.ts';

/** A step that its machine does not allow from where the actor stood. `recorded` and `allowed` are where it goes. */
export interface Departure extends Difference {
  readonly actor: string;
  /** Id of the machine, and of its chart. */
  readonly machine: string;
  readonly chart: string;
  readonly record: number;
  readonly event: Plain;
  /** Null where it begins. */
  readonly from: Plain;
}

/** Steps of all actors that run one machine. */
export interface MachineSteps {
  readonly machine: string;
  /** Null for what the catalogue does not name: supervisors, whose charts depend on their children. */
  readonly chart: string | null;
  /** Those that were compared. */
  steps: number;
  /** Those that could not be: of supervisors, after a gap, or cut where they were long. */
  passedOver: number;
}

/** Events that no transition answered. It stays where it stands, which every machine allows. */
export interface Unanswered {
  readonly machine: string;
  readonly event: string;
  count: number;
}

export interface Verdict {
  /** Steps that were compared. */
  readonly steps: number;
  readonly passedOver: number;
  readonly departures: readonly Departure[];
  readonly machines: readonly MachineSteps[];
  readonly unanswered: readonly Unanswered[];
}

const BY_ID = new Map(
  catalog.map(({ id, machine }) => [machine.id, { chart: id, machine: untimed(machine) }]),
);
/** Ends an actor from outside: no transition has to answer it. */
const STOP = 'xstate.stop';

interface Known {
  readonly machine: string;
  /** Null while it is not known: after a gap, or before its first step. */
  state: ActorState | null;
}

/**
 * Replays recorded steps through the machines: from where each actor stood, its event has to lead to where the recording
 * says that it went, by the same transitions. Effects do not run: what they brought stands in the recording, as events.
 */
export class Verifier {
  readonly #actors = new Map<string, Known>();
  readonly #departures: Departure[] = [];
  readonly #machines = new Map<string, MachineSteps>();
  readonly #unanswered = new Map<string, Unanswered>();

  take(record: InspectionRecord): void {
    if (record.kind === 'actor' && record.machine !== null)
      this.#actors.set(record.actor, { machine: record.machine, state: record.state });
    else if (record.kind === 'gap') for (const known of this.#actors.values()) known.state = null;
    else if (record.kind === 'step') this.#step(record);
  }

  get verdict(): Verdict {
    const machines = [...this.#machines.values()];
    const sum = (of: 'steps' | 'passedOver') => machines.reduce((total, each) => total + each[of], 0);
    return {
      steps: sum('steps'),
      passedOver: sum('passedOver'),
      departures: this.#departures,
      machines,
      unanswered: [...this.#unanswered.values()],
    };
  }

  #step(record: StepRecord): void {
    const known = this.#actors.get(record.actor);
    const { state: after } = record;
    if (known === undefined || after === null) return;
    const { machine, state: before } = known;
    known.state = after;
    if (record.status !== 'active') this.#actors.delete(record.actor);
    const counts = this.#countsOf(machine);
    const entry = BY_ID.get(machine);
    if (entry === undefined || !isWhole(record.event, before)) {
      counts.passedOver += 1;
      return;
    }
    counts.steps += 1;
    this.#countUnanswered(machine, record);
    const from = isBeginning(record.event) ? null : before;
    const recorded = { state: after, taken: record.taken };
    const allowed = interruptedAs(recorded, from, replayed(entry.machine, from, record.event));
    const difference = differenceOf(recorded, allowed);
    if (difference === null) return;
    const { actor, event, number } = record;
    const { chart } = entry;
    const place = { actor, machine, chart, record: number, event, from: from?.value ?? null };
    this.#departures.push({ ...place, ...difference });
  }

  #countsOf(machine: string): MachineSteps {
    const chart = BY_ID.get(machine)?.chart ?? null;
    const counts = this.#machines.get(machine) ?? { machine, chart, steps: 0, passedOver: 0 };
    this.#machines.set(machine, counts);
    return counts;
  }

  #countUnanswered(machine: string, { event, taken, status }: StepRecord): void {
    const type = typeOf(event);
    if (taken.length > 0 || status === 'error' || isBeginning(event) || type === STOP) return;
    const key = `${machine} ${type}`;
    const found = this.#unanswered.get(key) ?? { machine, event: type, count: 0 };
    found.count += 1;
    this.#unanswered.set(key, found);
  }
}

/**
 * What a node gives its machines can throw, too, where it does not run here. It ends the step within, and who failed stands
 * where it stood; where it begins, that is where it would have begun.
 */
function interruptedAs(recorded: Outcome, from: ActorState | null, allowed: Outcome): Outcome {
  const { status, result } = recorded.state;
  if (status !== 'error' || allowed.state.status === 'error') return allowed;
  const state = { ...(from ?? allowed.state), status, result };
  return { state, taken: allowed.taken.slice(0, recorded.taken.length) };
}

/** Whether all is known that a step depends on: of its beginning only the input. */
const isWhole = (event: Plain, before: ActorState | null) =>
  event !== null && !isCut(event) && (isBeginning(event) || (before !== null && !isCut(before.context)));
