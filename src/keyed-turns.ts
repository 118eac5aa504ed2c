import { Turns, type TurnsOptions } from './turns.ts';

/** Turns of their own for each key, such as a directory or a connection; what is idle is forgotten. */
export class KeyedTurns<Key> {
  readonly #options: TurnsOptions;
  readonly #turns = new Map<Key, Turns>();

  constructor(options: TurnsOptions = {}) {
    this.#options = options;
  }

  /** As `Turns.run`. */
  async run<Result>(key: Key, task: () => Promise<Result>): Promise<Result> {
    const turns = this.#turns.get(key) ?? new Turns(this.#options);
    this.#turns.set(key, turns);
    try {
      return await turns.run(task);
    } finally {
      if (turns.isIdle && this.#turns.get(key) === turns) this.#turns.delete(key);
    }
  }

  /** Whether any task of this key runs or waits. */
  isTaken(key: Key): boolean {
    return this.#turns.has(key);
  }
}
