/**
 * Memory that several decoders have together for what is not complete. Each has a little of its own beside it: nobody's
 * small messages are refused because others have begun large ones.
 */
export class SharedRoom {
  readonly #maxBytes: number;
  readonly #ownBytes: number;
  #heldBytes = 0;

  constructor(options: { maxBytes: number; ownBytes: number }) {
    this.#maxBytes = options.maxBytes;
    this.#ownBytes = options.ownBytes;
  }

  /** What its decoders hold together, beyond what each has of its own. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** For one decoder. */
  share(): RoomShare {
    let shared = 0;
    return {
      hold: (bytes) => {
        const wanted = Math.max(0, bytes - this.#ownBytes);
        const heldBytes = this.#heldBytes - shared + wanted;
        if (wanted > shared && heldBytes > this.#maxBytes) return false;
        this.#heldBytes = heldBytes;
        shared = wanted;
        return true;
      },
    };
  }
}

export interface RoomShare {
  /** From now on so many bytes are held, all together; less always has room. False, and nothing changes, if there is none. */
  hold(bytes: number): boolean;
}

/** That of a decoder which shares with nobody. */
export const OWN_ROOM: RoomShare = { hold: () => true };
