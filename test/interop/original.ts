import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { WazuhFramework } from '../harness/wazuh-framework.ts';

const TOOL_TIMEOUT_MS = 60_000;

/** The tools of the original. */
export class Original {
  readonly #framework: WazuhFramework;

  constructor(framework: WazuhFramework) {
    this.#framework = framework;
  }

  get version(): string {
    return this.#framework.version;
  }

  /** Runs a script of the framework on a home of either kind. Resolves to its output. */
  run(home: string, script: string, ...args: readonly string[]): Promise<string> {
    return this.#python(home, this.#framework.script(home, script, ...args));
  }

  /** Runs a program that uses the framework on a home of either kind. Resolves to its output. */
  call(home: string, program: string, ...args: readonly string[]): Promise<string> {
    return this.#python(home, this.#framework.program(program, ...args));
  }

  async #python(home: string, args: readonly string[]): Promise<string> {
    this.#framework.copyInto(home);
    const { stdout, stderr } = await promisify(execFile)(this.#framework.python, args, {
      env: this.#framework.environment(home),
      timeout: TOOL_TIMEOUT_MS,
      encoding: 'utf8',
    });
    return stdout + stderr;
  }
}
