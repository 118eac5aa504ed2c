/**
 * Runs tasks one after the other. A sync that is being applied goes on when its connection is lost; the next one, of the
 * next connection, must not begin beside it.
 */
export class OneAtATime {
  #last: Promise<unknown> = Promise.resolve();

  /** Runs the task when all earlier ones have ended, however they ended. */
  run<Result>(task: () => Promise<Result>): Promise<Result> {
    const result = this.#last.then(task);
    this.#last = result.catch(() => {
      // Whoever asked for the task hears of it.
    });
    return result;
  }
}
