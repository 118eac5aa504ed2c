import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { AnyEventObject, AnyMachineSnapshot, StateValue } from 'xstate';
import { eventTitle } from './graph.ts';
import type { Replay } from './replay.ts';
import type { Stub } from './stubs.ts';

const FOLDER = new URL('../model/behaviour/', import.meta.url);
const isWriting = process.env.GOLDEN === 'write';
/** Title of the test that compares. */
export const TABLE_TEST = 'does what its table says';
const START = 'at the start';

/** What a replay was like before an event. */
interface Before {
  readonly snapshot: AnyMachineSnapshot;
  readonly live: readonly Stub[];
}

/**
 * What a machine does, event by event in every state: taken down while its paths are replayed, and compared with the
 * text that was read and committed. The graph of a machine lacks what the machine has lost; its table shows that.
 */
export class BehaviourTable {
  readonly #machine: string;
  /** By state, the rows of each of its events: more than one, where the context decides. */
  readonly #states = new Map<string, Map<string, Set<string>>>();

  constructor(machine: string) {
    this.#machine = machine;
  }

  start(replay: Replay): void {
    const { snapshot } = replay;
    this.note('', START, `→ ${stateOf(snapshot)}: ${deedsOf(replay, [], '').join(', ')}`);
  }

  /** Plays an event, and takes down what follows. */
  play(replay: Replay, event: AnyEventObject): void {
    const before: Before = { snapshot: replay.snapshot, live: replay.cast.live };
    replay.play(event);
    const kept = changedKeys(before.snapshot.context, replay.snapshot.context);
    const deeds = [...deedsOf(replay, before.live, event.actorId), ...kept.map((key) => `${key} :=`)];
    const what = [`→ ${stateOf(replay.snapshot)}`, deeds.join(', ')].filter(Boolean).join(': ');
    this.note(stateOf(before.snapshot), eventTitle(event), what);
  }

  /** Fails where it is another one than the one that is kept. */
  check(): void {
    const file = new URL(`${this.#machine}.txt`, FOLDER);
    if (isWriting) writeFileSync(file, this.text());
    const kept = existsSync(file) ? readFileSync(file, 'utf8') : '';
    assert.equal(
      this.text(),
      kept,
      `${this.#machine} does not what test/model/behaviour says: if it is right now, write that with GOLDEN=write`,
    );
  }

  text(): string {
    const blocks = [...this.#states].map(([state, events]) => {
      const rows = [...events].flatMap(([event, outcomes]) =>
        [...outcomes].sort().map((what) => `${event} ${what}`),
      );
      return state === '' ? rows.join('\n') : [state, ...rows.map((row) => `  ${row}`)].join('\n');
    });
    return `${blocks.join('\n\n')}\n`;
  }

  /** A row: what followed an event in a state. */
  note(state: string, title: string, what: string): void {
    const event = withoutPlace(title);
    const events = this.#states.get(state) ?? new Map<string, Set<string>>();
    const outcomes = events.get(event) ?? new Set();
    this.#states.set(state, events.set(event, outcomes.add(what)));
  }
}

/** Actions, children that begin (+) and end (-), what is sent to whom, and timers. */
function deedsOf(replay: Replay, before: readonly Stub[], ended: unknown): string[] {
  const { actions, started, told, toParent } = replay.last;
  // A machine that has ended has no children any more.
  const watched = replay.snapshot.status === 'active' ? before : [];
  const stopped = watched.filter(({ id, isLive }) => !isLive && id !== ended).map(({ id }) => id);
  return [
    ...actions.map(({ type }) => type),
    ...stopped.sort().map((id) => `-${id}`),
    ...started.map(({ id }) => `+${id}`),
    ...told.map(({ child, event }) => `${event.type} to ${child}`),
    ...toParent.filter(({ type }) => !type.startsWith('xstate.')).map(({ type }) => `${type} to parent`),
    ...replay.lastTimers.map((type) => withoutPlace(eventTitle({ type }))),
  ];
}

function changedKeys(before: Record<string, unknown>, after: Record<string, unknown>): string[] {
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return keys.filter((key) => JSON.stringify(before[key]) !== JSON.stringify(after[key]));
}

/** `after:deadline.machine.state` is the deadline of the state in whose block it stands. */
const withoutPlace = (title: string): string => title.replace(/^(after:[^.]+)\..*/, '$1');

export function stateOf({ value, status, output }: AnyMachineSnapshot): string {
  const outcome: unknown = output?.outcome ?? status;
  return status === 'active' ? stateName(value) : `${stateName(value)} (${outcome})`;
}

/** `established.monitored`; the regions of a parallel state with a plus between them. */
export function stateName(value: StateValue): string {
  if (typeof value === 'string') return value;
  const regions = Object.entries(value).map(([key, inner]) =>
    [key, stateName(inner as StateValue)].filter(Boolean),
  );
  return regions.map((names) => names.join('.')).join(' + ');
}
