import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { after } from 'node:test';
import { SOURCES } from '../e2e/node-process.ts';
import { waitFor } from '../harness/wait-for.ts';

const START_TIMEOUT_MS = 30_000;

/** `muster api` as a real process. */
export class ApiProcess {
  readonly #home: string;
  #child: ChildProcess | null = null;
  output = '';

  constructor(home: string) {
    this.#home = home;
    after(() => this.stop());
  }

  /** Resolves with its address when it listens. */
  async start(...args: string[]): Promise<string> {
    this.output = '';
    const child = spawn(process.execPath, [SOURCES, 'api', '--home', this.#home, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const keep = (text: string) => {
      this.output += text;
    };
    for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', keep);
    this.#child = child;
    const address = () => /The page: (\S+)\/ /.exec(this.output)?.[1];
    return waitFor('the API listens', address, START_TIMEOUT_MS, () => this.output);
  }

  async stop(): Promise<number | null> {
    const child = this.#child;
    if (child === null || child.exitCode !== null) return child?.exitCode ?? null;
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    await ended;
    return child.exitCode;
  }
}
