import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { jsonLine, LogLines } from './log-lines.ts';
import type { ProbeReply, ProbeRequest } from './probe/protocol.ts';
import { PROFILE_PREFIX } from './probe/protocol.ts';
import { type Usage, usageOf } from './process-usage.ts';

export interface ProbedOptions {
  /** Of the process, for messages. */
  name: string;
  /** URL of the probe, to be preloaded. */
  probe: string;
  /** Beginning of the paths of CPU profiles; null writes none. */
  profilePrefix: string | null;
}

interface Waiting {
  resolve(reply: ProbeReply): void;
  reject(error: Error): void;
}

/** What can be asked over the IPC channel: of the probe, or of the process itself. Each is answered by its id. */
type Request = ProbeRequest | { readonly order: string };

/** A process with the probe in it, whose output is a log in JSON. */
export class ProbedProcess {
  readonly name: string;
  readonly lines: LogLines;
  readonly #options: ProbedOptions;
  readonly #waiting = new Map<number, Waiting>();
  #child: ChildProcess | null = null;
  #lastId = 0;

  constructor(options: ProbedOptions) {
    this.name = options.name;
    this.lines = new LogLines(options.name, jsonLine);
    this.#options = options;
  }

  spawn(command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): void {
    const { name, probe, profilePrefix } = this.#options;
    const child = spawn(command, args, {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      env: {
        ...process.env,
        ...env,
        NODE_OPTIONS: `--import=${probe}`,
        ...(profilePrefix === null ? {} : { [PROFILE_PREFIX]: `${profilePrefix}-${name}` }),
      },
    });
    child.stdout?.setEncoding('utf8').on('data', (text: string) => this.lines.push(text));
    child.stderr?.setEncoding('utf8').on('data', (text: string) => this.lines.pushError(text));
    child.on('exit', (code, signal) => this.#ended(`${name} ended (${signal ?? code})`));
    child.on('message', (reply: ProbeReply) => this.#replied(reply));
    this.#child = child;
  }

  get usage(): Usage {
    const pid = this.#child?.pid;
    if (pid === undefined) throw new Error(`${this.name} does not run`);
    return usageOf(pid);
  }

  ask(request: ProbeRequest): Promise<ProbeReply> {
    return this.request(request);
  }

  /** Rejects if the process says that it could not, and if it ends. */
  request<Reply extends ProbeReply>(request: Request): Promise<Reply> {
    this.#lastId += 1;
    const id = this.#lastId;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve: resolve as Waiting['resolve'], reject });
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

  #replied(reply: ProbeReply): void {
    const waiting = this.#waiting.get(reply.id);
    this.#waiting.delete(reply.id);
    if (reply.failure === undefined) waiting?.resolve(reply);
    else waiting?.reject(new Error(`${this.name}: ${reply.failure}`));
  }

  #ended(why: string): void {
    for (const { reject } of this.#waiting.values()) reject(new Error(why));
    this.#waiting.clear();
    this.lines.end(why);
  }
}
