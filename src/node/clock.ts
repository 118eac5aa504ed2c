/** Time, as handed to XState and to everything else that waits. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  // biome-ignore lint/suspicious/noExplicitAny: the handle is whatever the implementation gives, as in XState
  setTimeout(task: (...args: any[]) => void, timeoutMs: number): any;
  // biome-ignore lint/suspicious/noExplicitAny: see above
  clearTimeout(handle: any): void;
}

/** The clock of the machine. */
export const systemClock: Clock = {
  now: () => Date.now(),
  setTimeout: (task, timeoutMs) => setTimeout(task, timeoutMs),
  clearTimeout: (handle) => clearTimeout(handle),
};
