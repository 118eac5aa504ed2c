/** A promise of the design that a run has seen broken: its message begins with its number. */
export class BrokenPromise extends Error {}
