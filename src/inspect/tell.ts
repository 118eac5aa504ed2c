import type { ActorState, InspectionRecord, Plain } from './records.ts';

/** The names of actors, as records come. */
export class ActorNames {
  readonly #actors = new Map<string, { id: string; parent: string | null }>();

  /** The nodes at the other ends of connections, by the actors whose contexts name them. */
  readonly #peers = new Map<string, string>();
  /** The connections that actors serve, by the actors whose contexts name them. */
  readonly #connections = new Map<string, number>();

  note(record: InspectionRecord): void {
    if (record.kind !== 'actor' && record.kind !== 'step') return;
    const peer = peerIn(record.state);
    if (peer !== null) this.#peers.set(record.actor, peer);
    const connection = connectionIn(record.state);
    if (connection !== null) this.#connections.set(record.actor, connection);
    if (record.kind !== 'actor') return;
    const { actor, parent, id, machine } = record;
    this.#actors.set(actor, { parent, id: id === actor ? (machine ?? id) : id });
  }

  /** `connections/connections.3/transfers`, without the root. */
  of(actor: string | null): string {
    if (actor === null) return 'outside';
    const known = this.#actors.get(actor);
    if (known === undefined) return actor;
    if (known.parent === null) return known.id;
    const above = this.#actors.get(known.parent);
    return above === undefined || above.parent === null ? known.id : `${this.of(known.parent)}/${known.id}`;
  }

  /** The node at the other end of the connection that an actor, or one above it, serves; null until it has been named. */
  peerOf(actor: string | null): string | null {
    return this.#nearest(this.#peers, actor);
  }

  /** The connection that an actor, or one above it, serves; null if none does. */
  connectionOf(actor: string): number | null {
    return this.#nearest(this.#connections, actor);
  }

  /** `connections/connections.3/transfers [worker1]`: for people. */
  titleOf(actor: string | null): string {
    const peer = this.peerOf(actor);
    return peer === null ? this.of(actor) : `${this.of(actor)} [${peer}]`;
  }

  /** What there is of an actor, or of the first above it of which there is something. */
  #nearest<Known>(known: ReadonlyMap<string, Known>, actor: string | null): Known | null {
    for (let at = actor; at !== null; at = this.#actors.get(at)?.parent ?? null) {
      const found = known.get(at);
      if (found !== undefined) return found;
    }
    return null;
  }
}

/** On a master the worker, on a worker the master, once it has said who it is. */
function peerIn(state: ActorState | null): string | null {
  const { worker, master } = (state?.context ?? {}) as Record<string, { readonly name?: unknown } | null>;
  const name = worker?.name ?? master?.name;
  return typeof name === 'string' ? name : null;
}

function connectionIn(state: ActorState | null): number | null {
  const { connectionId } = (state?.context ?? {}) as { readonly connectionId?: unknown };
  return typeof connectionId === 'number' ? connectionId : null;
}

/** `receiving.waiting`, `changes.none work.pausing`; empty for an effect. */
export function valueText(value: Plain | undefined): string {
  if (value === null || value === undefined) return '';
  if (typeof value !== 'object') return String(value);
  return Object.entries(value)
    .map(([name, inner]) => [name, valueText(inner)].filter((text) => text !== '').join('.'))
    .join(' ');
}

const typeOf = (event: Plain) => String((event as { type?: unknown } | null)?.type ?? '?');

/** What happened, in one line, without its time. */
export function lineOf(record: InspectionRecord, names: ActorNames): string {
  switch (record.kind) {
    case 'actor':
      return `+ ${names.titleOf(record.actor)}${record.machine === null ? '' : ` (${record.machine})`} ${valueText(record.state?.value)}`.trimEnd();
    case 'event':
      return `> ${names.titleOf(record.from)} -> ${names.titleOf(record.to)}: ${typeOf(record.event)}`;
    case 'step':
      return [
        `* ${names.titleOf(record.actor)}: ${typeOf(record.event)} =>`,
        valueText(record.state?.value),
        record.status,
      ]
        .filter((part) => part !== '')
        .join(' ');
    case 'frame':
      return `${record.direction === 'in' ? '<' : '='} ${record.peer} ${record.command} #${record.counter} ${record.sizeBytes} B`;
    case 'content':
      return `  #${record.counter} ${JSON.stringify(record.content)}`;
  }
}
