import { ClusterClient } from '../local/cluster-client.ts';
import type { MethodArgs, MethodName, MethodResult } from '../requests/methods.ts';
import type { AskOptions, ClusterPort } from './cluster-port.ts';

/** The cluster through the daemon of a home, which may come after the API, and go, and come again. */
export class LazyCluster implements ClusterPort {
  readonly #home: string;
  #client: Promise<ClusterClient> | null = null;

  constructor(home: string) {
    this.#home = home;
  }

  async request<M extends MethodName>(
    method: M,
    args: MethodArgs<M>,
    options: AskOptions,
  ): Promise<MethodResult<M>> {
    const client = await this.#connected();
    return client.request(method, args, options);
  }

  async close(): Promise<void> {
    const client = await this.#client?.catch(() => null);
    await client?.close();
  }

  /** Once connected, the client finds its daemon again by itself; before that each request tries anew. */
  #connected(): Promise<ClusterClient> {
    this.#client ??= ClusterClient.connect(this.#home).catch((error) => {
      this.#client = null;
      throw error;
    });
    return this.#client;
  }
}
