import type { DialectName } from '../../protocol/dialects/dialect.ts';
import { MusterError } from '../../protocol/errors.ts';

const LOST = 3103;
/**
 * The master has neither answered nor closed the connection: what it speaks is as unknown as before. Or (3104) its tokens
 * have shown that it speaks as we do, and that is remembered already.
 */
const UNDECIDED: ReadonlySet<number> = new Set([3020, 3025, 3104, 3120]);

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

/** Remembers whether the master has answered to what it was spoken to in. Whoever waits for the answer is not kept waiting. */
export function noteGreeting(memory: DialectMemory, speaks: DialectName, greeting: Promise<unknown>): void {
  greeting.then(
    () => memory.noteAnswer(speaks),
    (error) => {
      const { code } = MusterError.from(error);
      if (code === LOST) memory.noteSilence(speaks);
      else if (!UNDECIDED.has(code)) memory.noteAnswer(speaks);
    },
  );
}
