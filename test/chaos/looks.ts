import { treeAtRest } from './file-sets.ts';
import type { Generations } from './generations.ts';

/** How often a set is looked at while faults go on. */
const LOOK_MS = 40;

/** Looks at the set of a home again and again: whenever nothing is being applied, it must be one that was published. */
export class Looks {
  readonly #timer: NodeJS.Timeout;
  #error: unknown = null;

  constructor(home: string, sets: Generations) {
    this.#timer = setInterval(() => {
      try {
        const tree = treeAtRest(home);
        if (tree !== null) sets.which(tree);
      } catch (error) {
        this.#error ??= error;
      }
    }, LOOK_MS);
  }

  /** Throws what was seen and should not have been. */
  end(): void {
    clearInterval(this.#timer);
    if (this.#error !== null) throw this.#error;
  }
}
