import { WINDOW_BYTES } from './limits.ts';
import type { TransferChannel } from './ports.ts';
import { SendWindow } from './window.ts';

/** The window of each connection; it goes with the channel. */
export class Windows {
  readonly #windows = new WeakMap<TransferChannel, SendWindow>();

  of(channel: TransferChannel): SendWindow {
    const known = this.#windows.get(channel);
    if (known !== undefined) return known;
    const window = new SendWindow(WINDOW_BYTES);
    this.#windows.set(channel, window);
    return window;
  }
}
