import type { AgentStore } from '../agents/store.ts';
import { MusterError } from '../protocol/errors.ts';

/**
 * The agent store of a node as its processes reach it: there while the actor that opened it lives, and another one after
 * it was opened anew.
 */
export class StoreAccess {
  #store: AgentStore | null = null;

  /** Throws 2005 while no store is open: what needs it fails, and is tried again by whoever asked. */
  get current(): AgentStore {
    if (this.#store === null) throw new MusterError(2005, 'it is not open');
    return this.#store;
  }

  set(store: AgentStore | null): void {
    this.#store = store;
  }
}
