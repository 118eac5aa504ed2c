/**
 * Messages about requests that one node has sent over its connections and that are not confirmed yet. What is beyond the
 * bound waits, in its order, so that on a line that stands keepalives and files still find room in the channel.
 */
export class Unconfirmed {
  readonly #max: number;
  readonly #connections = new Map<number, { underWay: number; waiting: (() => void)[] }>();

  /** `max`: for each connection. */
  constructor(max: number) {
    this.#max = max;
  }

  /** Sends when there is room. Resolves and rejects as `send` does. */
  async send<T>(connectionId: number, send: () => Promise<T>): Promise<T> {
    const connection = this.#connections.get(connectionId) ?? { underWay: 0, waiting: [] };
    this.#connections.set(connectionId, connection);
    if (connection.underWay < this.#max) connection.underWay += 1;
    else await new Promise<void>((begin) => connection.waiting.push(begin));
    try {
      return await send();
    } finally {
      const next = connection.waiting.shift();
      if (next === undefined) connection.underWay -= 1;
      else next(); // its place goes on to the next one
      if (connection.underWay === 0) this.#connections.delete(connectionId);
    }
  }
}
