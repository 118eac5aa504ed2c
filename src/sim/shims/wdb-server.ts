import { rmSync, writeFileSync } from './fs.ts';

/** The socket of the agent store, at which nobody asks: other programs are not simulated. */
export class WdbServer {
  #path: string | null = null;

  async listen(path: string): Promise<void> {
    rmSync(path, { force: true });
    writeFileSync(path, '');
    this.#path = path;
  }

  async close(): Promise<void> {
    if (this.#path !== null) rmSync(this.#path, { force: true });
    this.#path = null;
  }
}
