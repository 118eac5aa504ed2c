/** Records that the page keeps. */
const MAX_RECORDS = 3_000;
/** Actors that have ended stay in the tree so long, greyed out, so that one sees that they were there. */
const ENDED_STAYS_MS = 2_500;

/** What the page knows of a node: its actors as they stand, and the last records. */
export class Model {
  constructor() {
    this.reset();
  }

  /** The connection is new: what is there is told anew. */
  reset() {
    this.actors = new Map();
    this.records = [];
    this.generation = 0;
    this.isCatchingUp = false;
    this.told = 0;
  }

  take(batch) {
    for (const record of batch) {
      this.told += 1;
      if (record.kind !== 'actor' && this.isCatchingUp && record.kind !== 'gap') this.forgetUnknown();
      this[record.kind](record);
    }
    const now = Date.now();
    for (const actor of this.actors.values())
      if (actor.endedMs !== null && now - actor.endedMs > ENDED_STAYS_MS) this.actors.delete(actor.actor);
  }

  actor(record) {
    const known = this.actors.get(record.actor);
    const { actor, parent, id, machine, state, atMs } = record;
    this.actors.set(actor, {
      actor,
      parent,
      // The root has no name of its own.
      id: id === actor ? machine : id,
      machine,
      state,
      startedMs: known?.startedMs ?? atMs,
      changedMs: known !== undefined && same(known.state?.value, state?.value) ? known.changedMs : atMs,
      endedMs: null,
      step: known?.step ?? null,
      waiting: [],
      generation: this.generation,
    });
  }

  event(record) {
    this.keep(record);
    this.actors.get(record.to)?.waiting.push(record);
  }

  step(record) {
    const actor = this.actors.get(record.actor);
    if (actor !== undefined) {
      const before = actor.state?.value;
      if (record.state !== null) actor.state = record.state;
      if (!same(before, record.state?.value)) actor.changedMs = record.atMs;
      if (record.taken.length > 0) actor.step = record;
      actor.waiting = actor.waiting.slice(1);
      if (record.status !== 'active') actor.endedMs = record.atMs;
      record.before = before;
    }
    this.keep(record);
  }

  frame(record) {
    this.keep(record);
  }

  /** Belongs to the last frame of its connection, direction and counter. */
  content(record) {
    const frame = this.records.findLast(
      ({ kind, connection, direction, counter }) =>
        kind === 'frame' &&
        connection === record.connection &&
        direction === record.direction &&
        counter === record.counter,
    );
    if (frame !== undefined) frame.content = record.content;
  }

  gap(record) {
    this.keep(record);
    this.generation += 1;
    this.isCatchingUp = true;
  }

  /** After a gap: those that were not told anew have ended in it. */
  forgetUnknown() {
    this.isCatchingUp = false;
    for (const [name, { generation }] of this.actors)
      if (generation !== this.generation) this.actors.delete(name);
  }

  keep(record) {
    this.records.push(record);
    if (this.records.length > MAX_RECORDS * 1.2) this.records.splice(0, this.records.length - MAX_RECORDS);
  }

  /** The children of an actor; of null, the root. */
  below(parent) {
    return [...this.actors.values()].filter((actor) => actor.parent === parent);
  }

  /** Those of them that have not ended. */
  livingBelow(parent) {
    return this.below(parent).filter(({ endedMs }) => endedMs === null);
  }

  /** `connections.3/transfers`: the names from the root down. */
  pathOf(name) {
    const names = [];
    for (let actor = this.actors.get(name); actor !== undefined; actor = this.actors.get(actor.parent))
      names.unshift(actor.id);
    return names.slice(names.length > 1 ? 1 : 0).join('/') || name;
  }
}

const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);

/** `receiving.waiting`, `up: on | down: off` */
export function valueText(value) {
  if (value === null || value === undefined) return '';
  if (typeof value === 'string') return value;
  const parts = Object.entries(value).map(([name, inner]) => {
    const text = valueText(inner);
    return text === '' ? name : `${name}.${text}`;
  });
  return parts.join(' | ');
}

/** The ids of the states that are active, as the chart names them. */
export function activeStates(root, value) {
  if (typeof value === 'string') return [`${root}.${value}`];
  return Object.entries(value ?? {}).flatMap(([name, inner]) => [
    `${root}.${name}`,
    ...activeStates(`${root}.${name}`, inner),
  ]);
}
