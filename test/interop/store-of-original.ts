import { EmbeddedStore } from '../../src/agents/embedded/store.ts';

/** Pause between two looks at the files of the home. */
const LOOK_MS = 500;

/**
 * Plays the daemons of an installation that keep the agents' database: wazuh-db, which serves it, and the one that brings
 * it in step with `etc/client.keys` and the directories in `etc/shared`.
 */
export class StoreOfOriginal {
  readonly #store: EmbeddedStore;
  readonly #timer: NodeJS.Timeout;
  #looking: Promise<unknown> = Promise.resolve();

  private constructor(store: EmbeddedStore) {
    this.#store = store;
    this.#timer = setInterval(() => {
      this.#looking = this.#looking.then(() => this.#look());
    }, LOOK_MS);
  }

  static async open(home: string, isMaster: boolean): Promise<StoreOfOriginal> {
    return new StoreOfOriginal(await EmbeddedStore.open({ home, isMaster, isServed: true }));
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#looking;
    await this.#store.close();
  }

  /** What cannot be read just now is read the next time. */
  async #look(): Promise<void> {
    try {
      while (!(await this.#store.mirrorRegistry()).isLast);
    } catch {
      // the file is being written
    }
  }
}
