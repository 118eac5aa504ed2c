import type { CommandName } from '../protocol/commands.ts';
import { MusterError } from '../protocol/errors.ts';
import { MAX_UNANSWERED_REQUESTS } from './channel-limits.ts';

/** Requests of the peer that wait for our reply. The peer is read from only while we keep up with answering. */
export class Unanswered {
  /** By their counters; null where the command is not known (yet). */
  readonly #commands = new Map<number, CommandName | null>();
  readonly #read: (isReading: boolean) => void;
  #isPaused = false;

  constructor(read: (isReading: boolean) => void) {
    this.#read = read;
  }

  /** The peer waits from now on. Throws 3100 for a counter that is still in use. */
  expect(counter: number, command: CommandName | null): void {
    if (this.#commands.has(counter)) throw new MusterError(3100, `the counter ${counter} is still in use`);
    this.#commands.set(counter, command);
    this.regulate();
  }

  /** Says what was asked, once it has been decoded. */
  know(counter: number, command: CommandName): void {
    this.#commands.set(counter, command);
  }

  /** What was asked; null if it is not known, undefined if nobody waits for this counter. */
  commandOf(counter: number): CommandName | null | undefined {
    return this.#commands.get(counter);
  }

  /** The answer goes; `regulate` follows. False if it went before. */
  settle(counter: number): boolean {
    return this.#commands.delete(counter);
  }

  clear(): void {
    this.#commands.clear();
  }

  /** Has the peer read from, or not, by how many wait. */
  regulate(): void {
    const mustPause = this.#commands.size > MAX_UNANSWERED_REQUESTS;
    if (mustPause === this.#isPaused) return;
    this.#isPaused = mustPause;
    this.#read(!mustPause);
  }
}
