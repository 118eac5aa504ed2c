import type { AnyActorRef } from 'xstate';
import type { ChildId } from './messages.ts';

/** A child of a dynamic supervisor. */
export interface DynamicChild {
  readonly id: ChildId;
  /** Id of its actor, used again after its end. */
  readonly slot: string;
  /** Tells it from earlier and later children of the same id. */
  readonly serial: number;
  /** For a restart; null for a temporary child, which has none. */
  readonly input: unknown;
  /** Null while it waits for its restart. */
  actor: AnyActorRef | null;
  isStopping: boolean;
}

/** The children of one dynamic supervisor: everything here costs the same with 10 and with 10,000 of them. */
export class DynamicChildren {
  readonly #prefix: string;
  readonly #byId = new Map<ChildId, DynamicChild>();
  readonly #bySlot = new Map<string, DynamicChild>();
  readonly #freeSlots: string[] = [];
  #serials = 0;

  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  get size(): number {
    return this.#byId.size;
  }

  get(id: ChildId): DynamicChild | undefined {
    return this.#byId.get(id);
  }

  inSlot(slot: string): DynamicChild | undefined {
    return this.#bySlot.get(slot);
  }

  /** A copy, since what is done with each may remove it. */
  all(): DynamicChild[] {
    return [...this.#byId.values()];
  }

  add(id: ChildId, input: unknown): DynamicChild {
    const slot = this.#freeSlots.pop() ?? `${this.#prefix}.${this.#bySlot.size}`;
    const child = { id, slot, serial: this.#serials++, input, actor: null, isStopping: false };
    this.#byId.set(id, child);
    this.#bySlot.set(slot, child);
    return child;
  }

  remove(child: DynamicChild): void {
    this.#byId.delete(child.id);
    this.#bySlot.delete(child.slot);
    this.#freeSlots.push(child.slot);
  }
}
