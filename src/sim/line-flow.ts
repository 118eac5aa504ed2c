/** So many lines of a trace may be on their way from a thread: one that goes round in a circle writes them faster than they are printed. */
export const MAX_LINES_UNDER_WAY = 1_000;

/** Lines that one thread tells another: who is too far ahead waits. Both ends of it share its memory. */
export class LineFlow {
  readonly memory: SharedArrayBuffer;
  readonly #underWay: Int32Array<SharedArrayBuffer>;

  constructor(memory = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)) {
    this.memory = memory;
    this.#underWay = new Int32Array(memory);
  }

  /** A line is going to be told. Stands still until there is room for it. */
  begin(): void {
    for (;;) {
      const underWay = Atomics.load(this.#underWay, 0);
      if (underWay < MAX_LINES_UNDER_WAY) break;
      Atomics.wait(this.#underWay, 0, underWay);
    }
    Atomics.add(this.#underWay, 0, 1);
  }

  /** A line has been taken. */
  end(): void {
    Atomics.sub(this.#underWay, 0, 1);
    Atomics.notify(this.#underWay, 0);
  }
}
