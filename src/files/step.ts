import { MAX_APPLY_TRIES } from './limits.ts';
import type { Problem } from './walk.ts';

/** One thing to be done to one path. */
export interface Step {
  readonly path: string;
  /** What a person can do if it fails for good. */
  readonly remedy?: string;
  run(): void;
}

/** Does a step, and tries again if it fails. Returns what is wrong if it fails for good. */
export function attempt({ path, run }: Step): Problem | null {
  for (let tries = 1; ; tries += 1) {
    try {
      run();
      return null;
    } catch (error) {
      if (tries === MAX_APPLY_TRIES) return { path, message: (error as Error).message };
    }
  }
}

/** `<path>: <message>`, unless the message names the path. */
export function problemText({ path, message }: Problem): string {
  return message.includes(path) ? message : `${path}: ${message}`;
}
