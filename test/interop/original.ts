import { execFile } from 'node:child_process';
import { cpSync, existsSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { PREPARE } from '../bench/systems/wazuh.ts';

const TOOL_TIMEOUT_MS = 60_000;
/** Starts a tool as whoever runs this: a machine without an installation has no user of that name. */
const START = `${PREPARE}
import os, runpy, sys
sys.argv = sys.argv[1:]
from wazuh.core import common
common._WAZUH_UID, common._WAZUH_GID = os.getuid(), os.getgid()
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

  /** Runs a script of the framework on a home; the original finds that by where the script lies. Resolves to its output. */
  async run(home: string, script: string, ...args: readonly string[]): Promise<string> {
    const own = join(home, 'framework');
    if (!existsSync(join(own, 'scripts'))) cpSync(this.#framework, own, { recursive: true, force: false });
    const { stdout, stderr } = await promisify(execFile)(
      this.#python,
      ['-c', START, join(own, 'scripts', script), ...args],
      {
        env: { ...process.env, PYTHONPATH: [own, join(this.#framework, '../api')].join(delimiter) },
        timeout: TOOL_TIMEOUT_MS,
        encoding: 'utf8',
      },
    );
    return stdout + stderr;
  }
}
