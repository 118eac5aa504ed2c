import { MAX_KNOWN_PROFILES } from '../limits.ts';
import type { AgentDatabase } from './database.ts';

/** Digests of profiles by the ids of their agents, as many as are remembered. */
export class KnownProfiles {
  readonly #profiles = new Map<number, string>();

  has(id: number, profile: string): boolean {
    return this.#profiles.get(id) === profile;
  }

  /** Undefined: it has one that nobody has told. */
  set(id: number, profile: string | undefined): void {
    if (profile === undefined) this.#profiles.delete(id);
    else if (this.#profiles.size < MAX_KNOWN_PROFILES || this.#profiles.has(id))
      this.#profiles.set(id, profile);
  }

  delete(id: number): void {
    this.#profiles.delete(id);
  }

  clear(): void {
    this.#profiles.clear();
  }
}

/**
 * The profiles that agents have in this database, by what nodes told when they wrote them. Whoever writes something else
 * makes it forget them; what another process writes to the file is seen by its version.
 */
export class HeldProfiles extends KnownProfiles {
  #fileVersion: unknown = null;

  /** To be called within the transaction that relies on them. */
  lookForOthers(database: AgentDatabase): void {
    const [version] = database.tuples('PRAGMA data_version')[0] ?? [];
    if (version !== this.#fileVersion) this.clear();
    this.#fileVersion = version;
  }
}
