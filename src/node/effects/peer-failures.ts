import type { Failure } from '../../../machines/failure.ts';

/** The store of a node that said so failed as a whole. */
const OF_STORE = 3037;

/**
 * What peers said of their agent stores. That one does not answer is told by its own node, and here once for each peer and
 * failure: each round until it answers again would fail with it.
 */
export class PeerFailures {
  readonly #told = new WeakMap<object, string>();

  /** How loud a failure is told that a peer, by its channel, has sent. */
  levelOf(peer: object | undefined, { code, message }: Failure): 'error' | 'debug' {
    if (peer === undefined || code !== OF_STORE) return 'error';
    if (this.#told.get(peer) === message) return 'debug';
    this.#told.set(peer, message);
    return 'error';
  }

  /** Its store has answered. */
  forget(peer: object | undefined): void {
    if (peer !== undefined) this.#told.delete(peer);
  }
}
