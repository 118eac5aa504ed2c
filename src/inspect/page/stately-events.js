/** What the events say that they are of: the version of `@statelyai/inspect` with which this was tried. */
const VERSION = '0.7.2';

/** Says what a node records in the words of `@statelyai/inspect`. Frames have none there. */
export class StatelyTeller {
  #definitions;
  #root = null;

  /** `definitions`: the chart of a machine as JSON, by the id that it has while it runs. */
  constructor(definitions) {
    this.#definitions = definitions;
  }

  eventsOf(record) {
    if (record.kind === 'actor') return [this.#actor(record)];
    if (record.kind === 'event') {
      const { to, from, event } = record;
      const said = { type: '@xstate.event', sessionId: to, sourceId: from ?? undefined, event };
      return [this.#complete(record, said)];
    }
    if (record.kind === 'step' && record.state !== null) {
      const { actor, event, state } = record;
      const said = { type: '@xstate.snapshot', sessionId: actor, event, snapshot: snapshotOf(state) };
      return [this.#complete(record, said)];
    }
    return [];
  }

  #actor(record) {
    const { actor, parent, id, machine, state } = record;
    if (parent === null) this.#root = actor;
    // A machine that the catalogue does not name, such as a supervisor, and an effect have a name and no chart.
    const name = id === actor ? (machine ?? actor) : id;
    return this.#complete(record, {
      type: '@xstate.actor',
      name,
      sessionId: actor,
      parentId: parent ?? undefined,
      definition: this.#definitions[machine] ?? JSON.stringify({ id: name }),
      snapshot: state === null ? { status: 'active' } : snapshotOf(state),
    });
  }

  #complete({ atMs }, said) {
    return { ...said, id: null, rootId: this.#root ?? undefined, createdAt: String(atMs), _version: VERSION };
  }
}

function snapshotOf({ status, value, context, result }) {
  const end = status === 'error' ? { error: result } : { output: result };
  return { status, value, context, ...end };
}
