import { MAX_REQUEST_CALLS, MAX_WAITING_REQUEST_CALLS } from '../agents/limits.ts';
import { inTurns, type RequestStore } from '../agents/request-store.ts';
import type { AgentStore, StoreKind } from '../agents/store.ts';
import { MusterError } from '../protocol/errors.ts';
import { Turns } from '../turns.ts';

/** What requests to it fail with meanwhile, and what a node says of that to another. */
const OF_SILENCE: ReadonlySet<number> = new Set([2005, 2010, 3037, 3200]);

export type FailureLevel = 'error' | 'warning' | 'debug';

/**
 * The agent store of a node as its processes reach it: there while the actor that opened it lives, and another one after
 * it was opened anew.
 */
export class StoreAccess {
  #store: AgentStore | null = null;
  readonly #requests = new Turns({ atOnce: MAX_REQUEST_CALLS, maxWaiting: MAX_WAITING_REQUEST_CALLS });
  /** Nobody answers there. */
  isSilent = false;

  /** Throws 2005 while no store is open: what needs it fails, and is tried again by whoever asked. */
  get current(): AgentStore {
    if (this.#store === null) throw new MusterError(2005, 'it is not open');
    return this.#store;
  }

  /** As requests use it: a few calls at a time. Whoever gives its request up by the signal waits no longer. */
  forRequests(signal?: AbortSignal): RequestStore {
    return inTurns(() => this.current, this.#requests, signal);
  }

  /** Null while none is open. */
  get kind(): StoreKind | null {
    return this.#store?.kind ?? null;
  }

  /** Of the rows that it holds; null while none is open, and where it does not tell. */
  get storeId(): string | null {
    return this.#store?.storeId ?? null;
  }

  set(store: AgentStore | null): void {
    this.#store = store;
    this.isSilent = false;
  }

  /**
   * How loud a failure is told: that a store is closed or silent was told once, and whatever fails for it meanwhile is for
   * those who look closely.
   */
  levelOf(failure: unknown, otherwise: FailureLevel = 'error'): FailureLevel {
    const isAway = this.#store === null || this.isSilent;
    return isAway && OF_SILENCE.has((failure as { code?: number } | null)?.code ?? 0) ? 'debug' : otherwise;
  }
}
