import type { AgentStore } from '../../src/agents/store.ts';
import type { StoreAccess } from '../../src/node/store-access.ts';
import { MusterError } from '../../src/protocol/errors.ts';

/** What is wrong with the writing of a store: nothing, everything, one agent, or it does not end. */
export type StoreFault = 'works' | 'fails' | 'hangs' | { readonly refuses: number };

/** What one node tells another to write. */
const WRITING = new Set<PropertyKey>(['writeAgentInfo', 'writeAgentGroups', 'setAgentGroups']);

/** Stands between a node and its store: knows what is under way, and lets it fail. */
export class StoreTap {
  /** Calls that a thread works on; those that hang are not among them. */
  readonly underWay = new Set<Promise<unknown>>();
  #fault: StoreFault = 'works';
  #goOn = Promise.withResolvers<void>();

  /** To be called before the node opens its store. */
  attach(access: StoreAccess): void {
    const set = access.set.bind(access);
    access.set = (store) => set(store && this.#over(store));
  }

  set fault(fault: StoreFault) {
    this.#goOn.resolve();
    this.#goOn = Promise.withResolvers();
    this.#fault = fault;
  }

  #over(store: AgentStore): AgentStore {
    // It would be told a second after each change by the clock of the machine, and scripts have their own.
    store.onGroupsChanged = () => {};
    return new Proxy(store, {
      get: (target, name) => {
        const value = Reflect.get(target, name, target);
        if (typeof value !== 'function') return value;
        return (...args: unknown[]) =>
          this.#call(name, (order) => value.apply(target, [order, ...args.slice(1)]), args);
      },
    });
  }

  async #call(
    name: PropertyKey,
    call: (order: unknown) => Promise<object>,
    args: readonly unknown[],
  ): Promise<unknown> {
    const fault = WRITING.has(name) ? this.#fault : 'works';
    if (fault === 'fails') throw new MusterError(3206, 'the disk is full');
    if (fault === 'hangs') await this.#goOn.promise;
    const [order] = args;
    const isRefused = typeof fault === 'object' && names(order, fault.refuses);
    const calling = isRefused ? call(without(order, fault.refuses)) : call(order);
    this.underWay.add(calling);
    try {
      const result = await calling;
      return isRefused ? { ...result, errors: [`agent ${fault.refuses}: it is not liked`] } : result;
    } finally {
      this.underWay.delete(calling);
    }
  }
}

/** What is to be written, but for this agent. */
function without(order: unknown, id: number): unknown {
  if (typeof order === 'string') {
    const others = (list: { id: number }[]) => list.filter((agent) => agent.id !== id);
    const chunk = JSON.parse(order);
    const [first] = chunk;
    return JSON.stringify(first?.data ? [{ ...first, data: others(first.data) }] : others(chunk));
  }
  const { agents, ...others } = order as { agents: readonly { id: number }[] };
  return { ...others, agents: agents.filter((agent) => agent.id !== id) };
}

/** Whether this agent is among those that are to be written. */
function names(order: unknown, id: number): boolean {
  const text = typeof order === 'string' ? order : JSON.stringify(order);
  return new RegExp(`"id":${id}\\b`).test(text);
}
