import type { LogFields, Logger, TaggedLog } from '../../../src/observe/log.ts';

interface Waiter {
  readonly subtag: string;
  readonly pattern: RegExp;
  resolve(): void;
}

/** The log of one worker of a fleet: nobody reads it but who waits for a line, and what goes wrong is told. */
export class FleetLog implements Logger {
  readonly #name: string;
  #waiters: Waiter[] = [];

  constructor(name: string) {
    this.#name = name;
  }

  /** Resolves with the next line of this subtag that fits. */
  next(subtag: string, pattern: RegExp): Promise<void> {
    return new Promise((resolve) => this.#waiters.push({ subtag, pattern, resolve }));
  }

  tagged(_: string, subtag: string): TaggedLog {
    const hear = (message: string) => this.#hear(subtag, message);
    const complain = (message: string, fields?: LogFields) => {
      process.stderr.write(`${this.#name} [${subtag}] ${message} ${String(fields?.error ?? '')}\n`);
      hear(message);
    };
    return { isDebug: false, debug2: hear, debug: hear, info: hear, warning: complain, error: complain };
  }

  addSecrets(): void {}
  redact(text: string): string {
    return text;
  }
  reopen(): void {}
  flush(): void {}
  async close(): Promise<void> {}

  #hear(subtag: string, message: string): void {
    this.#waiters = this.#waiters.filter((waiter) => {
      if (waiter.subtag !== subtag || !waiter.pattern.test(message)) return true;
      waiter.resolve();
      return false;
    });
  }
}
