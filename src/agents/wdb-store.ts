import type { MusterError } from '../protocol/errors.ts';
import { QueryStore } from './query-store.ts';
import type { StoreAnswer } from './store.ts';
import { type ClientOptions, WdbClient } from './wdb-client.ts';

/** The agent store that another program serves: a wazuh-db, or the embedded store of another process. */
export class WdbStore extends QueryStore {
  readonly kind = 'wazuh-db';
  readonly died = new Promise<MusterError>(() => {});
  readonly #client: WdbClient;

  constructor(options: ClientOptions) {
    super();
    this.#client = new WdbClient(options);
  }

  query(request: string): Promise<StoreAnswer> {
    return this.#client.query(request);
  }

  /** Its own daemons do that. */
  async mirrorRegistry(): Promise<null> {
    return null;
  }

  onGroupsChanged(): void {}

  async close(): Promise<void> {
    this.#client.close();
  }
}
