import { InvalidArgumentError } from 'commander';

/** Longest that a command waits for an answer. */
const MAX_TIMEOUT_S = 3_600;

/** The value of an option such as `--timeout`. */
export function seconds(text: string): number {
  const value = Number(text);
  if (value > 0 && value <= MAX_TIMEOUT_S) return value;
  throw new InvalidArgumentError(`A number of seconds up to ${MAX_TIMEOUT_S} is needed.`);
}
