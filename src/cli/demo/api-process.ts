import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { randomPassword, Users } from '../../api/auth/users.ts';
import { RefusedError } from '../exit-code.ts';
import { MAIN } from './node-process.ts';
import { waitUntil } from './wait.ts';

const USER = 'admin';
const START_TIMEOUT_MS = 20_000;
const STOP_TIMEOUT_MS = 5_000;
/** What is kept of its words. */
const MAX_OUTPUT_CHARS = 4_000;

/** Where the API of the demonstration is, and how to get in. */
export interface ApiAccess {
  /** `http://127.0.0.1:43210` */
  readonly address: string;
  readonly user: string;
  readonly password: string;
}

/** The HTTP API of the demonstration: a process beside the nodes, at a port of loopback that the system chooses. */
export class ApiProcess {
  readonly #home: string;
  #process: ChildProcess | null = null;
  #output = '';

  constructor(home: string) {
    this.#home = home;
  }

  /** Starts it, with a user of its own. Rejects with its own words if it ends instead. */
  async start(signal: AbortSignal): Promise<ApiAccess> {
    const password = randomPassword();
    await (await Users.open(this.#home)).add(USER, 'administrator', password);
    const args = [...process.execArgv, MAIN, 'api', '--home', this.#home, '--port', '0', '--log', 'none'];
    const child = spawn(process.execPath, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, MUSTER_HOME: '' },
    });
    this.#process = child;
    const keep = (text: string) => {
      this.#output = (this.#output + text).slice(-MAX_OUTPUT_CHARS);
    };
    for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', keep);
    child.on('error', (error) => keep(error.message));
    child.on('exit', () => {
      this.#process = null;
    });
    const address = () => /(https?:\/\/\S+:\d+)\//.exec(this.#output)?.[1];
    await waitUntil(
      'the HTTP API listens',
      async () => {
        if (this.#process === null) throw new RefusedError(`the HTTP API ended: ${this.#output.trim()}`);
        return address() !== undefined;
      },
      { timeoutMs: START_TIMEOUT_MS, signal },
    );
    return { address: address() ?? '', user: USER, password };
  }

  async stop(): Promise<void> {
    const child = this.#process;
    if (child === null) return;
    const gone = once(child, 'exit');
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
    child.kill('SIGTERM');
    await gone;
    clearTimeout(timer);
  }

  /** At once and without waiting. */
  killNow(): void {
    this.#process?.kill('SIGKILL');
  }
}

/** What the demonstration says of it. */
export const describeAccess = ({ address, user, password }: ApiAccess): string =>
  `The live page: ${address}/  user ${user}, password ${password}\nThe HTTP API:  ${address}/docs`;
