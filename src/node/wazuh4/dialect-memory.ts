import type { DialectName } from '../../protocol/dialects/dialect.ts';

/** What a worker has learnt of what its master speaks. It is forgotten with the process. */
export class DialectMemory {
  #greeted: DialectName | null = null;
  #lastUnanswered: DialectName | null = null;

  /** What the master answered `hello` in last; null before the first time. */
  get greeted(): DialectName | null {
    return this.#greeted;
  }

  /** What a connection was closed in before the master had answered, if that happened last. */
  get lastUnanswered(): DialectName | null {
    return this.#lastUnanswered;
  }

  /** The master has answered `hello`, whatever it said. */
  noteAnswer(dialect: DialectName): void {
    this.#greeted = dialect;
    this.#lastUnanswered = null;
  }

  /** The connection ended before that. */
  noteSilence(dialect: DialectName): void {
    this.#lastUnanswered = dialect;
  }
}
