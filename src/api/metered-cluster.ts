import { MusterError } from '../protocol/errors.ts';
import type { MethodArgs, MethodName, MethodResult } from '../requests/methods.ts';
import type { AskOptions, ClusterPort } from './cluster-port.ts';
import { MAX_REQUESTS_IN_FLIGHT, MAX_USER_REQUESTS } from './limits.ts';

/** One request to the cluster that has ended. */
export interface Measured {
  readonly method: MethodName;
  readonly durationMs: number;
  /** Null if it went well. */
  readonly code: number | null;
}

/** The cluster, with a limit to what waits for it, and with somebody who looks on. */
export class MeteredCluster implements ClusterPort {
  readonly #cluster: ClusterPort;
  readonly #onMeasured: (measured: Measured) => void;
  #inFlight = 0;
  readonly #inFlightOf = new Map<string, number>();

  constructor(cluster: ClusterPort, onMeasured: (measured: Measured) => void) {
    this.#cluster = cluster;
    this.#onMeasured = onMeasured;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  async request<M extends MethodName>(
    method: M,
    args: MethodArgs<M>,
    options: AskOptions,
  ): Promise<MethodResult<M>> {
    const leave = this.#enter(options.user ?? '');
    const startedMs = performance.now();
    const ended = (code: number | null) =>
      this.#onMeasured({ method, durationMs: performance.now() - startedMs, code });
    try {
      const result = await this.#cluster.request(method, args, options);
      ended(null);
      return result;
    } catch (error) {
      const failure = MusterError.from(error);
      ended(failure.code);
      throw failure;
    } finally {
      leave();
    }
  }

  /** Takes a place; what is returned gives it back. Throws 3408. */
  #enter(user: string): () => void {
    const ofUser = this.#inFlightOf.get(user) ?? 0;
    if (this.#inFlight >= MAX_REQUESTS_IN_FLIGHT) {
      throw new MusterError(3408, `${MAX_REQUESTS_IN_FLIGHT} requests wait for their answers`);
    }
    if (ofUser >= MAX_USER_REQUESTS) {
      throw new MusterError(3408, `${MAX_USER_REQUESTS} requests of ${user} wait for their answers`);
    }
    this.#inFlight += 1;
    this.#inFlightOf.set(user, ofUser + 1);
    return () => {
      this.#inFlight -= 1;
      const left = (this.#inFlightOf.get(user) ?? 1) - 1;
      if (left === 0) this.#inFlightOf.delete(user);
      else this.#inFlightOf.set(user, left);
    };
  }
}
