import type { MusterError } from '../protocol/errors.ts';
import { GROUPS_LOOK_MS } from './limits.ts';
import { QueryStore } from './query-store.ts';
import { Silence } from './silence.ts';
import type { StoreAnswer, StoreNews } from './store.ts';
import { type ClientOptions, WdbClient } from './wdb-client.ts';

/** The agent store that another program serves: a wazuh-db, or the embedded store of another process. */
export class WdbStore extends QueryStore {
  readonly kind = 'wazuh-db';
  readonly storeId = null;
  readonly died = new Promise<MusterError>(() => {});
  readonly #client: WdbClient;
  readonly #groupsLookMs: number;
  readonly #silence = new Silence();
  #looks: NodeJS.Timeout | null = null;

  constructor(options: ClientOptions) {
    super();
    this.#client = new WdbClient(options);
    this.#groupsLookMs = options.groupsLookMs ?? GROUPS_LOOK_MS;
  }

  query(request: string): Promise<StoreAnswer> {
    return this.#silence.watch(this.#client.query(request));
  }

  onNews(listener: (news: StoreNews) => void): void {
    this.#silence.listener = listener;
  }

  /** What was told to whom has no place in the tables of a wazuh-db. */
  async tellAgainTo(): Promise<number> {
    return 0;
  }

  /** Its own daemons do that. */
  async mirrorRegistry(): Promise<null> {
    return null;
  }

  /** Looks at the checksum now and then. A store that did not answer may be another one when it does. */
  onGroupsChanged(listener: () => void): void {
    let seen: string | null | 'none' | 'lost' = 'none';
    const look = async () => {
      const hash = await this.groupsHash().catch(() => 'lost');
      if (hash !== 'lost' && seen !== 'none' && hash !== seen) listener();
      seen = hash;
    };
    if (this.#looks !== null) clearInterval(this.#looks);
    this.#looks = setInterval(look, this.#groupsLookMs).unref();
    void look();
  }

  async close(): Promise<void> {
    if (this.#looks !== null) clearInterval(this.#looks);
    this.#client.close();
  }
}
