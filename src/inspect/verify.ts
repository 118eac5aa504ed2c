import type { AnyStateMachine } from 'xstate';
import { catalog } from '../../machines/catalog.ts';
import { SUPERVISOR } from './charts.ts';
import { type Difference, differenceOf } from './compare-outcomes.ts';
import { isCut } from './plain.ts';
import { RecordedSupervisor } from './recorded-supervisor.ts';
import type { ActorRecord, ActorState, InspectionRecord, Plain, StepRecord } from './records.ts';
import { isBeginning, type Outcome, type Replayed, replayed, typeOf, untimed } from './replay.ts';

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

/** Why a step is not compared. */
export type Reason = 'unknownMachine' | 'dynamicSupervisor' | 'unknownActor' | 'cut' | 'notRecorded';

/** Steps of all actors that run one machine. */
export interface MachineSteps {
  /** Its id; `(dynamic supervisors)` and `(unknown actors)` for those that are known to run none, or not known. */
  readonly machine: string;
  /** Null where it is not known. */
  readonly chart: string | null;
  /** Those that were compared. */
  steps: number;
  /** Those that could not be. */
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
  /** How many were passed over for each reason that there was. */
  readonly reasons: Readonly<Partial<Record<Reason, number>>>;
  readonly departures: readonly Departure[];
  readonly machines: readonly MachineSteps[];
  readonly unanswered: readonly Unanswered[];
}

interface Entry {
  /** As the machine has it while it runs. */
  readonly id: string;
  readonly chart: string;
  readonly machine: AnyStateMachine;
  /** Where its own code asks for the time. */
  setClock?(record: StepRecord, before: ActorState | null): void;
}

const BY_ID: ReadonlyMap<string, Entry> = new Map(
  catalog.map(({ id, machine }) => [
    machine.id,
    { id: machine.id, chart: id, machine: untimed(machine as AnyStateMachine) },
  ]),
);
/** Ends an actor from outside: no transition has to answer it. */
const STOP = 'xstate.stop';

const DYNAMIC_SUPERVISORS = '(dynamic supervisors)';
const UNKNOWN_ACTORS = '(unknown actors)';

interface Known {
  /** Null for an effect, and for a dynamic supervisor: of these only the second stands somewhere. */
  readonly machine: string | null;
  /** Null where there is nothing to replay its steps with. */
  readonly entry: Entry | null;
  /** Null while it is not known: before its first step. */
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
  readonly #reasons = new Map<Reason, number>();

  take(record: InspectionRecord): void {
    if (record.kind === 'actor') {
      const { actor, machine, state } = record;
      this.#actors.set(actor, { machine, entry: entryOf(record), state });
    } else if (record.kind === 'step') this.#step(record);
  }

  get verdict(): Verdict {
    const machines = [...this.#machines.values()];
    const sum = (of: 'steps' | 'passedOver') => machines.reduce((total, each) => total + each[of], 0);
    return {
      steps: sum('steps'),
      passedOver: sum('passedOver'),
      reasons: Object.fromEntries(this.#reasons),
      departures: this.#departures,
      machines,
      unanswered: [...this.#unanswered.values()],
    };
  }

  #step(record: StepRecord): void {
    const known = this.#actors.get(record.actor);
    const before = known?.state ?? null;
    const { state: after } = record;
    if (known !== undefined) known.state = after;
    if (record.status !== 'active') this.#actors.delete(record.actor);
    // An effect just runs.
    if (known?.machine === null && after === null) return;
    const reason = whyNot(record, known, before);
    const entry = known?.entry ?? null;
    if (reason !== null) this.#passOver(nameOf(known), entry, reason);
    else if (entry !== null && after !== null) {
      this.#countsOf(entry.id, entry).steps += 1;
      this.#countUnanswered(entry.id, record);
      this.#compare(record, after, before, entry);
    }
  }

  #compare(record: StepRecord, after: ActorState, before: ActorState | null, entry: Entry): void {
    const from = isBeginning(record.event) ? null : before;
    entry.setClock?.(record, from);
    const recorded = { state: after, taken: record.taken };
    const allowed = interruptedAs(recorded, from, replayed(entry.machine, from, record.event));
    const difference = differenceOf(recorded, allowed);
    if (difference === null) return;
    const { actor, event, number } = record;
    const { chart, id: machine } = entry;
    const place = { actor, machine, chart, record: number, event, from: from?.value ?? null };
    this.#departures.push({ ...place, ...difference });
  }

  #passOver(machine: string, entry: Entry | null, reason: Reason): void {
    this.#countsOf(machine, entry).passedOver += 1;
    this.#reasons.set(reason, (this.#reasons.get(reason) ?? 0) + 1);
  }

  #countsOf(machine: string, entry: Entry | null): MachineSteps {
    const chart = entry?.chart ?? null;
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
 * An action that a node gives its machine can throw, too, where it does not run here. It ends the step within, and who
 * failed stands where it stood; where it begins, that is where it would have begun. Where no action is on the way, nothing
 * but the machine itself can fail.
 */
function interruptedAs(recorded: Outcome, from: ActorState | null, allowed: Replayed): Outcome {
  const { status, result } = recorded.state;
  if (status !== 'error' || allowed.state.status === 'error' || allowed.actions.length === 0) return allowed;
  const state = { ...(from ?? allowed.state), status, result };
  return { state, taken: allowed.taken.slice(0, recorded.taken.length) };
}

function entryOf({ machine, supervision }: ActorRecord): Entry | null {
  if (machine === null) return null;
  const known = BY_ID.get(machine);
  if (known !== undefined || supervision === undefined) return known ?? null;
  const recorded = RecordedSupervisor.of(machine, supervision);
  if (recorded === null) return null;
  const setClock: Entry['setClock'] = (record, before) => recorded.setClock(record, before);
  return { id: machine, chart: SUPERVISOR, machine: recorded.machine, setClock };
}

const nameOf = (known: Known | undefined): string =>
  known === undefined ? UNKNOWN_ACTORS : (known.machine ?? DYNAMIC_SUPERVISORS);

/** Why a step cannot be compared; null if it can. `before`: where its actor stood, if that is known. */
function whyNot(
  { event, state }: StepRecord,
  known: Known | undefined,
  before: ActorState | null,
): Reason | null {
  if (known === undefined) return 'unknownActor';
  if (known.machine === null) return 'dynamicSupervisor';
  if (known.entry === null) return 'unknownMachine';
  if (event === null || state === null) return 'notRecorded';
  if (isCut(event)) return 'cut';
  // Of its beginning all is known by the input.
  if (isBeginning(event)) return null;
  if (before === null) return 'notRecorded';
  return isCut(before.context) ? 'cut' : null;
}
