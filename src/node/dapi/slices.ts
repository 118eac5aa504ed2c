/**
 * Tasks in the order in which they come, some in each turn of the event loop. Many messages come in one piece; what follows
 * from the first of them leaves while the next ones wait, so that the nodes on its way work side by side, and not in turns.
 */
export class Slices {
  readonly #tasksOfTurn: number;
  readonly #waiting: (() => void)[] = [];
  /** Tasks that this turn has had. */
  #done = 0;
  #isPlanned = false;

  constructor(tasksOfTurn: number) {
    this.#tasksOfTurn = tasksOfTurn;
  }

  /** At once, if its turn has room; otherwise after all that wait. */
  run(task: () => void): void {
    this.#plan();
    if (this.#waiting.length > 0 || this.#done >= this.#tasksOfTurn) {
      this.#waiting.push(task);
      return;
    }
    this.#done += 1;
    task();
  }

  #plan(): void {
    if (this.#isPlanned) return;
    this.#isPlanned = true;
    setImmediate(() => this.#nextTurn());
  }

  #nextTurn(): void {
    this.#isPlanned = false;
    const tasks = this.#waiting.splice(0, this.#tasksOfTurn);
    this.#done = tasks.length;
    if (tasks.length === 0) return;
    this.#plan();
    for (const task of tasks) task();
  }
}
