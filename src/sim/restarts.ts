import type { AnyActorRef } from 'xstate';
import { RESTARTS } from '../node/supervision.ts';
import { BrokenPromise } from './broken-promise.ts';
import type { SimulatedNode } from './node.ts';

/** 8: a supervisor gives up rather than spin, also where it pauses each time. Throws BrokenPromise. */
export function checkRestarts({ name, root }: SimulatedNode): void {
  if (root === null) return;
  look(name, root);
  for (const child of Object.values(childrenOf(root))) look(name, child);
}

/** The times of the restarts that still count are in its context, if it is a supervisor; of no dynamic one. */
function look(node: string, actor: AnyActorRef): void {
  const snapshot = actor.getSnapshot();
  const restartsMs: unknown = snapshot?.context?.restartsMs;
  if (!Array.isArray(restartsMs) || restartsMs.length <= RESTARTS.intensity) return;
  throw new BrokenPromise(
    `8: a supervisor of ${node} goes on after ${restartsMs.length} restarts in ${RESTARTS.periodMs / 1000} s`,
  );
}

const childrenOf = (actor: AnyActorRef): Readonly<Record<string, AnyActorRef>> =>
  actor.getSnapshot().children ?? {};
