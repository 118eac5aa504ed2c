import { writeFileSync } from 'node:fs';
import type { Session } from 'node:inspector/promises';

/** A CPU profile of this thread alone, for the time of the work and not that of the start. */
export class ThreadProfile {
  readonly #path: string;
  #session: Session | null = null;

  /** `path` is where the profile is written, a .cpuprofile. */
  constructor(path: string) {
    this.#path = path;
  }

  async start(): Promise<void> {
    if (this.#session !== null) return;
    // Who takes no profile does not load the inspector either.
    const { Session } = await import('node:inspector/promises');
    const session = new Session();
    session.connect();
    this.#session = session;
    await session.post('Profiler.enable');
    await session.post('Profiler.setSamplingInterval', { interval: 500 });
    await session.post('Profiler.start');
  }

  async stop(): Promise<void> {
    const session = this.#session;
    if (session === null) return;
    this.#session = null;
    const { profile } = await session.post('Profiler.stop');
    session.disconnect();
    writeFileSync(this.#path, JSON.stringify(profile));
  }
}
