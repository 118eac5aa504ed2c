import { once } from 'node:events';
import { pino } from 'pino';

/** Bytes that wait for a slow terminal, pipe or disk; beyond that lines are dropped and counted, and the node goes on. */
export const MAX_LOG_BACKLOG_BYTES = 8 * 1024 * 1024;

/** Time for the last lines to be read by whoever reads standard output. */
export const MAX_DRAIN_MS = 2_000;

/**
 * Writes text to a file descriptor. A terminal or a pipe may be slow, and never makes the node wait (`patient: false`); a
 * file on disk is written at once, so that no line is lost with the process. What is left is written at exit.
 */
export class Sink {
  readonly #out: ReturnType<typeof pino.destination>;
  #lostLines = 0;
  #caughtUp = true;
  #isIdle = true;
  #failure: Error | null = null;

  constructor(fd: number, options: { patient: boolean }) {
    this.#out = pino.destination({
      fd,
      sync: options.patient,
      minLength: 0,
      ...(options.patient ? {} : { maxLength: MAX_LOG_BACKLOG_BYTES }),
    });
    this.#out.on('drop', () => {
      this.#lostLines += 1;
      this.#caughtUp = false;
    });
    this.#out.on('drain', () => {
      this.#caughtUp = true;
      this.#isIdle = true;
    });
    this.#out.on('error', (error: Error) => {
      this.#isIdle = true;
      this.#failure = error;
    });
  }

  write(text: string): void {
    this.#isIdle = false;
    this.#out.write(text);
  }

  /** Resolves when all is written in its order, or after `MAX_DRAIN_MS`: who does not read does not hold the node up. */
  async drained(): Promise<void> {
    if (this.#isIdle) return;
    const deadline = AbortSignal.timeout(MAX_DRAIN_MS);
    await Promise.race([
      once(this.#out, 'drain', { signal: deadline }),
      once(this.#out, 'close', { signal: deadline }),
    ]).catch((error: Error) => {
      this.#failure = error;
    });
  }

  /** How many lines were dropped, once there is room to say so; 0 otherwise. Forgets them. */
  takeLostLines(): number {
    if (!this.#caughtUp) return 0;
    const lost = this.#lostLines;
    this.#lostLines = 0;
    return lost;
  }

  /** The last failure to write, once. */
  takeFailure(): Error | null {
    const failure = this.#failure;
    this.#failure = null;
    return failure;
  }

  /** Writes what waits, now. */
  flush(): void {
    try {
      this.#out.flushSync();
    } catch (error) {
      this.#failure = error as Error;
    }
  }

  /** Writes what waits and closes the file (standard output and error stay open). */
  close(): void {
    this.flush();
    this.#out.destroy();
  }
}
