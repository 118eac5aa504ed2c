import type { InspectionRecord } from './records.ts';
import type { ActorNames } from './tell.ts';

/**
 * Which records are about actors that have a text in their names, as the page shows them of a chosen one: what they do, what
 * they send and are sent, and the frames of the connections that they serve, or that an actor above them serves.
 */
export class Concerns {
  readonly #text: string;
  readonly #names: ActorNames;
  readonly #connections = new Set<number>();

  constructor(text: string, names: ActorNames) {
    this.#text = text;
    this.#names = names;
  }

  /** Of a record that the names have noted, as all before it. */
  has(record: InspectionRecord): boolean {
    switch (record.kind) {
      case 'actor':
      case 'step':
        return this.#isMeant(record.actor) && this.#follow(record.actor);
      case 'event':
        return this.#isMeant(record.from) || this.#isMeant(record.to);
      case 'frame':
      case 'content':
        return this.#connections.has(record.connection);
    }
  }

  #isMeant(actor: string | null): boolean {
    return this.#names.titleOf(actor).includes(this.#text);
  }

  /** From here on the frames of its connection are about it. */
  #follow(actor: string): true {
    const connection = this.#names.connectionOf(actor);
    if (connection !== null) this.#connections.add(connection);
    return true;
  }
}
