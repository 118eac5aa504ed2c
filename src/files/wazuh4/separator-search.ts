import { ENTRY_END } from './format.ts';

/** Bytes of a separator that may stand at the end of one piece, while the rest of it begins the next. */
const MOST_CUT_BYTES = ENTRY_END.length - 1;
const NOTHING = Buffer.alloc(0);
/** Node searches for so few bytes ten times as fast as for all of them. */
const BEGINNING = ENTRY_END.subarray(0, 6);
const REST = ENTRY_END.subarray(BEGINNING.length);

/** Looks for the first separator of entries in what comes piece by piece, as a reader does that splits by it. */
export class SeparatorSearch {
  #firstAt: number | null = null;
  #seenBytes = 0;
  /** The end of what came. */
  #tail: Buffer = NOTHING;

  restart(): void {
    this.#firstAt = null;
    this.#seenBytes = 0;
    this.#tail = NOTHING;
  }

  /** More comes behind this piece. It may change afterwards. */
  see(piece: Buffer): void {
    this.#firstAt = this.endingWith(piece);
    this.#seenBytes += piece.length;
    this.#tail = Buffer.concat([this.#tail, piece.subarray(-MOST_CUT_BYTES)]).subarray(-MOST_CUT_BYTES);
  }

  /** Where the first one begins, counted from the last `restart`, if this is the last piece; null if there is none. */
  endingWith(piece: Buffer): number | null {
    return this.#firstAt ?? this.#acrossPieces(piece) ?? firstIn(piece, this.#seenBytes);
  }

  #acrossPieces(piece: Buffer): number | null {
    if (this.#tail.length === 0) return null;
    const around = Buffer.concat([this.#tail, piece.subarray(0, MOST_CUT_BYTES)]);
    return firstIn(around, this.#seenBytes - this.#tail.length);
  }
}

/** `from`: where the piece begins. */
function firstIn(piece: Buffer, from: number): number | null {
  for (let at = piece.indexOf(BEGINNING); at >= 0; at = piece.indexOf(BEGINNING, at + 1)) {
    const rest = at + BEGINNING.length;
    if (piece.subarray(rest, rest + REST.length).equals(REST)) return from + at;
  }
  return null;
}
