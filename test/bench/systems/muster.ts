import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { initHome } from '../../../src/cli/init-home.ts';
import { inHome } from '../../../src/config/home.ts';
import { localRequest } from '../../../src/local/client.ts';
import { statusReply } from '../../../src/local/status-reply.ts';
import { type BenchNode, type HomeOptions, KEY, type NodeOptions, type System } from '../bench-node.ts';
import type { Installation } from '../installation.ts';
import { jsonLine, LogLines } from '../log-lines.ts';
import type { ProbeReply, ProbeRequest } from '../probe/protocol.ts';
import { COUNT_OPENS, PROFILE_PREFIX } from '../probe/protocol.ts';
import { type Usage, usageOf } from '../process-usage.ts';

const STATUS_TIMEOUT_MS = 5_000;

/** Muster, as it is installed. */
export function musterSystem(installation: Installation): System {
  return {
    name: 'Muster',
    layOut,
    node: (options) => new MusterNode(installation, options),
  };
}

async function layOut(home: string, { role, name, port, intervals }: HomeOptions): Promise<void> {
  const place = role === 'master' ? { bind: '127.0.0.1', port: `${port}` } : { master: `127.0.0.1:${port}` };
  await initHome({ home, role, name, cluster: 'bench', key: KEY, force: false, ...place });
  const path = inHome(home, 'clusterJson');
  const settings = JSON.parse(readFileSync(path, 'utf8'));
  for (const side of ['master', 'worker'] as const) {
    Object.assign(settings.intervals[side], intervals[side]);
  }
  writeFileSync(path, JSON.stringify(settings));
}

/** One `muster node` as a real process, with the probe in it. */
class MusterNode implements BenchNode {
  readonly name: string;
  readonly home: string;
  readonly lines: LogLines;
  readonly #installation: Installation;
  readonly #options: NodeOptions;
  readonly #waiting = new Map<number, (reply: ProbeReply) => void>();
  #child: ChildProcess | null = null;
  #lastId = 0;

  constructor(installation: Installation, options: NodeOptions) {
    this.#installation = installation;
    this.name = options.name;
    this.home = options.home;
    this.lines = new LogLines(options.name, jsonLine);
    this.#options = options;
  }

  start(): void {
    const { launcher, probe } = this.#installation;
    const { debug = false, countsOpensIn = null, profilePrefix = null } = this.#options;
    const args = [launcher, 'node', '--home', this.home, '--log', 'json'];
    const child = spawn('sh', debug ? [...args, '-d'] : args, {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      env: {
        ...process.env,
        NODE_OPTIONS: `--import=${probe}`,
        ...(countsOpensIn === null ? {} : { [COUNT_OPENS]: join(this.home, countsOpensIn) }),
        ...(profilePrefix === null ? {} : { [PROFILE_PREFIX]: `${profilePrefix}-${this.name}` }),
      },
    });
    child.stdout?.setEncoding('utf8').on('data', (text: string) => this.lines.push(text));
    child.stderr?.setEncoding('utf8').on('data', (text: string) => this.lines.pushError(text));
    child.on('exit', (code, signal) => this.lines.end(`${this.name} ended (${signal ?? code})`));
    child.on('message', (reply: ProbeReply) => this.#waiting.get(reply.id)?.(reply));
    this.#child = child;
  }

  get usage(): Usage {
    const pid = this.#child?.pid;
    if (pid === undefined) throw new Error(`${this.name} does not run`);
    return usageOf(pid);
  }

  async digest(): Promise<string | null> {
    try {
      const reply = await localRequest(this.home, 'get_status', {}, { timeoutMs: STATUS_TIMEOUT_MS });
      return statusReply.parse(reply).digest;
    } catch {
      return null; // not listening yet
    }
  }

  /** Asks the probe. */
  ask(request: ProbeRequest): Promise<ProbeReply> {
    this.#lastId += 1;
    const id = this.#lastId;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, (reply) => {
        this.#waiting.delete(id);
        if (reply.failure === undefined) resolve(reply);
        else reject(new Error(`${this.name}: ${reply.failure}`));
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
