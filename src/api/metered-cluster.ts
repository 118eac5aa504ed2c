import { MusterError } from '../protocol/errors.ts';
import type { MethodArgs, MethodName, MethodResult } from '../requests/methods.ts';
import type { AskOptions, ClusterPort } from './cluster-port.ts';
import { MAX_REQUESTS_IN_FLIGHT } from './limits.ts';

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
    if (this.#inFlight >= MAX_REQUESTS_IN_FLIGHT) {
      throw new MusterError(3408, `${MAX_REQUESTS_IN_FLIGHT} requests wait for their answers`);
    }
    this.#inFlight += 1;
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
      this.#inFlight -= 1;
    }
  }
}
