import { setImmediate } from 'node:timers/promises';

let last: Promise<unknown> = Promise.resolve();

/**
 * Resolves in a turn of the event loop that nobody else has who asks for one: what takes some milliseconds for each of many
 * peers, which all have come at once, lets everybody else be served in between.
 */
export function ownTurn(): Promise<void> {
  const turn = last.then(() => setImmediate());
  last = turn;
  return turn;
}
