/** Something that is going to happen. */
export interface Due<Owner> {
  atMs: number;
  /** Of what is due at one moment, what was asked for or put off first happens first. */
  order: number;
  readonly owner: Owner;
  /** Null: it was withdrawn. */
  run: (() => void) | null;
}

/** What is going to happen, the next first: a binary heap. */
export class EventQueue<Owner> {
  readonly #heap: Due<Owner>[] = [];
  #lastOrder = 0;

  get size(): number {
    return this.#heap.length;
  }

  get next(): Due<Owner> | undefined {
    return this.#heap[0];
  }

  add(atMs: number, owner: Owner, run: () => void): Due<Owner> {
    const due = { atMs, order: this.#nextOrder(), owner, run };
    this.#heap.push(due);
    this.#rise(this.#heap.length - 1);
    return due;
  }

  /** Takes the next out, withdrawn or not. */
  take(): Due<Owner> | undefined {
    const first = this.#heap[0];
    const last = this.#heap.pop();
    if (first !== undefined && last !== undefined && first !== last) {
      this.#heap[0] = last;
      this.#sink(0);
    }
    return first;
  }

  /** The next happens later. It stays the same object, so that whoever asked for it can still withdraw it. */
  putOff(atMs: number): void {
    const due = this.#heap[0];
    if (due === undefined) return;
    due.atMs = atMs;
    due.order = this.#nextOrder();
    this.#sink(0);
  }

  #nextOrder(): number {
    this.#lastOrder += 1;
    return this.#lastOrder;
  }

  #rise(from: number): void {
    const heap = this.#heap;
    for (let at = from; at > 0; ) {
      const parent = (at - 1) >> 1;
      if (!isBefore(heap[at] as Due<Owner>, heap[parent] as Due<Owner>)) return;
      this.#swap(at, parent);
      at = parent;
    }
  }

  #sink(from: number): void {
    const heap = this.#heap;
    for (let at = from; ; ) {
      const [left, right] = [2 * at + 1, 2 * at + 2];
      let least = at;
      if (left < heap.length && isBefore(heap[left] as Due<Owner>, heap[least] as Due<Owner>)) least = left;
      if (right < heap.length && isBefore(heap[right] as Due<Owner>, heap[least] as Due<Owner>))
        least = right;
      if (least === at) return;
      this.#swap(at, least);
      at = least;
    }
  }

  #swap(a: number, b: number): void {
    const heap = this.#heap;
    const moved = heap[a] as Due<Owner>;
    heap[a] = heap[b] as Due<Owner>;
    heap[b] = moved;
  }
}

const isBefore = <Owner>(a: Due<Owner>, b: Due<Owner>) =>
  a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
