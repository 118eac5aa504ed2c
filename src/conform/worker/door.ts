import { MusterError } from '../../protocol/errors.ts';
import type { Connection, Listener } from '../../transport/transport.ts';
import { type AroundWait, justWait } from '../around-wait.ts';
import { MAX_WAITING_CONNECTIONS } from '../limits.ts';
import type { Tongue } from '../target.ts';

/** The port at which a worker that is tested connects, again and again. */
export class Door {
  readonly #around: AroundWait;
  readonly #waiting: Connection[] = [];
  #listener: Listener | null = null;
  #wake: () => void = () => {};
  /** How a worker finds this port, and takes it for its master's. */
  #hint = '';
  /** Who failed before it could say anything. */
  #rejected: string | null = null;

  constructor(around: AroundWait = justWait) {
    this.#around = around;
  }

  /** Rejects with 3101. */
  async open(tongue: Tongue, masterName: string): Promise<void> {
    this.#hint = hintOf(tongue, masterName);
    this.#listener = await tongue.listen(masterName, {
      onConnection: (connection) => this.#take(connection),
      // Whoever has the key tries again.
      onRejected: (peer, error) => {
        this.#rejected = `${peer} was not let in: ${error.toLog()}`;
      },
      onError: () => {},
    });
  }

  get address(): string {
    return this.#listener?.address ?? '';
  }

  /** The next who connects; `who` that should be. Rejects with 3023 if nobody does in this time. */
  next(forMs: number, who: string): Promise<Connection> {
    return this.#around(`${who} to connect to ${this.address}`, forMs, this.#next(forMs));
  }

  async #next(forMs: number): Promise<Connection> {
    const untilMs = performance.now() + forMs;
    for (;;) {
      const connection = this.#waiting.shift();
      if (connection !== undefined) return connection;
      const leftMs = untilMs - performance.now();
      if (leftMs <= 0) throw new MusterError(3023, this.#whyNobody());
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, leftMs);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  async close(): Promise<void> {
    for (const connection of this.#waiting.splice(0)) connection.destroy(null);
    await this.#listener?.close();
  }

  #whyNobody(): string {
    const nobody = `nobody has connected to ${this.address} in time; ${this.#hint}`;
    return this.#rejected === null ? nobody : `${nobody}; ${this.#rejected}`;
  }

  #take(connection: Connection): void {
    // Who is tested is no stranger.
    connection.admit();
    this.#waiting.push(connection);
    if (this.#waiting.length > MAX_WAITING_CONNECTIONS) this.#waiting.shift()?.destroy(null);
    this.#wake();
  }
}

function hintOf({ provesName }: Tongue, masterName: string): string {
  const needed = provesName
    ? `with security.transport certificate, security.master_name ${masterName}, and the same authority`
    : 'by this dialect and with this key';
  return `a worker has to find its master there, ${needed}`;
}
