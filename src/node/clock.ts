/** Time, as handed to XState and to everything else that waits. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Milliseconds since some moment before: what durations and deadlines are of, because nobody can set it. */
  elapsedMs(): number;
  // biome-ignore lint/suspicious/noExplicitAny: the handle is whatever the implementation gives, as in XState
  setTimeout(task: (...args: any[]) => void, timeoutMs: number): any;
  // biome-ignore lint/suspicious/noExplicitAny: see above
  clearTimeout(handle: any): void;
}

/** The clock of the machine. */
export const systemClock: Clock = {
  now: () => Date.now(),
  elapsedMs: () => performance.now(),
  setTimeout: (task, timeoutMs) => setTimeout(task, timeoutMs),
  clearTimeout: (handle) => clearTimeout(handle),
};
