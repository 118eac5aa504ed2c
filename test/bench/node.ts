import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { localRequest } from '../../src/local/client.ts';
import { type StatusReply, statusReply } from '../../src/local/status-reply.ts';
import { LogLines } from './log-lines.ts';
import type { ProbeReply, ProbeRequest } from './probe/protocol.ts';
import { COUNT_OPENS, PROFILE_PREFIX } from './probe/protocol.ts';
import { type Usage, usageOf } from './process-usage.ts';

const PROBE = new URL('./probe/probe.ts', import.meta.url).href;
const STATUS_TIMEOUT_MS = 5_000;

export interface NodeOptions {
  name: string;
  home: string;
  /** The command line that is measured: of the sources, or of what was built from them. */
  main: string;
  /** Also debug lines; they cost time where there are many. */
  debug?: boolean;
  countsOpens?: boolean;
  /** Beginning of the paths of CPU profiles; null writes none. */
  profilePrefix?: string | null;
}

/** One `muster node` as a real process, with the probe in it. */
export class BenchNode {
  readonly name: string;
  readonly home: string;
  readonly lines: LogLines;
  readonly #options: NodeOptions;
  readonly #waiting = new Map<number, (reply: ProbeReply) => void>();
  #child: ChildProcess | null = null;
  #lastId = 0;

  constructor(options: NodeOptions) {
    this.name = options.name;
    this.home = options.home;
    this.lines = new LogLines(options.name);
    this.#options = options;
  }

  start(): void {
    const { main, debug = false, countsOpens = false, profilePrefix = null } = this.#options;
    const args = ['--import', PROBE, main, 'node', '--home', this.home, '--log', 'json'];
    const child = spawn(process.execPath, debug ? [...args, '-d'] : args, {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      env: {
        ...process.env,
        ...(countsOpens ? { [COUNT_OPENS]: '1' } : {}),
        ...(profilePrefix === null ? {} : { [PROFILE_PREFIX]: `${profilePrefix}-${this.name}` }),
      },
    });
    child.stdout?.setEncoding('utf8').on('data', (text: string) => this.lines.push(text));
    child.stderr?.setEncoding('utf8').on('data', (text: string) => this.lines.pushError(text));
    child.on('exit', (code, signal) => this.lines.end(`${this.name} ended (${signal ?? code})`));
    child.on('message', (reply: ProbeReply) => this.#waiting.get(reply.id)?.(reply));
    this.#child = child;
  }

  get pid(): number {
    const pid = this.#child?.pid;
    if (pid === undefined) throw new Error(`${this.name} does not run`);
    return pid;
  }

  get usage(): Usage {
    return usageOf(this.pid);
  }

  /** Null while nobody answers. */
  async status(): Promise<StatusReply | null> {
    try {
      return statusReply.parse(
        await localRequest(this.home, 'get_status', {}, { timeoutMs: STATUS_TIMEOUT_MS }),
      );
    } catch {
      return null;
    }
  }

  /** Asks the probe. */
  ask(request: ProbeRequest): Promise<ProbeReply> {
    this.#lastId += 1;
    const id = this.#lastId;
    return new Promise((resolve) => {
      this.#waiting.set(id, (reply) => {
        this.#waiting.delete(id);
        resolve(reply);
      });
      this.#child?.send({ ...request, id });
    });
  }

  async kill(): Promise<void> {
    const child = this.#child;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const closed = once(child, 'close');
    child.kill('SIGKILL');
    await closed;
  }
}
