import type { MusterError } from '../protocol/errors.ts';
import type { ItemsResult } from './method.ts';

/** Items that could not be had, gathered by the error that they share. */
export class Failures {
  readonly #groups = new Map<string, ItemsResult['failed'][number]>();

  add(id: string, error: MusterError): void {
    const wire = error.toWire();
    const key = `${wire.code} ${wire.detail}`;
    const group = this.#groups.get(key);
    if (group === undefined) this.#groups.set(key, { error: wire, ids: [id] });
    else group.ids.push(id);
  }

  get list(): ItemsResult['failed'] {
    return [...this.#groups.values()];
  }

  get isEmpty(): boolean {
    return this.#groups.size === 0;
  }
}

/** `3 agents`, `1 agent` */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** A result whose items are all there is, in one sentence. */
export function itemsResult<T>(
  items: T[],
  { noun, failures, done = '' }: { noun: string; failures?: Failures; done?: string },
): ItemsResult<T> {
  const failed = failures?.list ?? [];
  const failedCount = failed.reduce((sum, { ids }) => sum + ids.length, 0);
  const rest = failedCount === 0 ? '' : `; ${failedCount} failed`;
  const message = `${counted(items.length, noun)}${done === '' ? '' : ` ${done}`}${rest}`;
  return { items, totalItems: items.length, failed, message };
}
