import { Keepalives } from './keepalives.js';
import { Mailbox } from './mailbox.js';

/** Records that the page keeps. */
const MAX_RECORDS = 3_000;
/** Actors that have ended stay in the tree so long, greyed out, so that one sees that they were there. */
const ENDED_STAYS_MS = 2_500;

/** What the page knows of a node: its actors as they stand, and the last records. */
export class Model {
  /** The records as they were when the list was told to stand still; null while it goes on. */
  #still = null;
  /** The names of the children of each actor that has or had some: nobody looks through all actors for those of one. */
  #children = new Map();
  /** The names of the actors that serve a connection, by its number. */
  #serving = new Map();
  /** Connections so far: actors, connections and frames of another one have other names, and may have the same. */
  #life = 0;

  constructor() {
    this.reset();
  }

  /** The connection is new: what is there is told anew. What stands still stays. */
  reset() {
    this.#life += 1;
    this.actors = new Map();
    this.#children.clear();
    this.#serving.clear();
    this.keepalives = new Keepalives();
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
      if (actor.endedMs !== null && now - actor.endedMs > ENDED_STAYS_MS) this.forget(actor);
  }

  /** The list of records stays as it is, whatever is told meanwhile. */
  standStill() {
    this.#still = [...this.records];
  }

  goOn() {
    this.#still = null;
  }

  /** Whether what a record names is what has that name now. */
  isOfThisLife({ life }) {
    return life === this.#life;
  }

  get isStill() {
    return this.#still !== null;
  }

  /** The records that are listed and searched. */
  get shown() {
    return this.#still ?? this.records;
  }

  actor(record) {
    const known = this.actors.get(record.actor);
    const { actor, parent, id, machine, state, atMs, wasThere } = record;
    const isSame = known !== undefined && same(known.state?.value, state?.value);
    const mailbox = known?.mailbox ?? new Mailbox();
    // Actors are told between the turns of the node, when nothing waits.
    mailbox.clear();
    addTo(this.#children, parent, actor);
    this.#serves(actor, known?.state, state);
    this.actors.set(actor, {
      actor,
      parent,
      // The root has no name of its own.
      id: id === actor ? machine : id,
      machine,
      state,
      changedMs: isSame ? known.changedMs : atMs,
      // Of what was there before it is only known that it is not younger.
      isAgeKnown: isSame ? known.isAgeKnown : !wasThere,
      endedMs: null,
      step: known?.step ?? null,
      mailbox,
      generation: this.generation,
    });
  }

  event(record) {
    this.keep(record);
    const actor = this.actors.get(record.to);
    // Who has ended takes nothing any more.
    if (actor !== undefined && actor.endedMs === null) actor.mailbox.came(record.event, record.waiting);
  }

  step(record) {
    const actor = this.actors.get(record.actor);
    if (actor !== undefined) {
      const before = actor.state?.value;
      if (record.state !== null) {
        this.#serves(record.actor, actor.state, record.state);
        actor.state = record.state;
      }
      if (!same(before, record.state?.value)) {
        actor.changedMs = record.atMs;
        actor.isAgeKnown = true;
      }
      if (record.taken.length > 0) actor.step = record;
      if (record.status === 'active') actor.mailbox.handled(record.event);
      else {
        actor.mailbox.clear();
        actor.endedMs = record.atMs;
      }
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
    if (frame === undefined) return;
    frame.content = record.content;
    // It may have been searched before.
    frame.text = undefined;
  }

  gap(record) {
    this.keep(record);
    this.generation += 1;
    this.isCatchingUp = true;
  }

  /** After a gap: those that were not told anew have ended in it. */
  forgetUnknown() {
    this.isCatchingUp = false;
    for (const actor of this.actors.values()) if (actor.generation !== this.generation) this.forget(actor);
  }

  forget({ actor, parent, state }) {
    this.actors.delete(actor);
    takeFrom(this.#children, parent, actor);
    this.#serves(actor, state, null);
  }

  /** An actor has moved: from then on it serves the connection that its context names. */
  #serves(name, before, after) {
    const connection = after?.context?.connectionId ?? null;
    const earlier = before?.context?.connectionId ?? null;
    if (connection === earlier) return;
    if (earlier !== null) takeFrom(this.#serving, earlier, name);
    if (connection !== null) addTo(this.#serving, connection, name);
  }

  keep(record) {
    this.#name(record);
    record.life = this.#life;
    record.isKeepalive = this.keepalives.has(this, record);
    this.records.push(record);
    if (this.records.length > MAX_RECORDS * 1.2) this.records.splice(0, this.records.length - MAX_RECORDS);
  }

  /** Now: who has ended is soon not known any more, and the list is drawn anew with each search. */
  #name(record) {
    const { actor, from, to, connection } = record;
    const about = actor ?? to;
    if (about !== undefined) record.path = this.pathOf(about);
    if (typeof from === 'string') record.fromPath = this.pathOf(from);
    if (connection !== undefined) record.node = this.peerAt(connection);
  }

  /** The children of an actor; of null, the root. */
  below(parent) {
    return [...(this.#children.get(parent) ?? [])].map((name) => this.actors.get(name));
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

  /** The same for people: with the node that is at the other end, once it has said who it is. */
  titleOf(name) {
    const peer = this.peerOf(name);
    return peer === null ? this.pathOf(name) : `${this.pathOf(name)} (${peer})`;
  }

  /** The name of the node at the other end of an actor's connection; null where there is none, or it is not known. */
  peerOf(name) {
    return this.find(name, ({ worker, master }) => worker?.name ?? master?.name);
  }

  /** The connection that an actor, or one above it, serves; null if none does. */
  connectionOf(name) {
    return this.find(name, ({ connectionId }) => connectionId);
  }

  /** What the nearest context has, from the actor upwards. */
  find(name, select) {
    for (let actor = this.actors.get(name); actor !== undefined; actor = this.actors.get(actor.parent)) {
      const found = select(actor.state?.context ?? {});
      if (found !== undefined && found !== null) return found;
    }
    return null;
  }

  /** The node at the other end of a connection, by its number. */
  peerAt(connection) {
    for (const name of this.#serving.get(connection) ?? []) {
      const peer = this.peerOf(name);
      if (peer !== null) return peer;
    }
    return null;
  }
}

function addTo(sets, key, name) {
  const set = sets.get(key);
  if (set === undefined) sets.set(key, new Set([name]));
  else set.add(name);
}

function takeFrom(sets, key, name) {
  const set = sets.get(key);
  set?.delete(name);
  if (set?.size === 0) sets.delete(key);
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
