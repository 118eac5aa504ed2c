/** What becomes of a task, if it does in time; rejects with `late` otherwise, and leaves the task alone. */
export function settledIn<T>(task: Promise<T>, timeoutMs: number, late: () => Error): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(late()), timeoutMs);
    task.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
