import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/** The command as it stands in the sources. */
export const SOURCES = join(import.meta.dirname, '../../src/cli/main.ts');
/** Output that is kept for the message of a failing test. */
const MAX_OUTPUT_CHARS = 200_000;

/** Runs `muster` once, to its end. */
export async function muster(args: readonly string[], timeoutMs = 30_000) {
  const child = spawn(process.execPath, [SOURCES, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: timeoutMs,
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text) => {
    stderr += text;
  });
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
  return { code, signal, stdout, stderr };
}

export interface StartOptions {
  /** Beside those of this process. */
  env?: Readonly<Record<string, string>>;
  /** Modules that are loaded first, in worker threads too. */
  imports?: readonly string[];
}

/** One `muster node` as a real process. */
export class NodeProcess {
  readonly home: string;
  readonly name: string;
  readonly #main: string;
  #child: ChildProcess | null = null;
  /** What is said at each start beside what the start says. */
  furtherArguments: () => readonly string[] = () => [];
  output = '';

  /** `main` is the command that is run: the sources, or what was built from them. */
  constructor(name: string, home: string, main = SOURCES) {
    this.name = name;
    this.home = home;
    this.#main = main;
  }

  get pid(): number {
    const pid = this.#child?.pid;
    if (pid === undefined) throw new Error(`${this.name} does not run`);
    return pid;
  }

  get runs(): boolean {
    return this.#child !== null && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  get exitCode(): number | null {
    return this.#child?.exitCode ?? null;
  }

  get endSignal(): NodeJS.Signals | null {
    return this.#child?.signalCode ?? null;
  }

  start(extraArguments: readonly string[] = [], { env = {}, imports = [] }: StartOptions = {}): void {
    const preloads = imports.flatMap((path) => ['--import', path]);
    const further = [...this.furtherArguments(), ...extraArguments];
    const command = [...preloads, this.#main, 'node', '--home', this.home, ...further];
    const child = spawn(process.execPath, command, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...env },
    });
    const keep = (text: string) => {
      this.output = (this.output + text).slice(-MAX_OUTPUT_CHARS);
    };
    child.stdout.setEncoding('utf8').on('data', keep);
    child.stderr.setEncoding('utf8').on('data', keep);
    this.#child = child;
  }

  /** Ends the process by a signal, and waits until it is gone. */
  async kill(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    if (child === null || !this.runs) return;
    const closed = once(child, 'close');
    child.kill(signal);
    await closed;
  }

  /** Waits for the process to end by itself. */
  async ended(): Promise<number | null> {
    const child = this.#child;
    if (child !== null && this.runs) await once(child, 'close');
    return this.exitCode;
  }

  signal(signal: NodeJS.Signals): void {
    this.#child?.kill(signal);
  }
}
