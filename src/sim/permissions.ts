import type { AnyActorRef } from 'xstate';
import { dynamicActors } from '../../machines/supervision/dynamic-supervisor.ts';
import { serverSettings } from '../node/settings.ts';
import { BrokenPromise } from './broken-promise.ts';
import type { SimulatedNode } from './node.ts';

/** A timer may be due at the moment at which its time is looked at. */
const SLACK_MS = 1_000;

/** How long a permission is as it is. */
interface Held {
  readonly snapshot: unknown;
  readonly sinceMs: number;
}

type Permission = 'free' | 'granted' | 'running';

/**
 * 3: one integrity process a worker at a time, and permission is free on every way out. Looks at what the machines of a
 * master hold after each of its steps.
 */
export class Permissions {
  readonly #held = new WeakMap<AnyActorRef, Held>();

  /** Throws BrokenPromise. */
  check(master: SimulatedNode, nowMs: number): void {
    const { root, services } = master;
    if (root === null || services === null) return;
    const connections = childrenOf(root).connections;
    const handlers = connections === undefined ? null : dynamicActors(connections);
    const served = new Set<string>();
    for (const handler of handlers ?? []) {
      const { integrity } = childrenOf(handler);
      if (integrity === undefined) continue;
      const { permission, serve } = childrenOf(integrity);
      if (permission === undefined) continue;
      const name = handler.getSnapshot().context.worker?.name ?? 'a stranger';
      const isServed = serve?.getSnapshot().status === 'active';
      if (isServed && served.has(name))
        throw new BrokenPromise(`3: two integrity processes of ${name} at once`);
      if (isServed) served.add(name);
      const value: Permission = permission.getSnapshot().value;
      if (value === 'running' && !isServed)
        throw new BrokenPromise(`3: ${name} has a permission that no process gives back`);
      this.#checkTime(permission, value, name, master, nowMs);
    }
  }

  #checkTime(
    permission: AnyActorRef,
    value: Permission,
    name: string,
    master: SimulatedNode,
    nowMs: number,
  ): void {
    const { life, services } = master;
    const snapshot: unknown = permission.getSnapshot();
    const held = this.#held.get(permission);
    if (held?.snapshot !== snapshot || held === undefined) {
      this.#held.set(permission, { snapshot, sinceMs: nowMs });
      return;
    }
    if (value === 'free' || services === null) return;
    const { grantTimeoutMs, maxLockedIntegrityMs } = serverSettings(services.config);
    const mostMs = value === 'granted' ? grantTimeoutMs : maxLockedIntegrityMs;
    // A node that sleeps is told of its timers when it wakes.
    const heldMs = nowMs - Math.max(held.sinceMs, life.frozenUntilMs);
    if (heldMs > mostMs + SLACK_MS)
      throw new BrokenPromise(`3: the permission of ${name} is ${value} for ${heldMs / 1000} s`);
  }
}

const childrenOf = (actor: AnyActorRef): Readonly<Record<string, AnyActorRef>> =>
  actor.getSnapshot().children ?? {};
