import { execFile } from 'node:child_process';
import { cpSync, existsSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { PREPARE } from '../bench/systems/wazuh.ts';

const TOOL_TIMEOUT_MS = 60_000;
/** Makes it run as whoever runs this: a machine without an installation has no user of that name. */
const AS_WHOEVER = `${PREPARE}
import os, runpy, sys
from wazuh.core import common
common._WAZUH_UID, common._WAZUH_GID = os.getuid(), os.getgid()
`;
const RUN = `${AS_WHOEVER}
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name='__main__')
`;

/** The tools of the original, from a directory that holds its Python framework. */
export class Original {
  readonly #framework: string;
  readonly #python: string;

  constructor(directory: string, python: string) {
    const framework = [directory, join(directory, 'framework')].find((path) =>
      existsSync(join(path, 'wazuh/core')),
    );
    if (framework === undefined) throw new Error(`${directory} holds no framework (wazuh/core)`);
    this.#framework = framework;
    this.#python = python;
  }

  /** As the framework tells it. */
  get version(): string {
    const text = readFileSync(join(this.#framework, 'wazuh/__init__.py'), 'utf8');
    return /__version__ = '([^']+)'/.exec(text)?.[1] ?? 'unknown';
  }

  /** Runs a script of the framework on a home. Resolves to its output. */
  run(home: string, script: string, ...args: readonly string[]): Promise<string> {
    return this.#runPython(home, RUN, join(home, 'framework/scripts', script), ...args);
  }

  /** Runs a program that uses the framework on a home. Resolves to its output. */
  call(home: string, program: string, ...args: readonly string[]): Promise<string> {
    return this.#runPython(home, AS_WHOEVER + program, ...args);
  }

  /** The original finds its home by where it lies. */
  async #runPython(home: string, program: string, ...args: readonly string[]): Promise<string> {
    const own = join(home, 'framework');
    if (!existsSync(join(own, 'scripts'))) cpSync(this.#framework, own, { recursive: true, force: false });
    const { stdout, stderr } = await promisify(execFile)(this.#python, ['-c', program, ...args], {
      env: { ...process.env, PYTHONPATH: [own, join(this.#framework, '../api')].join(delimiter) },
      timeout: TOOL_TIMEOUT_MS,
      encoding: 'utf8',
    });
    return stdout + stderr;
  }
}
