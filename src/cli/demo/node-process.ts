import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { storePath } from '../../agents/paths.ts';
import { WdbStore } from '../../agents/wdb-store.ts';
import type { NodeRole } from '../../config/node-config.ts';
import { localRequest } from '../../local/client.ts';
import { type StatusReply, statusReply } from '../../local/status-reply.ts';
import { NotStarted } from './not-started.ts';
import { waitUntil } from './wait.ts';

const STATUS_TIMEOUT_MS = 2_000;
/** A node that is being killed leaves requests unanswered. */
const STORE_TIMEOUT_MS = 5_000;
const READY_TIMEOUT_MS = 20_000;
/** A node that was asked to end and does not within this time is killed. */
const STOP_TIMEOUT_MS = 10_000;
/** What is kept of a node's words on standard error, for the case that it does not start. */
const MAX_STDERR_CHARS = 4_000;

/** The command line itself: the sources in a checkout, what was built from them elsewhere. */
export const MAIN = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? '../main.ts' : '../main.js', import.meta.url),
);

export interface NodeProcessOptions {
  readonly inspectPort?: number | null;
  /** Time to start. */
  readonly readyMs?: number;
}

/** A node of the demonstration: a home, and the process that runs on it. */
export class NodeProcess {
  readonly name: string;
  readonly role: NodeRole;
  readonly home: string;
  /** The node's agent store, by its socket; one for all lives of the node. */
  readonly store: WdbStore;
  /** Port of the page on which its machines are watched; null: there is none. */
  readonly inspectPort: number | null;
  #process: ChildProcess | null = null;
  readonly #readyMs: number;
  #hasFailed = false;
  #stderr = '';

  constructor(
    name: string,
    role: NodeRole,
    home: string,
    { inspectPort = null, readyMs = READY_TIMEOUT_MS }: NodeProcessOptions = {},
  ) {
    this.#readyMs = readyMs;
    this.name = name;
    this.role = role;
    this.home = home;
    this.inspectPort = inspectPort;
    this.store = new WdbStore({ socket: storePath(home, 'socket'), timeoutMs: STORE_TIMEOUT_MS });
  }

  get pid(): number | null {
    return this.#process?.pid ?? null;
  }

  /** It did not start once: somebody wants to read its log. */
  get hasFailed(): boolean {
    return this.#hasFailed;
  }

  start(): void {
    this.#stderr = '';
    const inspect = this.inspectPort === null ? [] : ['--inspect', String(this.inspectPort)];
    const args = [...process.execArgv, MAIN, 'node', '--home', this.home, '--log', 'none', ...inspect];
    const child = spawn(process.execPath, args, {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, MUSTER_HOME: '' },
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-MAX_STDERR_CHARS);
    });
    child.on('error', (error) => {
      this.#stderr += error.message;
    });
    child.on('exit', () => {
      if (this.#process === child) this.#process = null;
    });
    this.#process = child;
  }

  /** What the node says of itself; null while it does not answer. */
  async status(): Promise<StatusReply | null> {
    try {
      const reply = await localRequest(this.home, 'get_status', {}, { timeoutMs: STATUS_TIMEOUT_MS });
      return statusReply.parse(reply);
    } catch {
      // Starting, stopping or killed: that is what null means, and whoever waits has a deadline.
      return null;
    }
  }

  /** Resolves when the node answers. Rejects with NotStarted if it ends instead, or says nothing for too long. */
  async ready(signal?: AbortSignal): Promise<void> {
    const isThere = async () => {
      if (this.#process === null) throw new Error(this.#stderr.trim() || 'it ended');
      return (await this.status()) !== null;
    };
    const options = { timeoutMs: this.#readyMs, ...(signal ? { signal } : {}) };
    try {
      await waitUntil('it answers', isThere, options);
    } catch (error) {
      signal?.throwIfAborted();
      this.#hasFailed = true;
      throw await NotStarted.of(this, (error as Error).message);
    }
  }

  /** kill -9. */
  async kill(): Promise<void> {
    const child = this.#process;
    if (child === null) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  }

  /** Asks it to end in order; kills it if it does not. */
  async stop(): Promise<void> {
    const child = this.#process;
    if (child === null) return;
    const gone = once(child, 'exit');
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
    child.kill('SIGTERM');
    await gone;
    clearTimeout(timer);
  }

  /** At once and without waiting: for the last moment of this process. */
  killNow(): void {
    this.#process?.kill('SIGKILL');
  }
}
