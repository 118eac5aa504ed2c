import { SEND_SLOTS, type SendSlot } from '../../../machines/integrity/send-slots.ts';

/** The places for files under way, taken in order. */
export class SendSlots {
  readonly #free: SendSlot[] = [...SEND_SLOTS];
  #takers: ((slot: SendSlot) => void)[] = [];
  #watchers: (() => void)[] = [];

  take(): Promise<SendSlot> {
    const slot = this.#free.shift();
    return slot !== undefined
      ? Promise.resolve(slot)
      : new Promise((resolve) => {
          this.#takers.push(resolve);
        });
  }

  free(slot: SendSlot): void {
    const taker = this.#takers.shift();
    if (taker !== undefined) {
      taker(slot);
      return;
    }
    this.#free.push(slot);
    if (this.#free.length === SEND_SLOTS.length) this.#tellWatchers();
  }

  /** Resolves when nothing is under way. */
  allFree(): Promise<void> {
    if (this.#free.length === SEND_SLOTS.length) return Promise.resolve();
    return new Promise((resolve) => {
      this.#watchers.push(resolve);
    });
  }

  /** Lets everybody who waits go on; to be called when nothing will be sent any more. */
  abandon(): void {
    const takers = this.#takers;
    this.#takers = [];
    for (const taker of takers) taker(SEND_SLOTS[0]);
    this.#tellWatchers();
  }

  #tellWatchers(): void {
    const watchers = this.#watchers;
    this.#watchers = [];
    for (const watcher of watchers) watcher();
  }
}
