/**
 * Connections that were accepted or made and that no handler owns yet, by their identifier. Machines pass the
 * identifier on; the handler's `link` takes the connection itself.
 */
export class Connections<Connection> {
  readonly #waiting = new Map<number, Connection>();
  #lastId = 0;

  /** Keeps a connection until its handler takes it. */
  add(connection: Connection): number {
    this.#lastId += 1;
    this.#waiting.set(this.#lastId, connection);
    return this.#lastId;
  }

  /** Hands the connection over; undefined if nobody keeps it (any more). */
  take(connectionId: number): Connection | undefined {
    const connection = this.#waiting.get(connectionId);
    this.#waiting.delete(connectionId);
    return connection;
  }
}
