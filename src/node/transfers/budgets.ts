import type { TransferChannel } from './ports.ts';
import type { PendingBudget } from './write-queue.ts';

/** What each connection may have arrived and not written; it goes with the channel. */
export class Budgets {
  readonly #maxBytes: number;
  readonly #budgets = new WeakMap<TransferChannel, PendingBudget>();

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  of(channel: TransferChannel): PendingBudget {
    const known = this.#budgets.get(channel);
    if (known !== undefined) return known;
    const budget = { maxBytes: this.#maxBytes, pendingBytes: 0 };
    this.#budgets.set(channel, budget);
    return budget;
  }
}
