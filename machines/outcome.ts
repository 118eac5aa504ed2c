/** The outcome that the final state of a process names; the output of the machine repeats it. */
export function outcomeOf<Outcome extends string>(event: unknown): Outcome {
  return (event as { output: { outcome: Outcome } }).output.outcome;
}
