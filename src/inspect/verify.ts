import { type AnyMachineSnapshot, type AnyStateMachine, createEmptyActor } from 'xstate';
import { catalog } from '../../machines/catalog.ts';
import { CUT } from './plain.ts';
import { pureMachine } from './pure-machine.ts';
import type { ActorState, InspectionRecord, Plain, StepRecord } from './records.ts';

/** A step that its machine does not allow from where the actor stood. */
export interface Departure {
  readonly actor: string;
  /** Id of the machine, and of its chart. */
  readonly machine: string;
  readonly chart: string;
  readonly record: number;
  readonly event: Plain;
  readonly from: Plain;
  /** Where the recording says that it went. */
  readonly recorded: string;
  /** Where the machine goes, or what it says against it. */
  readonly allowed: string;
}

export interface Verdict {
  /** Steps that were compared. */
  readonly steps: number;
  /** Steps of machines that could not be: cut where they were long, after a gap, or of supervisors, whose charts depend on their children. */
  readonly passedOver: number;
  readonly departures: readonly Departure[];
}

const BY_ID = new Map(
  catalog.map(({ id, machine }) => [machine.id, { chart: id, machine: untimed(machine) }]),
);
/** Ends an actor from outside, in whatever state it is. */
const STOP = 'xstate.stop';
const INIT = 'xstate.init';

interface Known {
  readonly machine: string;
  /** Null while it is not known: after a gap, or before its first step. */
  state: ActorState | null;
}

/**
 * Replays recorded steps through the machines: from where each actor stood, its event has to lead to where the recording
 * says that it went. Effects do not run: what they brought stands in the recording, as events.
 */
export class Verifier {
  readonly #actors = new Map<string, Known>();
  readonly #departures: Departure[] = [];
  #steps = 0;
  #passedOver = 0;

  take(record: InspectionRecord): void {
    if (record.kind === 'actor' && record.machine !== null)
      this.#actors.set(record.actor, { machine: record.machine, state: record.state });
    else if (record.kind === 'gap') for (const known of this.#actors.values()) known.state = null;
    else if (record.kind === 'step') this.#step(record);
  }

  get verdict(): Verdict {
    return { steps: this.#steps, passedOver: this.#passedOver, departures: this.#departures };
  }

  #step(record: StepRecord): void {
    const known = this.#actors.get(record.actor);
    if (known === undefined || record.state === null) return;
    const before = known.state;
    known.state = record.state;
    if (record.status !== 'active') this.#actors.delete(record.actor);
    const type = typeOf(record.event);
    if (type === INIT || type === STOP) return;
    const entry = BY_ID.get(known.machine);
    if (entry === undefined || before === null || isCut(record.event) || isCut(before.context)) {
      this.#passedOver += 1;
      return;
    }
    this.#steps += 1;
    const allowed = whereTo(entry.machine, before, record.event);
    const recorded = placeOf(record.state);
    if (allowed === recorded) return;
    this.#departures.push({
      actor: record.actor,
      machine: known.machine,
      chart: entry.chart,
      record: record.number,
      event: record.event,
      from: before.value,
      recorded,
      allowed,
    });
  }
}

/** How long a machine waits is the node's; that it waited is what is recorded. */
function untimed(machine: AnyStateMachine): AnyStateMachine {
  const names = Object.keys(machine.implementations.delays);
  return machine.provide({ delays: Object.fromEntries(names.map((name) => [name, 1])) });
}

/** State value and status, as one text. */
const placeOf = ({ value, status }: Pick<ActorState, 'value' | 'status'>) =>
  `${JSON.stringify(value)} ${status}`;

function whereTo(machine: AnyStateMachine, before: ActorState, event: Plain): string {
  try {
    const { value, status } = pureMachine(machine).next(snapshotOf(machine, before), event as never);
    return placeOf({ value, status });
  } catch {
    // A machine that throws has failed, which is what is recorded then.
    return placeOf({ value: before.value, status: 'error' });
  }
}

function snapshotOf(machine: AnyStateMachine, { value, context, children }: ActorState): AnyMachineSnapshot {
  const snapshot = machine.resolveState({ value: value as never, context: context as never });
  return Object.assign(snapshot, {
    children: Object.fromEntries(children.map((id) => [id, createEmptyActor()])),
  });
}

const typeOf = (event: Plain) => (event as { type?: unknown } | null)?.type;

/** Whether a part was left out when it was recorded. */
function isCut(value: Plain): boolean {
  if (typeof value === 'string') return value.endsWith(CUT);
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).some(([name, part]) => name === CUT || isCut(part));
}
